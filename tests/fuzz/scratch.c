#include "fuzz/scratch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz/check.h"

static char scratch[] = "/dev/shm/haul-fuzz-XXXXXX";
static int fd = -1;

static void remove_it(void)
{
    (void)rmdir(scratch);
}

int scratch_fd(void)
{
    if (fd >= 0)
        return fd;
    check(mkdtemp(scratch) != NULL, "a scratch directory");
    fd = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    check(fd >= 0, "a scratch directory that opens");
    (void)atexit(remove_it);
    return fd;
}

const char *scratch_path(void)
{
    (void)scratch_fd();
    return scratch;
}

void scratch_make_folders(char *path)
{
    for (char *p = strchr(path, '/'); p != NULL; p = strchr(p + 1, '/')) {
        *p = '\0';
        (void)mkdirat(scratch_fd(), path, 0700);
        *p = '/';
    }
}

void scratch_remove_folders(char *path)
{
    for (size_t i = strlen(path); i-- > 0;) {
        if (path[i] != '/')
            continue;
        path[i] = '\0';
        (void)unlinkat(scratch_fd(), path, AT_REMOVEDIR);
        path[i] = '/';
    }
}
