#include "util/same_bytes.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { READ_SIZE = 16 * 1024 };

/* Reads READ_SIZE bytes at that offset, or fewer where the file ends. @return
 * how many, or -1. */
static ssize_t read_at(int fd, char *to, off_t at)
{
    size_t have = 0;
    while (have < READ_SIZE) {
        ssize_t n = pread(fd, to + have, READ_SIZE - have, at + (off_t)have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    return (ssize_t)have;
}

static bool same_size(int a, int b)
{
    struct stat x;
    struct stat y;
    return fstat(a, &x) == 0 && fstat(b, &y) == 0 && S_ISREG(x.st_mode) &&
           S_ISREG(y.st_mode) && x.st_size == y.st_size;
}

bool hl_same_bytes(int a, int b)
{
    char x[READ_SIZE];
    char y[READ_SIZE];
    if (!same_size(a, b))
        return false;
    for (off_t at = 0;; at += READ_SIZE) {
        ssize_t n = read_at(a, x, at);
        if (n < 0 || read_at(b, y, at) != n || memcmp(x, y, (size_t)n) != 0)
            return false;
        if (n < READ_SIZE)
            return true;
    }
}
