#include "util/haul_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "haul/haul.h"
#include "util/private_file.h"

#define HAUL_DIR ".haul"

static int open_dir(int dir_fd, int flags)
{
    int fd =
        openat(dir_fd, HAUL_DIR, flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0)
        return fd;
    return errno == ENOTDIR || errno == ELOOP ? HAUL_EPLAIN : -errno;
}

int hl_haul_dir_open(int dir_fd)
{
    return open_dir(dir_fd, O_PATH);
}

int hl_haul_dir_make(int dir_fd)
{
    int fd = open_dir(dir_fd, O_RDONLY);
    if (fd != UV_ENOENT)
        return fd;
    if (mkdirat(dir_fd, HAUL_DIR, 0700) < 0 && errno != EEXIST)
        return -errno;
    return open_dir(dir_fd, O_RDONLY);
}

/* O_NONBLOCK, as opening a pipe would wait. A file with no name left is fine:
 * somebody has removed or replaced it just now. */
int hl_haul_dir_file(int haul_fd, const char *name, int flags)
{
    struct stat st;
    int fd = openat(haul_fd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                    0600);
    if (fd < 0)
        return errno == ELOOP || errno == EISDIR || errno == ENXIO ? HAUL_EPLAIN
                                                                   : -errno;
    bool plain = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink <= 1;
    int r = plain ? 0 : HAUL_EPLAIN;
    if (plain && (flags & O_CREAT) != 0)
        r = hl_private_make(fd);
    if (r == 0)
        return fd;
    close(fd);
    return r;
}
