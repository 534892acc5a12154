#include "util/same_bytes.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { READ_SIZE = 16 * 1024 };

/* Reads READ_SIZE bytes at that offset, or fewer where the file ends. @return
 * how many, or a negative errno. */
static ssize_t read_at(int fd, char *to, off_t at)
{
    size_t have = 0;
    while (have < READ_SIZE) {
        ssize_t n = pread(fd, to + have, READ_SIZE - have, at + (off_t)have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    return (ssize_t)have;
}

static int same_size(int a, int b)
{
    struct stat x;
    struct stat y;
    if (fstat(a, &x) < 0 || fstat(b, &y) < 0)
        return -errno;
    return S_ISREG(x.st_mode) && S_ISREG(y.st_mode) && x.st_size == y.st_size;
}

int hl_same_bytes(int a, int b)
{
    char x[READ_SIZE];
    char y[READ_SIZE];
    int r = same_size(a, b);
    for (off_t at = 0; r == 1; at += READ_SIZE) {
        ssize_t n = read_at(a, x, at);
        ssize_t m = read_at(b, y, at);
        if (n < 0 || m < 0)
            return (int)(n < 0 ? n : m);
        if (n != m || memcmp(x, y, (size_t)n) != 0)
            return 0;
        if (n < READ_SIZE)
            return 1;
    }
    return r;
}
