#include "transfer/socket_watch.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "util/container_of.h"

static void on_uv_watch_closed(uv_handle_t *handle)
{
    struct hl_socket_watch *watch =
        container_of(handle, struct hl_socket_watch, poll);
    struct hl_socket_watcher *watcher = watch->watcher;
    watcher->open--;
    free(watch);
    watcher->closed(watcher);
}

/* Stops and closes the handle at once. The socket may be closed right after,
 * and a new socket may get its number: a later uv_close() would then take the
 * new socket out of the loop. */
void hl_socket_watch_drop(struct hl_socket_watch *watch)
{
    struct hl_socket_watcher *watcher = watch->watcher;
    HL_TRACE(watcher->trace, HL_EV_SOCKET_DROP, .value = watch->fd);
    HL_TRACE(watcher->trace, HL_EV_SOCKETS, .value = -1);
    hl_fd_table_set(watcher->sockets, watch->fd, NULL);
    uv_poll_stop(&watch->poll);
    uv_close((uv_handle_t *)&watch->poll, on_uv_watch_closed);
}

/* libcurl is told of the end of a lookup by a pair of sockets or an eventfd,
 * which it closes without a call of haul's callback. */
static bool is_of_network(int fd)
{
    int domain = AF_UNIX;
    socklen_t size = sizeof(domain);
    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
           domain != AF_UNIX;
}

/* Parks only a socket that waited for an answer: its connection is established,
 * and libcurl will announce its end. (libcurl closes others unannounced, and
 * libuv aborts when it is to watch a number that is not open.) A parked watch
 * does not keep the loop alive. */
void hl_socket_watch_park(struct hl_socket_watch *watch)
{
    if (watch->events != UV_READABLE || !watch->network ||
        uv_is_active((uv_handle_t *)&watch->poll) == 0) {
        hl_socket_watch_drop(watch);
        return;
    }
    watch->parked = true;
    uv_unref((uv_handle_t *)&watch->poll);
}

static void on_uv_poll(uv_poll_t *poll, int status, int events)
{
    struct hl_socket_watch *watch =
        container_of(poll, struct hl_socket_watch, poll);
    struct hl_socket_watcher *watcher = watch->watcher;
    int fd = watch->fd;
    if (watch->parked) {
        hl_socket_watch_drop(watch);
        return;
    }
    HL_TRACE(watcher->trace, HL_EV_SOCKET_READY, .value = fd,
             .value2 = status < 0 ? status : events);
    watcher->ready(watcher, fd, status, events);
    /* libuv stops a handle when it reports an error. If the watch is still in
     * the table, somebody still wants its events. (A dropped watch is freed in
     * a later phase of the turn, so no newer watch can have its address.) */
    if (status < 0 && hl_fd_table_get(watcher->sockets, fd) == watch)
        uv_poll_start(poll, watch->events, on_uv_poll);
}

static struct hl_socket_watch *watch_new(struct hl_socket_watcher *watcher,
                                         int fd)
{
    struct hl_socket_watch *watch = calloc(1, sizeof(*watch));
    if (watch == NULL)
        return NULL;
    watch->watcher = watcher;
    watch->fd = fd;
    watch->network = is_of_network(fd);
    if (hl_fd_table_set(watcher->sockets, fd, watch) < 0 ||
        uv_poll_init(watcher->loop, &watch->poll, fd) < 0) {
        if (hl_fd_table_get(watcher->sockets, fd) == watch)
            hl_fd_table_set(watcher->sockets, fd, NULL);
        free(watch);
        return NULL;
    }
    watcher->open++;
    HL_TRACE(watcher->trace, HL_EV_SOCKETS, .value = 1);
    return watch;
}

struct hl_socket_watch *hl_socket_watch_get(struct hl_socket_watcher *watcher,
                                            int fd)
{
    struct hl_socket_watch *watch = hl_fd_table_get(watcher->sockets, fd);
    if (watch == NULL || !watch->parked)
        return watch_new(watcher, fd);
    watch->parked = false;
    uv_ref((uv_handle_t *)&watch->poll);
    return watch;
}

void hl_socket_watch_want(struct hl_socket_watch *watch, int events)
{
    HL_TRACE(watch->watcher->trace, HL_EV_SOCKET_WATCH, .value = watch->fd,
             .value2 = events);
    if (events == watch->events)
        return;
    watch->events = events;
    uv_poll_start(&watch->poll, events, on_uv_poll);
}

void hl_socket_watch_drop_all(struct hl_socket_watcher *watcher)
{
    for (size_t i = 0; i < watcher->sockets->size; i++) {
        struct hl_socket_watch *watch = watcher->sockets->items[i];
        if (watch != NULL && watch->watcher == watcher)
            hl_socket_watch_drop(watch);
    }
}

/*
 * If the number of a new socket is still watched, the old socket was closed
 * unannounced, as libcurl before 8.2.0 does with a socket that did not connect.
 * libcurl will take the new socket for the old one, and not announce it either:
 * the watch begins anew, for the new socket.
 */
void hl_socket_watch_opened(struct hl_fd_table *sockets, int fd)
{
    struct hl_socket_watch *watch = hl_fd_table_get(sockets, fd);
    if (watch == NULL)
        return;
    if (watch->parked) {
        hl_socket_watch_drop(watch);
        return;
    }
    uv_poll_stop(&watch->poll);
    uv_poll_start(&watch->poll, watch->events, on_uv_poll);
}

void hl_socket_watch_closing(struct hl_fd_table *sockets, int fd)
{
    struct hl_socket_watch *watch = hl_fd_table_get(sockets, fd);
    if (watch != NULL && watch->parked)
        hl_socket_watch_drop(watch);
}
