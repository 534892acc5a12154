#include "util/private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PRIVATE = 0600, OF_OTHERS = 0177 };

/* The mode of another user's file cannot be changed, and is that user's
 * affair; FAT, and others whose files have no modes, cannot change any. */
static bool may_stay_open(int error)
{
    return error == EPERM || error == ENOSYS || error == EOPNOTSUPP;
}

/* A pipe or a device is left alone: whoever named it meant it. */
int hl_private_make(int fd)
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
    int r = fd >= 0 ? hl_private_make(fd) : -errno;
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
