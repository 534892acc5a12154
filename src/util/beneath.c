#include "util/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

#include "util/hash.h"
#include "util/open_files.h"

enum {
    KEPT_MAX = 4096, /* as many as -o '{hash:3}/...' makes */
    SHOWN_MAX = 200, /* bytes of a path in a message, so that the rest of the
                        message has room */
    DIR_FLAGS = O_PATH | O_DIRECTORY | O_CLOEXEC,
};

#define FRESH_NS UINT64_C(1000000000)

/* A directory that is open. It is freed when nobody uses it. */
struct hl_beneath_dir {
    int fd;
    unsigned users; /* how many places use it, and 1 while the root keeps it */
    uint64_t opened_ns;
    UT_hash_handle hh;
    size_t length;
    char path[]; /* below the root, without the last slash */
};

struct hl_beneath {
    int fd; /* borrowed */
    bool keep_dirlinks;
    atomic_bool no_openat2;
    uint64_t fresh_ns;
    unsigned most;
    pthread_mutex_t lock;
    /* The members below, and users in the directories, are used under lock. */
    struct hl_beneath_dir *kept; /* by path; the oldest comes first */
};

/* How many directories may stay open where so many other files are open. */
static unsigned most_of(uint64_t given)
{
    uint64_t others = given > 0 ? given : HL_OPEN_FILES_SPARE;
    uint64_t files = hl_open_files_most();
    uint64_t left = files > others ? (files - others) / 4 : 0;
    return left < KEPT_MAX ? (unsigned)left : KEPT_MAX;
}

int hl_beneath_new(struct hl_beneath **out, int root_fd,
                   const struct hl_beneath_options *options)
{
    struct hl_beneath *root = calloc(1, sizeof(*root));
    *out = root;
    if (root == NULL)
        return UV_ENOMEM;
    root->fd = root_fd;
    root->keep_dirlinks = options->keep_dirlinks;
    root->no_openat2 = options->no_openat2;
    root->fresh_ns = options->fresh_ns > 0 ? options->fresh_ns : FRESH_NS;
    root->most = options->most > 0 ? options->most : most_of(options->others);
    pthread_mutex_init(&root->lock, NULL);
    return 0;
}

static void dir_free(struct hl_beneath_dir *dir)
{
    if (dir == NULL)
        return;
    if (dir->fd >= 0)
        close(dir->fd);
    free(dir);
}

/* Removes one user of dir, with the lock held. @return dir where the caller
 * must free it, else NULL. */
static struct hl_beneath_dir *drop(struct hl_beneath_dir *dir)
{
    return dir != NULL && --dir->users == 0 ? dir : NULL;
}

/* Removes dir from the directories that the root keeps. @return as drop(). */
static struct hl_beneath_dir *drop_kept(struct hl_beneath *root,
                                        struct hl_beneath_dir *dir)
{
    HASH_DEL(root->kept, dir);
    return drop(dir);
}

/* Finds the directory of path, with the lock held. NULL: the root does not keep
 * it. */
static struct hl_beneath_dir *kept(const struct hl_beneath *root,
                                   const char *path, size_t length)
{
    struct hl_beneath_dir *dir;
    HASH_FIND(hh, root->kept, path, length, dir);
    return dir;
}

static struct hl_beneath_dir *take_kept(struct hl_beneath *root,
                                        const char *path, size_t length)
{
    struct hl_beneath_dir *unused = NULL;
    pthread_mutex_lock(&root->lock);
    struct hl_beneath_dir *found = kept(root, path, length);
    if (found != NULL && uv_hrtime() - found->opened_ns > root->fresh_ns) {
        unused = drop_kept(root, found);
        found = NULL;
    } else if (found != NULL) {
        found->users++;
    }
    pthread_mutex_unlock(&root->lock);
    dir_free(unused);
    return found;
}

/* Keeps dir open for later files. Where another thread has opened the same path
 * meanwhile, dir takes its place; where too many are kept, the oldest is
 * closed. Without memory, dir is not kept. */
static void keep(struct hl_beneath *root, struct hl_beneath_dir *dir)
{
    struct hl_beneath_dir *unused = NULL;
    if (root->most == 0)
        return;
    pthread_mutex_lock(&root->lock);
    struct hl_beneath_dir *old = kept(root, dir->path, dir->length);
    if (old == NULL && HASH_COUNT(root->kept) >= root->most)
        old = root->kept;
    if (old != NULL)
        unused = drop_kept(root, old);
    HASH_ADD_KEYPTR(hh, root->kept, dir->path, dir->length, dir);
    dir->users += dir->hh.tbl != NULL;
    pthread_mutex_unlock(&root->lock);
    dir_free(unused);
}

static void forget(struct hl_beneath *root, const struct hl_beneath_dir *dir)
{
    struct hl_beneath_dir *unused = NULL;
    pthread_mutex_lock(&root->lock);
    struct hl_beneath_dir *found = kept(root, dir->path, dir->length);
    if (found == dir)
        unused = drop_kept(root, found);
    pthread_mutex_unlock(&root->lock);
    dir_free(unused);
}

/* Closes all directories that are kept. @return whether that closed a
 * descriptor. */
static bool forget_all(struct hl_beneath *root)
{
    struct hl_beneath_dir *dir;
    struct hl_beneath_dir *next;
    bool any = false;
    pthread_mutex_lock(&root->lock);
    HASH_ITER (hh, root->kept, dir, next) {
        struct hl_beneath_dir *unused = drop_kept(root, dir);
        any |= unused != NULL;
        dir_free(unused);
    }
    pthread_mutex_unlock(&root->lock);
    return any;
}

void hl_beneath_free(struct hl_beneath *root)
{
    if (root == NULL)
        return;
    (void)forget_all(root);
    pthread_mutex_destroy(&root->lock);
    free(root);
}

static bool is_link(int fd, const char *name)
{
    struct stat st;
    return fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISLNK(st.st_mode);
}

/* Opens the directory name in fd, or makes it. Another program may make a link
 * of that name at the same time: that link is not followed either. */
static int step(const struct hl_beneath *root, int fd, const char *name,
                bool make)
{
    int flags = DIR_FLAGS | (root->keep_dirlinks ? 0 : O_NOFOLLOW);
    int next = openat(fd, name, flags);
    if (next < 0 && errno == ENOENT && make &&
        (mkdirat(fd, name, 0777) == 0 || errno == EEXIST))
        next = openat(fd, name, flags);
    if (next >= 0)
        return next;
    int r = -errno;
    return r == UV_ENOTDIR && !root->keep_dirlinks && is_link(fd, name)
               ? UV_ELOOP
               : r;
}

/* The component of path that begins at from, without its slashes. @return
 * where the next one begins, or UV_ENAMETOOLONG. */
static int component(char name[NAME_MAX + 1], const char *path, size_t from)
{
    size_t length = strcspn(path + from, "/");
    if (length > NAME_MAX)
        return UV_ENAMETOOLONG;
    memcpy(name, path + from, length);
    name[length] = '\0';
    from += length;
    return (int)(from + strspn(path + from, "/"));
}

/* Opens the directory path one component at a time. Where that fails, the
 * component that cannot be opened ends at *end. */
static int walk(const struct hl_beneath *root, const char *path, bool make,
                size_t *end)
{
    char name[NAME_MAX + 1];
    int fd = root->fd;
    for (size_t at = 0; path[at] != '\0';) {
        int next = component(name, path, at);
        *end = at + strcspn(path + at, "/");
        int r = next < 0 ? next : step(root, fd, name, make);
        if (fd != root->fd)
            close(fd);
        if (r < 0)
            return r;
        fd = r;
        at = (size_t)next;
    }
    return fd;
}

/* Opens the directory path by one system call. UV_ENOSYS: the kernel, or a
 * filter of system calls, does not allow that call. */
static int open_whole(struct hl_beneath *root, const char *path)
{
    const struct open_how how = {
        .flags = DIR_FLAGS,
        .resolve =
            RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    if (root->no_openat2)
        return UV_ENOSYS;
    int fd = root->keep_dirlinks
                 ? openat(root->fd, path, DIR_FLAGS)
                 : (int)syscall(SYS_openat2, root->fd, path, &how, sizeof(how));
    if (fd >= 0)
        return fd;
    if (errno != ENOSYS && errno != EPERM)
        return -errno;
    root->no_openat2 = true;
    return UV_ENOSYS;
}

static int open_path(struct hl_beneath *root, const char *path, bool make)
{
    size_t end;
    int fd = open_whole(root, path);
    if (fd == UV_ENOSYS || (make && fd == UV_ENOENT))
        fd = walk(root, path, make, &end);
    return fd;
}

static int dir_new(struct hl_beneath_dir **out, struct hl_beneath *root,
                   const char *path, size_t length, bool make)
{
    struct hl_beneath_dir *dir = malloc(sizeof(*dir) + length + 1);
    if (dir == NULL)
        return UV_ENOMEM;
    *dir = (struct hl_beneath_dir){.users = 1, .length = length};
    memcpy(dir->path, path, length);
    dir->path[length] = '\0';
    /* The time is taken before the lookup, as the directory may be moved away
     * right after it. */
    dir->opened_ns = uv_hrtime();
    dir->fd = open_path(root, dir->path, make);
    if ((dir->fd == UV_EMFILE || dir->fd == UV_ENFILE) && forget_all(root))
        dir->fd = open_path(root, dir->path, make);
    if (dir->fd < 0) {
        int r = dir->fd;
        free(dir);
        return r;
    }
    *out = dir;
    return 0;
}

static bool is_dots(const char *name, size_t length)
{
    return (length == 1 && name[0] == '.') ||
           (length == 2 && name[0] == '.' && name[1] == '.');
}

/* Is each component of path a name, neither empty nor "." nor ".."? */
static bool is_below(const char *path)
{
    if (path[0] == '/')
        return false;
    for (const char *at = path; *at != '\0';) {
        size_t length = strcspn(at, "/");
        if (is_dots(at, length) || at[length] == '\0')
            return !is_dots(at, length);
        at += length + strspn(at + length, "/");
    }
    return false;
}

static int place_at(struct hl_beneath *root, const char *path, bool make,
                    struct hl_place *out)
{
    const char *slash = strrchr(path, '/');
    *out = (struct hl_place){.fd = root->fd, .base = path};
    if (!is_below(path))
        return UV_EINVAL;
    if (slash == NULL)
        return 0;
    size_t length = (size_t)(slash - path);
    out->base = slash + 1;
    out->dir = take_kept(root, path, length);
    if (out->dir == NULL) {
        int r = dir_new(&out->dir, root, path, length, make);
        if (r < 0)
            return r;
        keep(root, out->dir);
    }
    out->fd = out->dir->fd;
    return 0;
}

int hl_beneath_find(struct hl_beneath *root, const char *path,
                    struct hl_place *out)
{
    return place_at(root, path, false, out);
}

int hl_beneath_make(struct hl_beneath *root, const char *path,
                    struct hl_place *out)
{
    return place_at(root, path, true, out);
}

int hl_beneath_make_again(struct hl_beneath *root, const char *path,
                          struct hl_place *place)
{
    if (place->dir != NULL)
        forget(root, place->dir);
    hl_beneath_leave(root, place);
    return place_at(root, path, true, place);
}

void hl_beneath_leave(struct hl_beneath *root, struct hl_place *place)
{
    struct hl_beneath_dir *unused;
    if (place->dir == NULL)
        return;
    pthread_mutex_lock(&root->lock);
    unused = drop(place->dir);
    pthread_mutex_unlock(&root->lock);
    dir_free(unused);
    place->dir = NULL;
}

int hl_beneath_stat(struct hl_beneath *root, const char *path, struct stat *out)
{
    struct hl_place place;
    int r = hl_beneath_find(root, path, &place);
    if (r < 0)
        return r;
    r = fstatat(place.fd, place.base, out, AT_SYMLINK_NOFOLLOW) < 0 ? -errno
                                                                    : 0;
    hl_beneath_leave(root, &place);
    return r;
}

/* Copies path up to end for a message; of a long path only its last bytes. */
static void show(char text[SHOWN_MAX + 4], const char *path, size_t end)
{
    size_t from = end > SHOWN_MAX ? end - SHOWN_MAX : 0;
    (void)snprintf(text, SHOWN_MAX + 4, "%s%.*s", from > 0 ? "..." : "",
                   (int)(end - from), path + from);
}

void hl_beneath_explain(const struct hl_beneath *root, const char *path,
                        int code, char *text, size_t size)
{
    size_t end = 0;
    char parent[PATH_MAX] = "";
    char shown[SHOWN_MAX + 4];
    const char *slash = strrchr(path, '/');
    size_t length = slash != NULL ? (size_t)(slash - path) : 0;
    if (length < sizeof(parent))
        memcpy(parent, path, length);
    int fd = walk(root, parent, false, &end);
    if (fd >= 0 && fd != root->fd)
        close(fd);
    show(shown, path, fd == code ? end : strlen(path));
    if (fd == code && code == UV_ELOOP && !root->keep_dirlinks)
        (void)snprintf(text, size, "%s: is a symbolic link", shown);
    else if (fd == code && code == UV_ENOTDIR)
        (void)snprintf(text, size, "%s: is not a directory", shown);
    else
        (void)snprintf(text, size, "%s: %s", shown, strerror(-code));
}
