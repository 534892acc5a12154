#include "util/own_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "haul/haul.h"

#define HAUL_DIR ".haul"

enum { PRIVATE = 0600, OF_OTHERS = 0177 };

/* Only the owner may change the mode of a file. On FAT and others, files have
 * no modes to change. */
static bool may_stay_open(int error)
{
    return error == EPERM || error == ENOSYS || error == EOPNOTSUPP;
}

/* A pipe or a device stays as it is: the user has named it on purpose. */
/* Gives a regular file the mode 0600. */
static int make_private(int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode) || (st.st_mode & OF_OTHERS) == 0)
        return 0;
    return fchmod(fd, PRIVATE) < 0 && !may_stay_open(errno) ? -errno : 0;
}

int hl_private_open(const char *path, int flags)
{
    int fd = open(path, flags | O_WRONLY | O_CREAT | O_CLOEXEC, PRIVATE);
    int r = fd >= 0 ? make_private(fd) : -errno;
    if (r == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return r;
}

FILE *hl_private_fopen(const char *path)
{
    int fd = hl_private_open(path, O_TRUNC);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (fd < 0)
        errno = -fd;
    else if (file == NULL)
        close(fd);
    return file;
}

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

/* O_NONBLOCK, as opening a pipe would wait. A file without a name is fine:
 * another process has just removed or replaced it. */
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
        r = make_private(fd);
    if (r == 0)
        return fd;
    close(fd);
    return r;
}
