/*
 * Sockets that somebody else opens and closes, watched on a loop. Knows
 * nothing of libcurl.
 *
 * Structure: a watcher makes watches, one a socket, found by the socket's
 * number in a table that all watchers of the loop share, as a number goes from
 * one to another.
 *
 * Between two transfers on a kept connection nobody wants anything of its
 * socket: the watch is parked then, and stays as it is, as to end and begin it
 * anew costs six system calls. It is let go at the first event, when the
 * socket closes, and when its number turns up as that of a new one.
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
    bool network; /* a socket of a connection, and none of libcurl's own */
    bool parked;
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
/* From now on ready() is called for these UV_READABLE | UV_WRITABLE alone. */
void hl_socket_watch_want(struct hl_socket_watch *watch, int events);
/* Nobody wants anything of its socket: the watch is parked, or, where it is
 * not sure that the socket stays open, dropped. */
void hl_socket_watch_park(struct hl_socket_watch *watch);
/* Ends a watch. Its number may be used again at once; the memory goes when the
 * handle has closed. */
void hl_socket_watch_drop(struct hl_socket_watch *watch);
/* All of this watcher's. */
void hl_socket_watch_drop_all(struct hl_socket_watcher *watcher);
/* A new socket has this number. */
void hl_socket_watch_opened(struct hl_fd_table *sockets, int fd);
/* The socket of this number is about to be closed. */
void hl_socket_watch_closing(struct hl_fd_table *sockets, int fd);

#endif
