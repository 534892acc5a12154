#include "util/part_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>
#include <uv.h>

#include "util/error.h"
#include "util/text.h"

enum {
    COMPONENT_MAX = 255,
    SUFFIX = HL_TOKEN_SIZE - 1 + 6, /* ".TOKEN.part" */
};

void hl_part_file_new_token(char out[HL_TOKEN_SIZE])
{
    uint32_t token;
    if (getrandom(&token, sizeof(token), GRND_NONBLOCK) !=
        (ssize_t)sizeof(token))
        token = (uint32_t)(uv_hrtime() ^ (uint64_t)getpid() << 20);
    (void)snprintf(out, HL_TOKEN_SIZE, "%08" PRIx32, token);
}

int hl_part_file_name(char out[HL_PART_FILE_NAME_SIZE], const char *path,
                      const char *token)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    size_t length = (size_t)(base - path) +
                    hl_text_fitting(base, strlen(base), COMPONENT_MAX - SUFFIX);
    if (length + SUFFIX >= HL_PART_FILE_NAME_SIZE ||
        strlen(token) != HL_TOKEN_SIZE - 1)
        return UV_ENAMETOOLONG;
    /* No printf here: this runs twice for each file, and two printfs would be
     * a hundredth of all instructions that a file costs. */
    char *to = mempcpy(out, path, length);
    stpcpy(stpcpy(stpcpy(to, "."), token), ".part");
    return 0;
}

static int open_once(const struct hl_place *place, const char *token, int flags)
{
    char name[HL_PART_FILE_NAME_SIZE];
    int r = hl_part_file_name(name, place->base, token);
    if (r < 0)
        return r;
    int fd = openat(place->fd, name,
                    O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0666);
    return fd < 0 ? -errno : fd;
}

int hl_part_file_open(struct hl_beneath *root, const char *path,
                      const char *token)
{
    struct hl_place place;
    int r = hl_beneath_make(root, path, &place);
    if (r < 0)
        return r;
    int fd = open_once(&place, token, O_CREAT | O_EXCL);
    if (fd == UV_ENOENT) {
        r = hl_beneath_make_again(root, path, &place);
        if (r < 0)
            return r;
        fd = open_once(&place, token, O_CREAT | O_EXCL);
    }
    hl_beneath_leave(root, &place);
    return fd;
}

/* FAT has no inodes, and neither have most file systems by FUSE: Linux makes up
 * new numbers with each mount. */
static bool makes_inodes_up(int fd)
{
    enum { EXFAT = 0x2011bab0 };
    struct statfs fs;
    return fstatfs(fd, &fs) == 0 &&
           (fs.f_type == MSDOS_SUPER_MAGIC || fs.f_type == EXFAT ||
            fs.f_type == FUSE_SUPER_MAGIC);
}

/* Is this the inode on record? On a file system without inodes the name must
 * do: it holds the token of the run that made the part. fd is any file on that
 * file system. */
static bool has_inode(const struct stat *st, uint64_t inode, int fd)
{
    return (uint64_t)st->st_ino == inode || makes_inodes_up(fd);
}

/* A part is written only if it is a regular file with a single name: through a
 * second name the bytes would reach somebody else's file too. */
static bool is_the_part(int fd, uint64_t inode, uint64_t size)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
           (uint64_t)st.st_size >= size && has_inode(&st, inode, fd);
}

int hl_part_file_open_again(struct hl_beneath *root, const char *path,
                            const char *token, uint64_t inode, uint64_t size)
{
    struct hl_place place;
    int r = hl_beneath_find(root, path, &place);
    if (r < 0)
        return hl_is_shortage(r) ? r : UV_ENOENT;
    int fd = open_once(&place, token, 0);
    hl_beneath_leave(root, &place);
    if (fd < 0)
        return hl_is_shortage(fd) ? fd : UV_ENOENT;
    if (is_the_part(fd, inode, size) && ftruncate(fd, (off_t)size) == 0)
        return fd;
    close(fd);
    return UV_ENOENT;
}

int hl_part_file_look(struct hl_beneath *root, const char *path,
                      const char *token, const struct stat *st)
{
    char name[HL_PART_FILE_NAME_SIZE];
    struct hl_place place;
    struct stat found;
    int r = hl_beneath_find(root, path, &place);
    if (r < 0)
        return hl_is_shortage(r) ? r : UV_ENOENT;
    bool there = hl_part_file_name(name, place.base, token) == 0 &&
                 fstatat(place.fd, name, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
                 S_ISREG(found.st_mode) && found.st_size == st->st_size &&
                 has_inode(&found, (uint64_t)st->st_ino, place.fd);
    hl_beneath_leave(root, &place);
    return there ? 0 : UV_ENOENT;
}

/* inode 0: removes the file whatever its inode is. */
static void remove_at(const struct hl_place *place, const char *token,
                      uint64_t inode)
{
    char name[HL_PART_FILE_NAME_SIZE];
    struct stat st;
    if (hl_part_file_name(name, place->base, token) < 0)
        return;
    if (inode == 0 ||
        (fstatat(place->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
         has_inode(&st, inode, place->fd)))
        unlinkat(place->fd, name, 0);
}

int hl_part_file_remove_inode(struct hl_beneath *root, const char *path,
                              const char *token, uint64_t inode)
{
    struct hl_place place;
    int r = hl_beneath_find(root, path, &place);
    if (r < 0)
        return hl_is_shortage(r) ? r : 0;
    remove_at(&place, token, inode);
    hl_beneath_leave(root, &place);
    return 0;
}

int hl_part_file_remove(struct hl_beneath *root, const char *path,
                        const char *token)
{
    return hl_part_file_remove_inode(root, path, token, 0);
}
