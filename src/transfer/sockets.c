#include "transfer/sockets.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "util/hash.h"
#include "util/xxh3.h"

/* Owned by the table, until its connection closes. */
struct hl_socket {
    uint64_t ends;
    int fd;
    bool http_1; /* the server has answered in HTTP/1 */
    UT_hash_handle hh;
};

/* The local port alone is not enough: connections to several servers may have
 * the same one. */
uint64_t hl_sockets_key(const struct hl_socket_ends *ends)
{
    uint64_t hash = hl_xxh3_of_text(ends->remote);
    return hash ^ (uint64_t)ends->local_port;
}

static struct hl_socket *find(const struct hl_sockets *sockets, uint64_t ends)
{
    struct hl_socket *socket = NULL;
    HASH_FIND(hh, sockets->by_ends, &ends, sizeof(ends), socket);
    return socket;
}

static void forget(struct hl_sockets *sockets, struct hl_socket *socket)
{
    if (socket == NULL)
        return;
    HASH_DEL(sockets->by_ends, socket);
    (void)hl_fd_table_set(&sockets->by_number, socket->fd, NULL);
    free(socket);
}

void hl_sockets_release(struct hl_sockets *sockets)
{
    while (sockets->by_ends != NULL)
        forget(sockets, sockets->by_ends);
    hl_fd_table_release(&sockets->by_number);
}

static int port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {.any.sa_family = AF_UNSPEC};
    socklen_t size = sizeof(address);
    if (getsockname(fd, &address.any, &size) < 0)
        return -1;
    if (address.any.sa_family == AF_INET)
        return ntohs(address.v4.sin_port);
    return address.any.sa_family == AF_INET6 ? ntohs(address.v6.sin6_port) : -1;
}

static int put(struct hl_sockets *sockets, uint64_t ends, int fd)
{
    /* Descriptors and ports are used again: an older connection with the same
     * ones is closed. */
    forget(sockets, hl_fd_table_get(&sockets->by_number, fd));
    forget(sockets, find(sockets, ends));
    struct hl_socket *socket = calloc(1, sizeof(*socket));
    if (socket == NULL)
        return -1;
    socket->ends = ends;
    socket->fd = fd;
    HASH_ADD(hh, sockets->by_ends, ends, sizeof(socket->ends), socket);
    if (socket->hh.tbl == NULL) {
        free(socket);
        return -1;
    }
    if (hl_fd_table_set(&sockets->by_number, fd, socket) == 0)
        return fd;
    HASH_DEL(sockets->by_ends, socket);
    free(socket);
    return -1;
}

int hl_sockets_add(struct hl_sockets *sockets, const int *fds, int count,
                   const struct hl_socket_ends *ends)
{
    for (int i = 0; i < count; i++)
        if (port_of(fds[i]) == ends->local_port)
            return put(sockets, hl_sockets_key(ends), fds[i]);
    return -1;
}

int hl_sockets_fd(const struct hl_sockets *sockets, uint64_t key)
{
    const struct hl_socket *socket = find(sockets, key);
    return socket != NULL ? socket->fd : -1;
}

void hl_sockets_speaks_http_1(struct hl_sockets *sockets, int fd)
{
    struct hl_socket *socket = hl_fd_table_get(&sockets->by_number, fd);
    if (socket != NULL)
        socket->http_1 = true;
}

void hl_sockets_end_silent(struct hl_sockets *sockets, uint64_t key,
                           uint64_t silent_ms)
{
    const struct hl_socket *socket = find(sockets, key);
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);
    if (socket != NULL &&
        getsockopt(socket->fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
        info.tcpi_last_data_recv >= silent_ms)
        shutdown(socket->fd, SHUT_RDWR);
}

void hl_sockets_closing(struct hl_sockets *sockets, int fd)
{
    forget(sockets, hl_fd_table_get(&sockets->by_number, fd));
}

bool hl_sockets_has_unread(const struct hl_sockets *sockets,
                           const struct hl_socket_ends *ends, bool tls_has_more)
{
    char byte;
    const struct hl_socket *socket = find(sockets, hl_sockets_key(ends));
    return socket != NULL && socket->http_1 &&
           (tls_has_more ||
            recv(socket->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0);
}
