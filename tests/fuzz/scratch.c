#include "fuzz/scratch.h"

#include <fcntl.h>
#include <unistd.h>

#include "fuzz/check.h"

static char path[] = "/dev/shm/haul-fuzz-XXXXXX";
static int fd = -1;

static void remove_it(void)
{
    (void)rmdir(path);
}

int scratch_fd(void)
{
    if (fd >= 0)
        return fd;
    check(mkdtemp(path) != NULL, "a scratch directory");
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    check(fd >= 0, "a scratch directory that opens");
    (void)atexit(remove_it);
    return fd;
}

const char *scratch_path(void)
{
    (void)scratch_fd();
    return path;
}
