/* Suspended connections, and the thread that resumes them in time. */
#ifndef HL_ORIGIN_WAKER_H
#define HL_ORIGIN_WAKER_H

#include <microhttpd.h>
#include <stdint.h>

struct hl_waker;

/* @return 0 or a libuv code. */
int hl_waker_start(struct hl_waker **out);
/* Suspends the connection until uv_hrtime() is due_ns; UINT64_MAX: until
 * hl_waker_release(). From libmicrohttpd's callbacks only. @return 0, or
 * UV_ENOMEM, with nothing suspended. */
int hl_waker_suspend(struct hl_waker *waker, struct MHD_Connection *connection,
                     uint64_t due_ns);
/* Resumes all, and from now on suspends none: before the daemon stops. */
void hl_waker_release(struct hl_waker *waker);
void hl_waker_free(struct hl_waker *waker);

#endif
