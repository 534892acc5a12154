/*
 * The connections that one owner of connections, a loop's glue or a handle that
 * blocks, has open: found by the addresses at their two ends, which is how
 * libcurl names the one it is about to use again. They are here to be asked
 * whether a server has sent more than it was asked for.
 *
 * One thread at a time.
 */
#ifndef HL_TRANSFER_SOCKETS_H
#define HL_TRANSFER_SOCKETS_H

#include <stdbool.h>

#include "util/fd_table.h"

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

void hl_sockets_release(struct hl_sockets *sockets);
/* The connection of these ends has been made by one of the sockets fds, which
 * may be closed by now. @return which one; -1: none of them, or no memory, and
 * the connection is not watched. */
int hl_sockets_add(struct hl_sockets *sockets, const int *fds, int count,
                   const struct hl_socket_ends *ends);
/* Only what is unread on HTTP/1 is an answer too many: the frames of HTTP/2
 * come when they like. Nothing when fd is not watched. */
void hl_sockets_speaks_http_1(struct hl_sockets *sockets, int fd);
void hl_sockets_closing(struct hl_sockets *sockets, int fd);
/* Does an answer that nobody asked for wait on the connection?
 * @param tls_has_more some of it has been read off the socket already */
bool hl_sockets_has_unread(const struct hl_sockets *sockets,
                           const struct hl_socket_ends *ends,
                           bool tls_has_more);

#endif
