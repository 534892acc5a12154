/*
 * One attempt at a time, on one easy handle. The handle and its buffers are
 * kept from job to job, for its connections. All modes share this: those that
 * block call hl_xfer_perform(); async hands the handle to curl_uv, between
 * hl_xfer_start() and hl_xfer_finish(), and then does the work on the file
 * (body_to_sink.h) and takes the reply (reply.h).
 *
 * An attempt may need several tries: from the file's first byte on, where the
 * part is of no use; on a new connection, where the kept one is of no use; in
 * HTTP/1.1, where HTTP/2 is of no use.
 */
#ifndef HL_TRANSFER_XFER_H
#define HL_TRANSFER_XFER_H

#include "transfer/job.h"
#include "transfer/shared.h"

struct hl_xfer;

/* One thread at a time may use a transfer. worker is its lane in the trace and
 * its number in the reply. @return 0; UV_ENOMEM; or HAUL_EINVAL where libcurl
 * refuses the options. */
int hl_xfer_new(struct hl_xfer **out, const struct hl_shared *shared,
                uint32_t worker);
/* NULL is fine. Not while an attempt runs. */
void hl_xfer_free(struct hl_xfer *xfer);
/* Before the first start; without it nobody is told of parts. */
void hl_xfer_on_part(struct hl_xfer *xfer, hl_xfer_part_fn on_part, void *arg);

/* Blocks until the file is published or the attempt has failed. *reply and
 * its strings are borrowed from xfer until its next use. */
void hl_xfer_perform(struct hl_xfer *xfer, const struct hl_job *job,
                     struct hl_reply *reply);

/* How many transfers are in flight, with the next one of this handle: they
 * share memory for what they receive. Without it: options->jobs. */
void hl_xfer_in_flight(struct hl_xfer *xfer, uint32_t in_flight);
/* Readies the easy handle for job, which stays borrowed until the next start.
 * @return 0; or a code: then hl_xfer_finish() must follow all the same. */
int hl_xfer_start(struct hl_xfer *xfer, const struct hl_job *job);
/* The transfer is over with a CURLcode: judges it. Then hl_xfer_do_file_work()
 * must follow where hl_xfer_has_file_work() says so; then hl_xfer_again(), or
 * else hl_xfer_reply(). */
void hl_xfer_finish(struct hl_xfer *xfer, int curl_code);
/* Must this attempt ask once more, at once? */
bool hl_xfer_wants_again(const struct hl_xfer *xfer);
/* Begins the next try of the attempt. @return as hl_xfer_start(). */
int hl_xfer_again(struct hl_xfer *xfer);

#endif
