/*
 * libcurl's multi interface on a libuv loop, by curl_multi_socket_action():
 * the one file that knows both libraries.
 *
 * Structure: a glue owns one CURLM, the timer and the idle handle that stand
 * for its timeout, and one watch a socket. Transfers leave it through one
 * function only, done(), once each, on the loop's thread and never from
 * inside hl_curl_uv_add().
 */
#ifndef HL_TRANSFER_CURL_UV_H
#define HL_TRANSFER_CURL_UV_H

#include <stdint.h>
#include <uv.h>

#include "trace/trace.h"
#include "transfer/fd_table.h"
#include "transfer/loop_turn.h"
#include "transfer/xfer.h"

/* A CURLM on a loop. libcurl walks lists that grow with the connections of a
 * CURLM, so a loop with thousands of connections has several: 10,000 on 16 of
 * them cost an eighth of what they cost on one. */
struct hl_curl_uv;

typedef void (*hl_curl_uv_done_fn)(void *arg, struct hl_xfer *xfer,
                                   int curl_code);

/* @return 0, or a code: then nothing is open. All glues of the loop share turn
 * and sockets, the table of watches (socket_watch.h); borrowed until closed.
 * max_connections: how many may be open, idle ones among them; no fewer than
 * transfers. */
int hl_curl_uv_init(struct hl_curl_uv **out, uv_loop_t *loop,
                    struct hl_trace *trace, struct hl_loop_turn *turn,
                    struct hl_fd_table *sockets, uint32_t max_connections);
/* From now on at most this many may be open, or max_connections where those are
 * fewer; no fewer than transfers that will be added. */
void hl_curl_uv_limit(struct hl_curl_uv *glue, uint32_t connections);
/* To be called about once a second. A server may serve only so many connections
 * and let all others wait, for as long as the first are open. Where a transfer
 * waits for its first byte on a new connection for a second, and for much
 * longer than others did at that server, idle connections to that server are
 * closed, and as many of those in use once their transfers are over. */
void hl_curl_uv_make_room(struct hl_curl_uv *glue, uint64_t now_ns);
/* Before the first add. readable may be NULL where no socket is taken. */
void hl_curl_uv_on_done(struct hl_curl_uv *glue, hl_curl_uv_done_fn done,
                        void (*readable)(void *arg));
/* Before hl_xfer_start(), while the transfer is with no glue: from here on it
 * runs on this one. arg is passed to done(). */
void hl_curl_uv_adopt(struct hl_curl_uv *glue, struct hl_xfer *xfer, void *arg);
/* Adds a transfer that was started. done() follows, also where it fails. */
void hl_curl_uv_add(struct hl_curl_uv *glue, struct hl_xfer *xfer);
/* For a transfer whose start failed: done() comes in the next turn. */
void hl_curl_uv_refuse(struct hl_curl_uv *glue, struct hl_xfer *xfer);
/* The transfer's piece is stored: goes on with the transfer if it waited for
 * that. done() may come from inside. */
void hl_curl_uv_stored(struct hl_curl_uv *glue, struct hl_xfer *xfer);
/* Where a piece of the transfer is stored: takes its connection's socket away
 * from libcurl, and calls hl_direct_begin(). libcurl then watches over the time
 * limit only, and the connection is not used again. false: libcurl keeps the
 * socket, and goes on as after hl_curl_uv_stored(). */
bool hl_curl_uv_take_socket(struct hl_curl_uv *glue, struct hl_xfer *xfer);
/* A run of direct.h is over, and next, which is not HL_DIRECT_RUN, follows:
 * calls readable() once the socket can be read, or ends the transfer; then
 * done() comes from inside. */
void hl_curl_uv_ran(struct hl_curl_uv *glue, struct hl_xfer *xfer, int next);
/* Ends a transfer that was added: done() comes from inside, with
 * CURLE_ABORTED_BY_CALLBACK. Not from inside done(). */
void hl_curl_uv_abort(struct hl_curl_uv *glue, struct hl_xfer *xfer);
/* No transfer may be under way. Asynchronous; frees the glue. */
void hl_curl_uv_close(struct hl_curl_uv *glue, void (*closed)(void *arg),
                      void *arg);

#endif
