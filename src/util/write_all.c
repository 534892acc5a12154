#include "util/write_all.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>
#include <uv.h>

enum { LOOK_MS = 100 /* between looks at the stop */ };

/* Waits until fd takes some bytes or has an error to tell. A poll(2) that has
 * no memory is tried again: were the write given up here, nobody could tell how
 * many of its bytes are there. @return 0 or a code. */
static int wait_for(int fd, struct hl_stop *stop)
{
    struct pollfd at = {.fd = fd, .events = POLLOUT};
    int n = 0;
    while (n == 0 || (n < 0 && (errno == EINTR || errno == ENOMEM))) {
        if (hl_stop_now(stop))
            return UV_ECANCELED;
        n = poll(&at, 1, LOOK_MS);
    }
    return n < 0 ? -errno : 0;
}

/* Once poll(2) says that a pipe can be written to, it has room for PIPE_BUF
 * bytes. So a write of that many does not block. */
int hl_write_all(int fd, const void *data, size_t size, struct hl_stop *stop)
{
    const char *at = data;
    while (size > 0) {
        int r = wait_for(fd, stop);
        if (r < 0)
            return r;
        ssize_t n = write(fd, at, size < PIPE_BUF ? size : PIPE_BUF);
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return -errno;
        if (n > 0) {
            at += n;
            size -= (size_t)n;
        }
    }
    return 0;
}
