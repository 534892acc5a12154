#include "util/pwrite_all.h"

#include <errno.h>
#include <unistd.h>

int hl_pwrite_all(int fd, const void *data, size_t size, uint64_t offset)
{
    const char *bytes = data;
    while (size > 0) {
        ssize_t n = pwrite(fd, bytes, size, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        bytes += n;
        size -= (size_t)n;
        offset += (uint64_t)n;
    }
    return 0;
}
