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

#include "util/mkdirs.h"

enum { NAME_SIZE = 4096 + 8 };

/* "PATH.part", or NULL when that is too long for the system. */
static const char *part_name(char out[NAME_SIZE], const char *path)
{
    if (strlen(path) + sizeof(".part") > NAME_SIZE)
        return NULL;
    stpcpy(stpcpy(out, path), ".part");
    return out;
}

static int open_once(int dir_fd, const char *path, int flags)
{
    char name[NAME_SIZE];
    if (part_name(name, path) == NULL)
        return -ENAMETOOLONG;
    int fd = openat(dir_fd, name,
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
static int open_old(int dir_fd, const char *path)
{
    int fd = open_once(dir_fd, path, O_CREAT);
    int r = fd >= 0 ? check(fd) : fd;
    if (r == 0 && ftruncate(fd, 0) < 0)
        r = -errno;
    if (fd >= 0 && r < 0)
        close(fd);
    return r < 0 ? r : fd;
}

int hl_part_file_open(int dir_fd, const char *path)
{
    int fd = open_once(dir_fd, path, O_CREAT | O_EXCL);
    if (fd == UV_ENOENT) {
        int r = hl_mkdirs_to(dir_fd, path);
        if (r < 0)
            return r;
        fd = open_once(dir_fd, path, O_CREAT | O_EXCL);
    }
    return fd == UV_EEXIST ? open_old(dir_fd, path) : fd;
}

int hl_part_file_open_again(int dir_fd, const char *path, uint64_t size)
{
    struct stat st;
    int fd = open_once(dir_fd, path, 0);
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

int hl_part_file_publish(int dir_fd, const char *path, bool replace)
{
    char part[NAME_SIZE];
    if (part_name(part, path) == NULL)
        return UV_ENAMETOOLONG;
    if (replace)
        return renameat(dir_fd, part, dir_fd, path) < 0 ? -errno : 0;
    return rename_noreplace(dir_fd, part, path);
}

void hl_part_file_remove(int dir_fd, const char *path)
{
    char part[NAME_SIZE];
    if (part_name(part, path) != NULL)
        unlinkat(dir_fd, part, 0);
}
