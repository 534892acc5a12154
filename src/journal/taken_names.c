#include "journal/taken_names.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "journal/folding.h"
#include "policy/name.h"
#include "util/fingerprint.h"
#include "util/xxh3.h"

static bool is_folder(const struct hl_names *names, const char *name,
                      size_t length)
{
    return hl_fingerprint_set_has(&names->folders,
                                  hl_xxh3_of_bytes(name, length));
}

/* The length of the directory in name; 0: there is none. */
static size_t folder_of(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash != NULL ? (size_t)(slash - name) : 0;
}

void hl_names_clear(struct hl_names *names)
{
    hl_fingerprint_set_release(&names->files);
    hl_fingerprint_set_release(&names->folders);
}

void hl_names_release(struct hl_names *names)
{
    hl_names_clear(names);
    hl_fingerprint_set_release(&names->seen);
    hl_buf_release(&names->folded);
}

/* The folded key of name, valid until the next call. NULL where the key is name
 * itself, where nothing folds, or without memory. */
static const char *key_of(struct hl_names *names, const char *name)
{
    if (!names->folds)
        return NULL;
    hl_fold(&names->folded, name);
    const char *key = names->folded.data;
    return names->folded.failed || strcmp(key, name) == 0 ? NULL : key;
}

int hl_names_reserve(struct hl_names *names, size_t count)
{
    return hl_fingerprint_set_reserve(&names->files, count);
}

/* Adds the directories of name, the longest first: where one is known, so are
 * the shorter ones. A journal of an older haul may have a file with a
 * directory's name: that name stays the file's. */
static int add_folders(struct hl_names *names, const char *name)
{
    char folder[HL_NAME_SIZE];
    size_t length = folder_of(name);
    int r = 0;
    if (length >= sizeof(folder))
        return 0;
    memcpy(folder, name, length);
    while (length > 0 && r == 0 && !is_folder(names, folder, length)) {
        folder[length] = '\0';
        if (!hl_fingerprint_set_has(&names->files, hl_xxh3_of_text(folder)))
            r = hl_fingerprint_set_add(&names->folders,
                                       hl_xxh3_of_bytes(folder, length));
        do
            length--;
        while (length > 0 && folder[length] != '/');
    }
    return r < 0 ? r : 0;
}

static int take_one(struct hl_names *names, const char *name)
{
    if (is_folder(names, name, strlen(name)))
        return 1;
    int r = hl_fingerprint_set_add(&names->files, hl_xxh3_of_text(name));
    return r == 0 ? add_folders(names, name) : r;
}

int hl_names_take_folded(struct hl_names *names, const char *name)
{
    const char *key = key_of(names, name);
    if (names->folded.failed)
        return UV_ENOMEM;
    return key != NULL ? take_one(names, key) : 0;
}

int hl_names_take(struct hl_names *names, const char *name)
{
    int r = take_one(names, name);
    return r == 0 ? hl_names_take_folded(names, name) : r;
}

/* The length of the first directory of name that is a file's name: "a/b/c"
 * cannot be made where "a/b" is a file, which is length 3. 0: all can be. */
static size_t blocked_as_written(const struct hl_names *names, const char *name)
{
    char folder[HL_NAME_SIZE];
    size_t whole = folder_of(name);
    if (whole == 0 || whole >= sizeof(folder) || is_folder(names, name, whole))
        return 0;
    memcpy(folder, name, whole + 1);
    for (size_t i = 1; i <= whole; i++) {
        if (name[i] != '/')
            continue;
        folder[i] = '\0';
        if (hl_fingerprint_set_has(&names->files, hl_xxh3_of_text(folder)))
            return i;
        folder[i] = '/';
    }
    return 0;
}

/* The length in name that corresponds to length in key: up to the slash of the
 * same number. */
static size_t length_in(const char *name, const char *key, size_t length)
{
    const char *at = name + strcspn(name, "/");
    for (const char *p = key; p < key + length; p++)
        if (*p == '/')
            at += 1 + strcspn(at + 1, "/");
    return (size_t)(at - name);
}

static size_t blocked_by_list(struct hl_names *names, const char *name)
{
    size_t length = blocked_as_written(names, name);
    const char *key = length == 0 ? key_of(names, name) : NULL;
    size_t folded = key != NULL ? blocked_as_written(names, key) : 0;
    return folded > 0 ? length_in(name, key, folded) : length;
}

/* The length of the first directory of name that is no directory, below dir_fd;
 * 0: there is none. Links are left to who opens the file. */
static size_t blocked_by_file(int dir_fd, const char *name)
{
    char folder[HL_NAME_SIZE];
    struct stat st;
    if (dir_fd < 0 || strchr(name, '/') == NULL ||
        fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
        errno != ENOTDIR)
        return 0;
    memcpy(folder, name, strlen(name) + 1);
    for (char *slash = strchr(folder, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (fstatat(dir_fd, folder, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
            S_ISLNK(st.st_mode))
            return 0;
        if (!S_ISDIR(st.st_mode))
            return (size_t)(slash - folder);
        *slash = '/';
    }
    return 0;
}

/* The directory that ends at length becomes DIRECTORY-HASH. */
static int hash_folder(char name[HL_NAME_SIZE], size_t length)
{
    char folder[HL_NAME_SIZE];
    char rest[HL_NAME_SIZE];
    memcpy(folder, name, length);
    folder[length] = '\0';
    memcpy(rest, name + length, strlen(name + length) + 1);
    int r = hl_name_hashed(folder, hl_fingerprint_of(folder));
    if (r < 0)
        return r;
    int n = snprintf(name, HL_NAME_SIZE, "%s%s", folder, rest);
    return n < HL_NAME_SIZE ? 0 : UV_ENAMETOOLONG;
}

int hl_names_place(struct hl_names *names, char name[HL_NAME_SIZE], int dir_fd)
{
    size_t hashed = 0;
    for (;;) {
        size_t listed = blocked_by_list(names, name);
        size_t there = blocked_by_file(dir_fd, name);
        size_t length =
            listed > 0 && (there == 0 || listed < there) ? listed : there;
        if (length == 0)
            return hashed > 0;
        if (length <= hashed)
            return UV_EEXIST;
        hashed = length + HL_FINGERPRINT_HEX_SIZE;
        int r = hash_folder(name, length);
        if (r < 0)
            return r;
    }
}

bool hl_names_meet(struct hl_names *names, const char *name, int dir_fd)
{
    const char *key = key_of(names, name);
    return is_folder(names, name, strlen(name)) ||
           (key != NULL && is_folder(names, key, strlen(key))) ||
           blocked_by_list(names, name) > 0 ||
           blocked_by_file(dir_fd, name) > 0;
}

int hl_names_note(struct hl_names *names, const char *text)
{
    return hl_fingerprint_set_add(&names->files, hl_xxh3_of_text(text));
}

static bool has_one(const struct hl_names *names, const char *name)
{
    return is_folder(names, name, strlen(name)) ||
           hl_fingerprint_set_has(&names->files, hl_xxh3_of_text(name));
}

bool hl_names_has(struct hl_names *names, const char *name)
{
    if (has_one(names, name))
        return true;
    const char *key = key_of(names, name);
    return key != NULL && has_one(names, key);
}

/* A walk down the directories of a name. */
struct walk {
    int root_fd;  /* borrowed */
    int fd;       /* of the directory that was reached; -1: it is not there */
    bool try_out; /* as for hl_names_see_folding() */
};

static bool folds(const struct walk *walk)
{
    struct stat st;
    struct stat root;
    if (hl_folding_is_set(walk->fd))
        return true;
    bool is_other = fstat(walk->fd, &st) == 0 &&
                    fstat(walk->root_fd, &root) == 0 &&
                    st.st_dev != root.st_dev;
    if (!is_other)
        return false;
    return walk->try_out ? hl_folding_by_trial(walk->fd)
                         : hl_folding_by_sight(walk->fd);
}

/* Steps into the next directory of name, which ends at length. A link is not
 * followed here: whoever opens the file decides about that. @return whether the
 * directory is seen for the first time and folds. */
static bool see_one(struct hl_names *names, const char *name, size_t length,
                    struct walk *walk)
{
    char part[NAME_MAX + 1];
    size_t begin = length;
    while (begin > 0 && name[begin - 1] != '/')
        begin--;
    snprintf(part, sizeof(part), "%.*s", (int)(length - begin), name + begin);
    int next =
        openat(walk->fd, part,
               O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (walk->fd != walk->root_fd)
        close(walk->fd);
    walk->fd = next;
    return next >= 0 &&
           hl_fingerprint_set_add(&names->seen,
                                  hl_xxh3_of_bytes(name, length)) == 0 &&
           folds(walk);
}

bool hl_names_see_folding(struct hl_names *names, const char *name, int dir_fd,
                          bool try_out)
{
    size_t whole = folder_of(name);
    struct walk walk = {.root_fd = dir_fd, .fd = dir_fd, .try_out = try_out};
    bool found = false;
    if (whole == 0 ||
        hl_fingerprint_set_has(&names->seen, hl_xxh3_of_bytes(name, whole)))
        return false;
    for (size_t i = 1; i <= whole && walk.fd >= 0; i++)
        if (name[i] == '/')
            found |= see_one(names, name, i, &walk);
    if (walk.fd >= 0 && walk.fd != dir_fd)
        close(walk.fd);
    /* A directory that is not there yet will be made in one that does not
     * fold, and will not fold either. */
    (void)hl_fingerprint_set_add(&names->seen, hl_xxh3_of_bytes(name, whole));
    return found;
}
