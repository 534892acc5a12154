#include "util/each_chunk.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024 };

static int read_chunks(int fd, const struct hl_stop *stop, char *buffer,
                       hl_chunk_fn fn, void *arg)
{
    for (off_t at = 0;;) {
        ssize_t n = pread(fd, buffer, CHUNK, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : 0;
        if (stop != NULL && hl_stop_level(stop) > 0)
            return -ECANCELED;
        fn(arg, buffer, (size_t)n);
        at += n;
    }
}

int hl_each_chunk(int fd, const struct hl_stop *stop, hl_chunk_fn fn, void *arg)
{
    char *buffer = malloc(CHUNK);
    int r = buffer != NULL ? read_chunks(fd, stop, buffer, fn, arg) : -ENOMEM;
    free(buffer);
    return r;
}
