/*
 * Watches on a loop the sockets that somebody else opens and closes. Knows
 * nothing of libcurl.
 *
 * Structure: a watcher makes one watch for each socket. The table that finds a
 * watch by the number of its socket is shared by all watchers of the loop: when
 * a socket closes, its number may go to a socket of another watcher.
 *
 * Between two transfers on a kept connection nobody wants events of its socket.
 * The watch is parked then: to end it and to begin it again would cost six
 * system calls. A parked watch ends at the first event, when the socket closes,
 * and when a new socket gets its number.
 */
#ifndef HL_TRANSFER_SOCKET_WATCH_H
#define HL_TRANSFER_SOCKET_WATCH_H

#include <stdbool.h>
#include <uv.h>

#include "trace/trace.h"
#include "transfer/fd_table.h"

/* Owned by its watcher; freed by its close callback. */
struct hl_socket_watch {
    uv_poll_t poll;
    struct hl_socket_watcher *watcher;
    int fd;
    int events;   /* UV_READABLE | UV_WRITABLE, as last asked for */
    bool network; /* the socket of a connection, not one that libcurl uses
                     for itself */
    bool parked;
    void *user; /* the owner's */
};

/* Embedded in its owner, who fills it in and keeps it while open > 0. */
struct hl_socket_watcher {
    uv_loop_t *loop;
    struct hl_trace *trace;
    struct hl_fd_table *sockets; /* borrowed */
    /* The socket can be read or written, or status is its error. */
    void (*ready)(struct hl_socket_watcher *watcher, int fd, int status,
                  int events);
    void (*closed)(struct hl_socket_watcher *watcher); /* a watch has */
    unsigned open;
};

/* The parked watch of a number, or a new one; NULL without memory. */
struct hl_socket_watch *hl_socket_watch_get(struct hl_socket_watcher *watcher,
                                            int fd);
/* From now on ready() is called for these events only: UV_READABLE |
 * UV_WRITABLE. */
void hl_socket_watch_want(struct hl_socket_watch *watch, int events);
/* Nobody wants events of the socket: parks the watch, or drops it where it is
 * not certain that the socket stays open. */
void hl_socket_watch_park(struct hl_socket_watch *watch);
/* Ends a watch. The number of its socket may be used again at once; the memory
 * is freed when the handle has closed. */
void hl_socket_watch_drop(struct hl_socket_watch *watch);
/* Ends all watches of this watcher. */
void hl_socket_watch_drop_all(struct hl_socket_watcher *watcher);
/* A new socket has this number. */
void hl_socket_watch_opened(struct hl_fd_table *sockets, int fd);
/* The socket of this number is about to be closed. */
void hl_socket_watch_closing(struct hl_fd_table *sockets, int fd);

#endif
