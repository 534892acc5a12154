/*
 * libcurl's multi interface on a libuv loop, by curl_multi_socket_action():
 * the one file that knows both libraries.
 *
 * Structure: a glue owns one CURLM, the timer and the idle handle that stand
 * for its timeout, and one watch a socket. Transfers leave it through one
 * function only, done(), on the loop's thread and never from inside
 * hl_curl_uv_add().
 */
#ifndef HL_TRANSFER_CURL_UV_H
#define HL_TRANSFER_CURL_UV_H

#include <stdint.h>
#include <uv.h>

#include "trace/trace.h"
#include "transfer/xfer.h"

struct hl_curl_uv;

typedef void (*hl_curl_uv_done_fn)(void *arg, struct hl_xfer *xfer,
                                   int curl_code);

/* @return 0, or a code: then nothing is open. */
int hl_curl_uv_init(struct hl_curl_uv **out, uv_loop_t *loop,
                    struct hl_trace *trace, uint32_t max_connections);
void hl_curl_uv_on_done(struct hl_curl_uv *glue, hl_curl_uv_done_fn done,
                        void *arg);
/* Adds a started xfer. @return 0 or a code; then done() does not come. */
int hl_curl_uv_add(struct hl_curl_uv *glue, struct hl_xfer *xfer);
/* Ends a transfer; done() does not come for it. Not from inside done(). */
void hl_curl_uv_remove(struct hl_curl_uv *glue, struct hl_xfer *xfer);
/* No transfer may be under way. Asynchronous; frees the glue. */
void hl_curl_uv_close(struct hl_curl_uv *glue, void (*closed)(void *arg),
                      void *arg);

#endif
