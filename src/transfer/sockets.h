/*
 * The sockets of open connections, found by the two ends of a connection.
 * Before libcurl uses a connection again, it tells the addresses of its ends.
 * The owner then looks on the socket whether the server has sent more than it
 * was asked for. Owned by a loop's glue, or by a transfer that blocks; one
 * thread at a time.
 */
#ifndef HL_TRANSFER_SOCKETS_H
#define HL_TRANSFER_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

#include "transfer/fd_table.h"

/* All zero is empty. */
struct hl_sockets {
    struct hl_socket *by_ends;
    struct hl_fd_table by_number;
};

/* A connection, as libcurl names it. */
struct hl_socket_ends {
    const char *remote; /* address as text */
    int local_port;
};

/* A number for a connection. No other connection has it meanwhile. */
uint64_t hl_sockets_key(const struct hl_socket_ends *ends);

void hl_sockets_release(struct hl_sockets *sockets);
/* Adds a new connection with these ends. Its socket is one of fds, some of
 * which may be closed by now. @return the socket. -1: none of fds is the
 * socket, or there is no memory; then the connection is not in the table. */
int hl_sockets_add(struct hl_sockets *sockets, const int *fds, int count,
                   const struct hl_socket_ends *ends);
/* The socket of a connection; -1: it is not in the table. */
int hl_sockets_fd(const struct hl_sockets *sockets, uint64_t key);
/* Notes that the server on fd speaks HTTP/1. Only in HTTP/1 is an unread byte
 * the beginning of an answer that nobody asked for: a server of HTTP/2 may send
 * frames at any time. Does nothing where fd is not in the table. */
void hl_sockets_speaks_http_1(struct hl_sockets *sockets, int fd);
/* Ends the connection, for all transfers on it, where its server has sent
 * nothing for silent_ms. Does nothing where it is not in the table. */
void hl_sockets_end_silent(struct hl_sockets *sockets, uint64_t key,
                           uint64_t silent_ms);
/* Takes fd, which is about to be closed, out of the table. */
void hl_sockets_closing(struct hl_sockets *sockets, int fd);
/* Is this a connection in HTTP/1, with a byte that nobody has read?
 * tls_has_more: TLS has read bytes off the socket that nobody took yet. */
bool hl_sockets_has_unread(const struct hl_sockets *sockets,
                           const struct hl_socket_ends *ends,
                           bool tls_has_more);

#endif
