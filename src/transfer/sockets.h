/*
 * The open connections of one owner: of a loop's glue, or of a handle that
 * blocks. Before libcurl uses a connection again, it tells the addresses of the
 * two ends. The table finds the socket by these, so that the owner can look
 * whether the server has sent more than it was asked for.
 *
 * One thread at a time.
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

/* libcurl's words for a connection. */
struct hl_socket_ends {
    const char *remote; /* address as text */
    int local_port;
};

/* A number for a connection, which no other has while it is open. */
uint64_t hl_sockets_key(const struct hl_socket_ends *ends);

void hl_sockets_release(struct hl_sockets *sockets);
/* Adds a new connection with these ends. Its socket is one of fds, some of
 * which may be closed by now. @return the socket. -1: none of fds is the
 * socket, or there is no memory; then the connection is not in the table. */
int hl_sockets_add(struct hl_sockets *sockets, const int *fds, int count,
                   const struct hl_socket_ends *ends);
/* Notes that the server on fd speaks HTTP/1. Only there does an unread byte
 * mean an answer too many: HTTP/2 may send frames at any time. Does nothing
 * where fd is not in the table. */
void hl_sockets_speaks_http_1(struct hl_sockets *sockets, int fd);
/* Ends the connection, for all who use it, when its server has sent nothing for
 * so long. Does nothing where it is not in the table. */
void hl_sockets_end_silent(struct hl_sockets *sockets, uint64_t key,
                           uint64_t silent_ms);
/* Takes fd, which is about to be closed, out of the table. */
void hl_sockets_closing(struct hl_sockets *sockets, int fd);
/* Is there an unread byte on this HTTP/1 connection? Nobody has asked for it.
 * tls_has_more: TLS has read bytes off the socket that nobody took yet. */
bool hl_sockets_has_unread(const struct hl_sockets *sockets,
                           const struct hl_socket_ends *ends,
                           bool tls_has_more);

#endif
