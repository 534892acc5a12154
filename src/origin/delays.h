/*
 * Suspended connections, and the thread that resumes each when its time has
 * come.
 */
#ifndef HL_ORIGIN_DELAYS_H
#define HL_ORIGIN_DELAYS_H

#include <microhttpd.h>
#include <stdint.h>

#include "util/heap.h"

struct hl_delays;

/* A connection that can be suspended. Embedded by its owner, who sets
 * connection, and who keeps it until the connection has ended. */
struct hl_sleeper {
    struct hl_heap_node node; /* by uv_hrtime() */
    struct MHD_Connection *connection;
};

/* @return 0 or a libuv code. */
int hl_delays_start(struct hl_delays **out);
/* Suspends the connection until uv_hrtime() is due_ns; UINT64_MAX: until
 * hl_delays_release(). From libmicrohttpd's callbacks only. @return 0;
 * UV_ENOMEM or, after hl_delays_release(), UV_ECANCELED, with nothing
 * suspended. */
int hl_delays_suspend(struct hl_delays *waker, struct hl_sleeper *sleeper,
                      uint64_t due_ns);
/* Resumes all connections, and suspends none from now on. To be called before
 * the daemon stops. */
void hl_delays_release(struct hl_delays *waker);
/* NULL is fine. */
void hl_delays_free(struct hl_delays *waker);

#endif
