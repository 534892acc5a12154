#include "util/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "util/io.h"
#include "util/part_file.h"
#include "util/rename.h"

bool hl_file_size(struct hl_beneath *root, const char *name, uint64_t *size)
{
    struct stat st;
    if (hl_beneath_stat(root, name, &st) < 0)
        return false;
    *size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : UINT64_MAX;
    return true;
}

bool hl_file_is_directory(struct hl_beneath *root, const char *name)
{
    struct stat st;
    return hl_beneath_stat(root, name, &st) == 0 && S_ISDIR(st.st_mode);
}

bool hl_file_is_behind_link(struct hl_beneath *root, const char *name,
                            char *why, size_t size)
{
    struct hl_place place;
    int r = strchr(name, '/') != NULL ? hl_beneath_find(root, name, &place)
                                      : UV_ENOENT;
    if (r == 0)
        hl_beneath_leave(root, &place);
    if (r == UV_ELOOP && why != NULL)
        hl_beneath_explain(root, name, r, why, size);
    return r == UV_ELOOP;
}

bool hl_file_is_empty_dir(int dir_fd)
{
    DIR *dir = hl_dir_stream(dir_fd);
    unsigned entries = 0;
    if (dir == NULL)
        return false;
    /* Itself and its parent. */
    while (entries <= 2 && readdir(dir) != NULL)
        entries++;
    closedir(dir);
    return entries <= 2;
}

bool hl_file_is_beside(struct hl_beneath *root, const char *name,
                       const char *suffix)
{
    char path[HL_PART_FILE_NAME_SIZE];
    uint64_t size;
    int n = snprintf(path, sizeof(path), "%s%s", name, suffix);
    return n > 0 && (size_t)n < sizeof(path) && hl_file_size(root, path, &size);
}

int hl_file_open(struct hl_beneath *root, const char *name)
{
    struct hl_place place;
    int fd = hl_beneath_find(root, name, &place);
    if (fd < 0)
        return fd;
    fd = openat(place.fd, place.base,
                O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        fd = -errno;
    hl_beneath_leave(root, &place);
    return fd;
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

static int copy_to_part(struct hl_beneath *root, const char *from,
                        const char *part, const char *token)
{
    int in = hl_file_open(root, from);
    if (in < 0)
        return in;
    int out = hl_part_file_open(root, part, token);
    int r = out >= 0 ? copy_bytes(in, out) : out;
    if (out >= 0 && close(out) < 0 && r == 0)
        r = -errno;
    if (out >= 0 && r < 0)
        (void)hl_part_file_remove(root, part, token);
    close(in);
    return r;
}

/* The temporary file of from becomes path, if that name is free. */
static int name_part(struct hl_beneath *root, const char *from,
                     const char *path, const char *token)
{
    char part[HL_PART_FILE_NAME_SIZE];
    struct hl_place source;
    struct hl_place place;
    int r = hl_beneath_find(root, from, &source);
    if (r < 0)
        return r;
    r = hl_part_file_name(part, source.base, token);
    if (r == 0)
        r = hl_beneath_find(root, path, &place);
    if (r == 0) {
        r = hl_rename_new(source.fd, part, place.fd, place.base);
        hl_beneath_leave(root, &place);
    }
    hl_beneath_leave(root, &source);
    return r;
}

static int copy_by_part(struct hl_beneath *root, const char *from,
                        const char *to, const char *part, const char *token)
{
    int r = copy_to_part(root, from, part, token);
    if (r < 0)
        return r;
    r = name_part(root, part, to, token);
    if (r < 0)
        (void)hl_part_file_remove(root, part, token);
    return r;
}

/* A name of its own would be on no record: a kill would leave it for ever. But
 * the file may belong on another device. */
static int copy_file(struct hl_beneath *root, const char *from, const char *to,
                     const char *part, const char *token)
{
    int r = copy_by_part(root, from, to, part, token);
    return r == UV_EXDEV ? copy_by_part(root, from, to, to, token) : r;
}

static int link_once(struct hl_beneath *root, const char *from, const char *to)
{
    struct hl_place old;
    struct hl_place new;
    int r = hl_beneath_make(root, to, &new);
    if (r < 0)
        return r;
    r = hl_beneath_find(root, from, &old);
    if (r == 0) {
        r = linkat(old.fd, old.base, new.fd, new.base, 0) < 0 ? -errno : 0;
        hl_beneath_leave(root, &old);
    }
    hl_beneath_leave(root, &new);
    return r;
}

int hl_file_link(struct hl_beneath *root, const char *from, const char *to,
                 const char *part, const char *token)
{
    int r = link_once(root, from, to);
    return r == UV_EPERM || r == UV_EMLINK || r == -EOPNOTSUPP
               ? copy_file(root, from, to, part, token)
               : r;
}

bool hl_file_is_same(struct hl_beneath *root, const char *from, const char *to)
{
    struct stat x;
    struct stat y;
    int a = hl_file_open(root, from);
    int b = hl_file_open(root, to);
    bool same = a >= 0 && b >= 0 && fstat(a, &x) == 0 && fstat(b, &y) == 0;
    if (same && (x.st_dev != y.st_dev || x.st_ino != y.st_ino))
        same = hl_same_bytes(a, b) == 1;
    if (a >= 0)
        close(a);
    if (b >= 0)
        close(b);
    return same;
}
