#include "engine/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transfer/name.h"
#include "util/mkdirs.h"

enum { READ_SIZE = 16 * 1024 };

bool hl_file_size(int dir_fd, const char *name, uint64_t *size)
{
    struct stat st;
    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return false;
    *size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : UINT64_MAX;
    return true;
}

bool hl_file_is_directory(int dir_fd, const char *name)
{
    struct stat st;
    return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(st.st_mode);
}

bool hl_file_none(int dir_fd)
{
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    unsigned entries = 0;
    if (dir == NULL) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    /* Itself and its parent. */
    while (entries <= 2 && readdir(dir) != NULL)
        entries++;
    closedir(dir);
    return entries <= 2;
}

bool hl_file_is_beside(int dir_fd, const char *name, const char *suffix)
{
    char path[HL_NAME_SIZE + 8];
    uint64_t size;
    int n = snprintf(path, sizeof(path), "%s%s", name, suffix);
    return n > 0 && (size_t)n < sizeof(path) &&
           hl_file_size(dir_fd, path, &size);
}

/* A copy, where the filesystem has no links. */
static int copy_bytes(int from, int to)
{
    for (;;) {
        ssize_t n = copy_file_range(from, NULL, to, NULL, 1u << 30, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : 0;
    }
}

static int copy_to_part(int dir_fd, const char *from, const char *part)
{
    int in = openat(dir_fd, from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (in < 0)
        return -errno;
    int out =
        openat(dir_fd, part,
               O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    int r = out >= 0 ? copy_bytes(in, out) : -errno;
    if (out >= 0 && close(out) < 0 && r == 0)
        r = -errno;
    close(in);
    return r;
}

static int copy_file(int dir_fd, const char *from, const char *to)
{
    char part[HL_NAME_SIZE + 8];
    int n = snprintf(part, sizeof(part), "%s.part", to);
    if (n < 0 || (size_t)n >= sizeof(part))
        return -ENAMETOOLONG;
    int r = copy_to_part(dir_fd, from, part);
    if (r == 0 && renameat(dir_fd, part, dir_fd, to) < 0)
        r = -errno;
    if (r < 0)
        unlinkat(dir_fd, part, 0);
    return r;
}

int hl_file_link(int dir_fd, const char *from, const char *to)
{
    int r = hl_mkdirs_to(dir_fd, to);
    if (r < 0)
        return r;
    if (linkat(dir_fd, from, dir_fd, to, 0) == 0)
        return 0;
    if (errno == EPERM || errno == EMLINK || errno == EOPNOTSUPP)
        return copy_file(dir_fd, from, to);
    return -errno;
}

/* Are the files, of one length, of the same bytes? */
static bool same_bytes(int a, int b)
{
    char x[READ_SIZE];
    char y[READ_SIZE];
    for (off_t at = 0;; at += READ_SIZE) {
        ssize_t n = pread(a, x, sizeof(x), at);
        if (n < 0 || pread(b, y, sizeof(y), at) != n)
            return false;
        if (n == 0 || memcmp(x, y, (size_t)n) != 0)
            return n == 0;
    }
}

bool hl_file_is_same(int dir_fd, const char *from, const char *to)
{
    struct stat x;
    struct stat y;
    int a = openat(dir_fd, from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    int b = openat(dir_fd, to, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool same = a >= 0 && b >= 0 && fstat(a, &x) == 0 && fstat(b, &y) == 0;
    if (same && (x.st_dev != y.st_dev || x.st_ino != y.st_ino))
        same = S_ISREG(y.st_mode) && x.st_size == y.st_size && same_bytes(a, b);
    if (a >= 0)
        close(a);
    if (b >= 0)
        close(b);
    return same;
}
