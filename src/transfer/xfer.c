#include "transfer/xfer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sink/descriptor_sink.h"
#include "sink/file_sink.h"
#include "transfer/body_to_sink.h"
#include "transfer/connection.h"
#include "transfer/reply.h"
#include "transfer/response.h"
#include "transfer/resume.h"
#include "transfer/timing.h"
#include "transfer/xfer_struct.h"

enum {
    AWAY_MAX = 2, /* more tries after a server of HTTP/2 went away */
};

static struct hl_sink *new_sink(struct hl_xfer *xfer)
{
    const struct hl_shared *shared = xfer->shared;
    const struct hl_sink_hooks hooks = {
        .arg = xfer,
        .opening = hl_resume_opening,
        .begun = hl_resume_begun,
    };
    const struct hl_sink_run run = {
        .trace = shared->trace,
        .stop = shared->stop,
        .root = shared->root,
        .token = shared->token,
        .fsync = shared->options->fsync,
        .alive = shared->alive,
        .alive_arg = shared->alive_arg,
        .worker = xfer->worker,
    };
    int fd = shared->options->output_fd;
    return fd > 0 ? hl_descriptor_sink_new(fd, &run, &hooks)
                  : hl_file_sink_new(&run, &hooks);
}

int hl_xfer_new(struct hl_xfer **out, const struct hl_shared *shared,
                uint32_t worker)
{
    struct hl_xfer *xfer = calloc(1, sizeof(*xfer));
    *out = NULL;
    if (xfer == NULL)
        return UV_ENOMEM;
    xfer->shared = shared;
    xfer->worker = worker;
    xfer->in_flight = shared->options->jobs;
    xfer->link.xfer = xfer;
    xfer->direct.fd = -1;
    xfer->sockets = &xfer->own_sockets;
    xfer->flood = &xfer->own_flood;
    xfer->tls.trust = &xfer->own_trust;
    xfer->sink = new_sink(xfer);
    xfer->easy = curl_easy_init();
    int code = xfer->easy != NULL && xfer->sink != NULL
                   ? (int)hl_response_set_callbacks(xfer)
                   : CURLE_OUT_OF_MEMORY;
    if (code == CURLE_OK)
        code = hl_connection_set_callbacks(xfer);
    if (code == CURLE_OK)
        code = (int)hl_easy_set_run(xfer->easy, shared, &xfer->lists);
    if (code == CURLE_OK)
        code = (int)hl_tls_set(xfer->easy, &xfer->tls, shared->options);
    if (code != CURLE_OK) {
        hl_xfer_free(xfer);
        return code == CURLE_OUT_OF_MEMORY ? UV_ENOMEM : HAUL_EINVAL;
    }
    *out = xfer;
    return 0;
}

void hl_xfer_free(struct hl_xfer *xfer)
{
    if (xfer == NULL)
        return;
    curl_easy_cleanup(xfer->easy);
    hl_sockets_release(&xfer->own_sockets);
    hl_trust_release(&xfer->own_trust);
    hl_buf_release(&xfer->cookies);
    hl_easy_lists_release(&xfer->lists);
    hl_sink_free(xfer->sink);
    hl_decoder_free(xfer->decoder);
    free(xfer->location);
    free(xfer);
}

void hl_xfer_on_part(struct hl_xfer *xfer, hl_xfer_part_fn on_part, void *arg)
{
    xfer->on_part = on_part;
    xfer->part_arg = arg;
}

/* The set of digests that the options or the job ask for; 0: none. */
static unsigned digests(const struct hl_xfer *xfer)
{
    const char *checksum = xfer->job->checksum;
    unsigned set = xfer->shared->options->sha256 ? HL_DIGEST_BY(HL_SHA256) : 0;
    if (checksum != NULL)
        set |= hl_digest_set_of(checksum);
    return set;
}

static void begin_body(struct hl_xfer *xfer)
{
    const struct hl_job *job = xfer->job;
    const struct hl_sink_body body = {
        .job = job->id,
        .path = job->path,
        .digests = digests(xfer),
        .rule = {.by_link = xfer->shared->options->shared,
                 .keep_same = job->compare,
                 .replace = job->taken == HL_TAKEN_REPLACE,
                 .replace_ours = job->taken == HL_TAKEN_OURS,
                 .ours = job->ours},
        .resume_from = job->resume_from,
        .part_token = job->part_token,
        .part_inode = job->part_inode,
    };
    hl_sink_begin(xfer->sink, &body);
}

/* Begins a try. Most attempts have only one. */
static int begin(struct hl_xfer *xfer)
{
    const struct hl_job *job = xfer->job;
    assert(!xfer->try.has_file_work);
    hl_incoming_end(xfer->shared->incoming, &xfer->incoming);
    xfer->try = (struct hl_try){.fd = -1};
    xfer->tls.peer = (struct hl_tls_peer){.asked = false};
    hl_head_init(&xfer->head);
    begin_body(xfer);
    HL_XFER_TRACE_TEXT(xfer, HL_EV_TRANSFER_BEGIN, job->url,
                       .value = job->attempt);
    /* A loop looks at the stop and the speed itself. */
    CURLcode code = curl_easy_setopt(xfer->easy, CURLOPT_NOPROGRESS,
                                     xfer->hooks.pause != NULL ? 1L : 0L);
    /* libcurl 7.88 sends a request again where a kept connection, or one of
     * HTTP/2, ends before the answer. */
    bool once = hl_xfer_sends_once(xfer);
    const struct hl_easy_try how = {
        .resume_from = xfer->resume_from,
        .fresh = xfer->fresh || once,
        .http_1 = xfer->http_1 || once,
        .had_cookies = xfer->has_cookies,
        .sends_once = once,
        .in_flight = xfer->in_flight,
    };
    xfer->has_cookies = job->cookies != NULL || job->own_cookies != NULL;
    if (code == CURLE_OK)
        code =
            hl_easy_set_job(xfer->easy, xfer->shared, &xfer->lists, job, &how);
    if (code == CURLE_OK)
        return 0;
    xfer->try.curl_code = (int)code;
    hl_xfer_fail(xfer, HAUL_ERR_IO, "%s", curl_easy_strerror(code));
    return HAUL_EINVAL;
}

void hl_xfer_in_flight(struct hl_xfer *xfer, uint32_t in_flight)
{
    xfer->in_flight = in_flight;
}

int hl_xfer_start(struct hl_xfer *xfer, const struct hl_job *job)
{
    xfer->job = job;
    xfer->resume_from = job->head ? 0 : job->resume_from;
    xfer->recorded =
        job->recorded || job->etag != NULL || job->last_modified != NULL;
    xfer->restarted = false;
    xfer->fresh = job->fresh;
    xfer->http_1 = job->http_1;
    xfer->away = 0;
    xfer->requested = false;
    xfer->answered = false;
    xfer->received = 0;
    hl_phases_init(&xfer->phases, uv_hrtime());
    return begin(xfer);
}

static bool wants_whole(const struct hl_xfer *xfer)
{
    return xfer->try.part_stale && !xfer->try.piece && !xfer->restarted &&
           !xfer->sink->committed;
}

static bool wants_http_1(const struct hl_xfer *xfer)
{
    return xfer->try.wants_http_1 && !xfer->http_1 && !xfer->sink->committed;
}

bool hl_xfer_wants_again(const struct hl_xfer *xfer)
{
    bool wants = wants_whole(xfer) || wants_http_1(xfer) ||
                 (xfer->try.went_away && xfer->away < AWAY_MAX) ||
                 (xfer->try.connection_lost && !xfer->fresh);
    bool may = !hl_xfer_sends_once(xfer) || !xfer->requested;
    return wants && may && !hl_stop_is_due(xfer->shared->stop);
}

int hl_xfer_again(struct hl_xfer *xfer)
{
    if (wants_whole(xfer)) {
        xfer->restarted = true;
        xfer->resume_from = 0;
    } else if (wants_http_1(xfer)) {
        xfer->http_1 = true;
    } else {
        xfer->away += xfer->try.went_away;
        xfer->requested = false;
    }
    xfer->fresh = true;
    hl_phases_again(&xfer->phases, uv_hrtime());
    return begin(xfer);
}

void hl_xfer_finish(struct hl_xfer *xfer, int curl_code)
{
    uint64_t now = uv_hrtime();
    hl_timing_over(xfer, now);
    if (xfer->try.ended_by != CURLE_OK)
        curl_code = xfer->try.ended_by;
    if (curl_code == CURLE_OPERATION_TIMEDOUT)
        hl_connection_give_up(xfer);
    hl_xfer_judge(xfer, curl_code);
    hl_timing_judged(xfer, now);
    hl_decoder_free(xfer->decoder);
    xfer->decoder = NULL;
    hl_xfer_end_file(xfer);
}

static void perform_once(struct hl_xfer *xfer, int start_code)
{
    int code = start_code < 0 ? xfer->try.curl_code
                              : (int)curl_easy_perform(xfer->easy);
    hl_xfer_finish(xfer, code);
    hl_xfer_burn(xfer);
    if (hl_xfer_has_file_work(xfer))
        hl_xfer_do_file_work(xfer);
}

void hl_xfer_perform(struct hl_xfer *xfer, const struct hl_job *job,
                     struct hl_reply *reply)
{
    perform_once(xfer, hl_xfer_start(xfer, job));
    while (hl_xfer_wants_again(xfer))
        perform_once(xfer, hl_xfer_again(xfer));
    hl_xfer_reply(xfer, reply);
}
