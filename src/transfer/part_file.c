#include "transfer/part_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

enum { NAME_SIZE = 256 };

/* "BASE.part", or NULL when that is too long for the system. */
static const char *part_name(char out[NAME_SIZE], const struct hl_place *place)
{
    if (strlen(place->base) + sizeof(".part") > NAME_SIZE)
        return NULL;
    stpcpy(stpcpy(out, place->base), ".part");
    return out;
}

static int open_once(const struct hl_place *place, int flags)
{
    char name[NAME_SIZE];
    if (part_name(name, place) == NULL)
        return -ENAMETOOLONG;
    int fd = openat(place->fd, name,
                    O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0666);
    return fd < 0 ? -errno : fd;
}

/* A part is written only when it is a plain file of one name: through a
 * second link the bytes would reach another file too. */
static int check(int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    return S_ISREG(st.st_mode) && st.st_nlink == 1 ? 0 : -EEXIST;
}

/* One that is there already is checked before it is used again, and begins
 * empty. */
static int open_old(const struct hl_place *place)
{
    int fd = open_once(place, O_CREAT);
    int r = fd >= 0 ? check(fd) : fd;
    if (r == 0 && ftruncate(fd, 0) < 0)
        r = -errno;
    if (fd >= 0 && r < 0)
        close(fd);
    return r < 0 ? r : fd;
}

int hl_part_file_open(struct hl_beneath *root, const char *path)
{
    struct hl_place place;
    int r = hl_beneath_make(root, path, &place);
    if (r < 0)
        return r;
    int fd = open_once(&place, O_CREAT | O_EXCL);
    if (fd == UV_ENOENT) {
        r = hl_beneath_make_again(root, path, &place);
        fd = r == 0 ? open_once(&place, O_CREAT | O_EXCL) : r;
    }
    if (fd == UV_EEXIST)
        fd = open_old(&place);
    hl_beneath_leave(root, &place);
    return fd;
}

int hl_part_file_open_again(struct hl_beneath *root, const char *path,
                            uint64_t size)
{
    struct stat st;
    struct hl_place place;
    if (hl_beneath_find(root, path, &place) < 0)
        return UV_ENOENT;
    int fd = open_once(&place, 0);
    hl_beneath_leave(root, &place);
    if (fd < 0)
        return UV_ENOENT;
    if (check(fd) == 0 && fstat(fd, &st) == 0 && (uint64_t)st.st_size >= size &&
        ftruncate(fd, (off_t)size) == 0)
        return fd;
    close(fd);
    return UV_ENOENT;
}

/* renameat2 with RENAME_NOREPLACE, or a link where the filesystem has no
 * such rename (NFS gives EINVAL). */
static int rename_noreplace(int dir_fd, const char *from, const char *to)
{
    if (syscall(SYS_renameat2, dir_fd, from, dir_fd, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -errno;
    if (linkat(dir_fd, from, dir_fd, to, 0) < 0)
        return -errno;
    return unlinkat(dir_fd, from, 0) < 0 ? -errno : 0;
}

static int publish(const struct hl_place *place, bool replace)
{
    char part[NAME_SIZE];
    if (part_name(part, place) == NULL)
        return UV_ENAMETOOLONG;
    if (!replace)
        return rename_noreplace(place->fd, part, place->base);
    return renameat(place->fd, part, place->fd, place->base) < 0 ? -errno : 0;
}

int hl_part_file_publish(struct hl_beneath *root, const char *path,
                         bool replace)
{
    struct hl_place place;
    int r = hl_beneath_find(root, path, &place);
    if (r < 0)
        return r;
    r = publish(&place, replace);
    hl_beneath_leave(root, &place);
    return r;
}

void hl_part_file_remove(struct hl_beneath *root, const char *path)
{
    char part[NAME_SIZE];
    struct hl_place place;
    if (hl_beneath_find(root, path, &place) < 0)
        return;
    if (part_name(part, &place) != NULL)
        unlinkat(place.fd, part, 0);
    hl_beneath_leave(root, &place);
}
