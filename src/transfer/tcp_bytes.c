#include "transfer/tcp_bytes.h"

/* This header has newer fields than <netinet/tcp.h>, and both do not fit into
 * one file. */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum { TRIES = 16 };

static uint64_t received(int fd)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
        return UINT64_MAX;
    return info.tcpi_bytes_received;
}

uint64_t hl_tcp_bytes_waiting(int fd)
{
    int bytes = 0;
    return ioctl(fd, FIONREAD, &bytes) < 0 ? 0 : (uint64_t)bytes;
}

/* The two numbers fit together where nothing came between the questions. */
uint64_t hl_tcp_bytes_read(int fd)
{
    uint64_t before = received(fd);
    for (int i = 0; i < TRIES && before != UINT64_MAX; i++) {
        uint64_t waiting = hl_tcp_bytes_waiting(fd);
        uint64_t after = received(fd);
        if (after == before)
            return after - waiting;
        before = after;
    }
    return UINT64_MAX;
}
