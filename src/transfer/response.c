#include "transfer/response.h"

#include <fnmatch.h>
#include <string.h>
#include <time.h>

#include "transfer/body_to_sink.h"
#include "transfer/connection.h"
#include "transfer/error_page.h"
#include "transfer/reply.h"
#include "transfer/resume.h"
#include "transfer/timing.h"
#include "transfer/xfer_struct.h"
#include "util/date.h"
#include "util/time_units.h"

enum {
    /* An error page up to this size is read to its end, so that the connection
     * can be kept. */
    SWALLOW_MAX = 64 * 1024,
    /* The page of a redirect must be read to its end: only then libcurl tells
     * where the redirect leads. */
    SWALLOW_REDIRECT_MAX = 1024 * 1024,
    NAP_NS = 100 * 1000 * 1000, /* between looks at the stop, when held */
    DECODED_PIECE = 16 * 1024,
    /* What may wait for the disk while libcurl hands over what it kept during a
     * pause: it would copy that anew at each further pause. */
    DECODED_MOST = 4 * 1024 * 1024,
    ENCODED_MORE = 64 * 1024, /* than the file, which no sound coding needs */
};

/* libcurl's parser knows every form of a date, but takes 10,000 instructions.
 * The form that nearly all servers send is parsed here first. */
static int64_t parse_date(const char *text)
{
    int64_t date = hl_date_parse(text);
    return date >= 0 ? date : (int64_t)curl_getdate(text, NULL);
}

static bool type_is_accepted(const char *list, const char *type)
{
    char pattern[128];
    for (const char *p = list; *p != '\0';) {
        size_t n = strcspn(p, ",");
        if (n < sizeof(pattern)) {
            memcpy(pattern, p, n);
            pattern[n] = '\0';
            if (fnmatch(pattern, type, FNM_CASEFOLD) == 0)
                return true;
        }
        p += n + (p[n] == ',');
    }
    return false;
}

/* Does the head announce more bytes than max_filesize allows? */
static bool is_too_large(const struct hl_xfer *xfer)
{
    uint64_t most = xfer->shared->options->max_filesize;
    const struct hl_head *head = &xfer->head;
    uint64_t from = head->status == 206 ? xfer->resume_from : 0;
    return most > 0 && head->has_length && !hl_xfer_decodes(xfer) &&
           (from > most || head->length > most - from);
}

/* A 206 need not repeat the Content-Type. */
static void check_type(struct hl_xfer *xfer)
{
    const char *accepted = xfer->shared->options->accept_type;
    const char *type = xfer->head.content_type;
    bool known = xfer->try.resumed && type[0] == '\0';
    if (accepted == NULL || known || type_is_accepted(accepted, type))
        return;
    hl_xfer_fail(xfer, HAUL_ERR_TYPE, "Content-Type %s is not accepted",
                 type[0] != '\0' ? type : "(none)");
}

/* why: NULL where there is nothing to object. */
static void object(struct hl_xfer *xfer, const char *why)
{
    if (why != NULL)
        hl_xfer_fail(xfer, HAUL_ERR_PROTOCOL, "%s", why);
}

static void begin_decoding(struct hl_xfer *xfer)
{
    int r = hl_decoder_new(&xfer->decoder, xfer->head.coding);
    if (r == UV_EINVAL)
        hl_xfer_fail(xfer, HAUL_ERR_PROTOCOL,
                     "a Content-Encoding that haul cannot decode: %s",
                     xfer->head.coding);
    else if (r < 0)
        hl_xfer_fail_local(xfer, r);
}

static void on_success(struct hl_xfer *xfer)
{
    const struct hl_head *head = &xfer->head;
    bool partial = head->status == 206;
    if (xfer->job->head) {
        object(xfer, hl_resume_whole(xfer));
        return;
    }
    if (head->bad_length && !head->chunked)
        hl_xfer_fail(xfer, HAUL_ERR_PROTOCOL,
                     "a Content-Length that is not one number");
    if (head->odd_framing)
        hl_xfer_fail(xfer, HAUL_ERR_PROTOCOL,
                     "a Content-Length or Transfer-Encoding that can be read "
                     "in two ways");
    if (head->coded)
        hl_xfer_fail(xfer, HAUL_ERR_PROTOCOL,
                     "a Transfer-Encoding that was not asked for");
    object(xfer, partial ? hl_resume_partial(xfer) : hl_resume_whole(xfer));
    if (xfer->try.error == HAUL_OK)
        check_type(xfer);
    if (xfer->try.error == HAUL_OK && is_too_large(xfer))
        hl_xfer_fail(xfer, HAUL_ERR_TOO_LARGE, "larger than allowed");
    if (xfer->try.error == HAUL_OK && !partial && xfer->sink->committed)
        hl_xfer_fail(xfer, HAUL_ERR_PROTOCOL,
                     "the server sends the body from its beginning again, and "
                     "some of it is written already");
    if (xfer->try.error != HAUL_OK || partial)
        return;
    xfer->try.outdated = xfer->recorded;
    if (hl_xfer_decodes(xfer))
        begin_decoding(xfer);
    else if (head->has_length)
        hl_sink_expect(xfer->sink, head->length);
}

/* A body begins: says how long its file is, where the server says it. Of an
 * encoded body that is how much will come. */
static void announce(struct hl_xfer *xfer)
{
    uint64_t length = hl_head_total(&xfer->head);
    const struct hl_incoming_file file = {
        .received = xfer->incoming.received,
        .length = length < UINT64_MAX ? length : 0,
        .there = xfer->head.status == 206 ? xfer->head.range_start : 0,
    };
    if (!xfer->job->head)
        hl_incoming_note(xfer->shared->incoming, &xfer->incoming, &file);
}

/*
 * Before 8.0 libcurl takes a stream of HTTP/2 that is reset without an error,
 * or whose connection breaks, for a stream that has ended. Then only a
 * Content-Length tells whether the body is whole. (In HTTP/1.1 the last chunk
 * tells. The end of encoded data tells in any version.)
 */
static bool has_no_end(const struct hl_xfer *xfer)
{
    const struct hl_head *head = &xfer->head;
    return xfer->try.in_http_2 && !head->has_length && head->status != 206 &&
           !xfer->job->head && !hl_xfer_decodes(xfer) &&
           hl_easy_is_older(0x080000);
}

static void on_head_complete(struct hl_xfer *xfer)
{
    long status = xfer->head.status;
    HL_XFER_TRACE(xfer, HL_EV_TRANSFER_HEAD, .value = status);
    if (hl_xfer_is_success(xfer) && has_no_end(xfer))
        hl_xfer_want_http_1(xfer, "a body in HTTP/2 without a Content-Length");
    else if (hl_xfer_is_success(xfer))
        on_success(xfer);
    else if (status == 416)
        hl_resume_unsatisfied(xfer);
    if (hl_xfer_is_success(xfer) && xfer->try.error == HAUL_OK)
        announce(xfer);
}

/* Is this the status line of a second answer? Where the server refuses HTTP/2,
 * libcurl asks again in HTTP/1.1 by itself, even in the midst of a body, and
 * hands over both answers. */
static bool is_another_answer(const struct hl_xfer *xfer, const char *line,
                              size_t size)
{
    return xfer->try.in_http_2 && xfer->head.complete &&
           xfer->head.status >= 200 && size > strlen("HTTP/1") &&
           memcmp(line, "HTTP/1", strlen("HTTP/1")) == 0;
}

/* A line that goes on from no header (RFC 9112, 2.2). libcurl takes it for a
 * header of its own from 8.1 on. Before, see on_early_line(). */
static bool goes_on_from_none(struct hl_xfer *xfer, const char *line)
{
    if (!xfer->head.first_is_next || (line[0] != ' ' && line[0] != '\t'))
        return false;
    hl_xfer_fail(xfer, HAUL_ERR_PROTOCOL,
                 "a folded line before the first header");
    return true;
}

static size_t on_curl_header(char *line, size_t one, size_t size, void *arg)
{
    struct hl_xfer *xfer = arg;
    bool was_complete = xfer->head.complete;
    size *= one;
    hl_flood_end(xfer->flood);
    if (xfer->try.error != HAUL_OK || goes_on_from_none(xfer, line))
        return 0;
    if (xfer->try.fd >= 0)
        hl_connection_heard(xfer, line, size);
    if (is_another_answer(xfer, line, size))
        hl_xfer_want_http_1(
            xfer, "the server refused HTTP/2 in the midst of its answer");
    if (!xfer->try.heard) {
        xfer->try.in_http_2 = size > 6 && memcmp(line, "HTTP/2", 6) == 0;
        hl_timing_heard(xfer);
    }
    xfer->answered = true;
    xfer->try.heard = true;
    int r = hl_head_line(&xfer->head, line, size, parse_date);
    xfer->has_cookies |= xfer->head.sets_cookies;
    if (r < 0)
        hl_xfer_fail(xfer, HAUL_ERR_PROTOCOL,
                     "more than 256 kB or 1,000 lines of headers");
    else if (xfer->head.complete && !was_complete && xfer->head.status >= 200)
        on_head_complete(xfer);
    return xfer->try.error == HAUL_OK ? size : 0;
}

static void pause_until(struct hl_xfer *xfer, uint64_t due_ns)
{
    xfer->link.due_ns = due_ns;
    xfer->hooks.pause(xfer->hooks.arg, &xfer->link);
}

/* True while options->limit_rate allows no more bytes: libcurl must offer these
 * bytes again later. */
static bool is_over_rate(struct hl_xfer *xfer)
{
    struct hl_bucket *rate = xfer->shared->rate;
    if (rate == NULL)
        return false;
    uint64_t now = uv_hrtime();
    uint64_t wait = hl_bucket_take(rate, 0, now);
    if (wait > 0)
        hl_speed_hold(&xfer->try.speed, now);
    if (wait > 0 && xfer->hooks.pause != NULL) {
        pause_until(xfer, now + wait);
        return true;
    }
    while (wait > 0 && !hl_stop_is_due(xfer->shared->stop)) {
        uint64_t nap = wait < NAP_NS ? wait : NAP_NS;
        nanosleep(&(struct timespec){.tv_nsec = (long)nap}, NULL);
        hl_shared_alive(xfer->shared);
        wait = hl_bucket_take(rate, 0, uv_hrtime());
    }
    return false;
}

/* True while a piece is being stored and these bytes do not fit into the next
 * one: libcurl must offer them again later. Bytes that libcurl kept during a
 * pause are always taken: they are in memory anyway, and libcurl would copy
 * them at each further pause. On HTTP/2 they may be a stream's window of 32 MB.
 */
static void hold(struct hl_xfer *xfer)
{
    uint64_t now = uv_hrtime();
    hl_speed_hold(&xfer->try.speed, now);
    hl_phases_enter(&xfer->phases, HL_PHASE_FILE, now);
    pause_until(xfer, HL_XFER_UNTIL_STORED);
}

static bool is_over_disk(struct hl_xfer *xfer, size_t size)
{
    if (xfer->decoder != NULL || xfer->link.handing_over ||
        hl_sink_has_room(xfer->sink, size))
        return false;
    hold(xfer);
    return true;
}

/* The same before bytes are decoded: they may become a thousand times as many.
 */
static bool is_decoded_over_disk(struct hl_xfer *xfer)
{
    const struct hl_sink *sink = xfer->sink;
    if (hl_sink_has_room(sink, DECODED_PIECE) ||
        (xfer->link.handing_over && sink->in.used < DECODED_MOST))
        return false;
    hold(xfer);
    return true;
}

/* Has the body more bytes than its Content-Range says? A body in chunks may go
 * on for ever. */
static bool is_longer_than_promised(struct hl_xfer *xfer, size_t size)
{
    const struct hl_head *head = &xfer->head;
    return head->has_range && xfer->decoder == NULL &&
           xfer->sink->size + size > head->range_end + 1;
}

static bool store(struct hl_xfer *xfer, const char *data, size_t size)
{
    const struct haul_options *o = xfer->shared->options;
    if (is_longer_than_promised(xfer, size)) {
        xfer->try.part_stale = true;
        hl_xfer_fail(xfer, HAUL_ERR_PROTOCOL,
                     "the body is longer than its head says");
        return false;
    }
    if (o->max_filesize > 0 && xfer->sink->size + size > o->max_filesize) {
        hl_xfer_fail(xfer, HAUL_ERR_TOO_LARGE, "larger than allowed");
        return false;
    }
    int r = hl_sink_write(xfer->sink, data, size);
    if (r < 0)
        hl_xfer_fail_local(xfer, r);
    return r == 0;
}

static void count_received(struct hl_xfer *xfer, size_t size)
{
    xfer->received += size;
    if (xfer->shared->rate != NULL)
        hl_bucket_take(xfer->shared->rate, size, uv_hrtime());
    hl_incoming_add(xfer->shared->incoming, &xfer->incoming, size);
}

static bool fail_decoding(struct hl_xfer *xfer, int code)
{
    if (code == UV_EPROTO)
        hl_xfer_fail(xfer, HAUL_ERR_PROTOCOL, "the %s data is damaged",
                     xfer->head.coding);
    else
        hl_xfer_fail_local(xfer, code);
    return false;
}

/* Have more encoded bytes come than any file of the size allowed needs? Such
 * bytes may decode to nothing, for ever. */
static bool is_encoded_too_large(const struct hl_xfer *xfer)
{
    uint64_t most = xfer->shared->options->max_filesize;
    return most > 0 && xfer->try.encoded / 2 > most &&
           xfer->try.encoded / 2 - most > ENCODED_MORE;
}

/* Decodes and stores one piece. @return whether all is well. */
static bool decode_piece(struct hl_xfer *xfer, struct hl_decoder_step *step)
{
    size_t before = step->in_size;
    int r = hl_decoder_run(xfer->decoder, step);
    size_t taken = before - step->in_size;
    if (r == 0 && taken == 0 && step->made == 0 && before > 0)
        r = UV_EPROTO;
    xfer->try.decoded += taken;
    xfer->try.encoded += taken;
    count_received(xfer, taken);
    if (r < 0)
        return fail_decoding(xfer, r);
    if (is_encoded_too_large(xfer)) {
        hl_xfer_fail(xfer, HAUL_ERR_TOO_LARGE, "larger than allowed");
        return false;
    }
    return step->made == 0 || store(xfer, step->out, step->made);
}

/* Must a transfer that blocks its thread end in the midst of the bytes that
 * libcurl offers? They may become a million times as many, and libcurl looks at
 * the stop and at its time limit only when it has got rid of them. */
static bool must_end(struct hl_xfer *xfer)
{
    uint64_t most_ms = xfer->shared->options->max_time_ms;
    if (xfer->hooks.pause != NULL)
        return false;
    hl_shared_alive(xfer->shared);
    if (hl_stop_is_due(xfer->shared->stop))
        xfer->try.ended_by = CURLE_ABORTED_BY_CALLBACK;
    else if (most_ms > 0 &&
             uv_hrtime() - xfer->requested_ns > most_ms * HL_NS_PER_MS)
        xfer->try.ended_by = CURLE_OPERATION_TIMEDOUT;
    return xfer->try.ended_by != CURLE_OK;
}

/* Decodes and stores the bytes that libcurl offers. After a pause it offers the
 * same bytes again, and perhaps more behind them: those that were decoded
 * before the pause are left out. @return as of the callback. */
static size_t decode(struct hl_xfer *xfer, const char *data, size_t size)
{
    char out[DECODED_PIECE];
    size_t again = xfer->try.decoded < size ? xfer->try.decoded : size;
    struct hl_decoder_step step = {
        .in = data + again,
        .in_size = size - again,
        .out = out,
        .out_size = sizeof(out),
    };
    do {
        if (is_decoded_over_disk(xfer))
            return CURL_WRITEFUNC_PAUSE;
        if (must_end(xfer) || !decode_piece(xfer, &step))
            return 0;
    } while (step.in_size > 0 || step.made > 0);
    xfer->try.decoded -= size;
    return size;
}

/* @return as of the callback. */
static size_t take(struct hl_xfer *xfer, const char *data, size_t size)
{
    if (xfer->decoder != NULL)
        return decode(xfer, data, size);
    count_received(xfer, size);
    return store(xfer, data, size) ? size : 0;
}

static size_t swallow(struct hl_xfer *xfer, const char *data, size_t size)
{
    if (xfer->head.status == 400 && xfer->received == 0)
        xfer->try.page_says = hl_error_page_why(data, size);
    bool redirect = xfer->head.status >= 300 && xfer->head.status < 400;
    uint64_t most = redirect ? SWALLOW_REDIRECT_MAX : SWALLOW_MAX;
    xfer->received += size;
    return xfer->received <= most ? size : 0;
}

/*
 * Before 8.1 libcurl appends a folded line to the header before it. Where the
 * folded line is the first line of a head, that header belongs to an earlier
 * transfer, and its memory has been freed. So libcurl is told to hand over each
 * line of a head to the callback of the body too (CURLOPT_HEADER): it does that
 * before it reads the line.
 */
static size_t on_early_line(struct hl_xfer *xfer, const char *piece,
                            size_t size)
{
    bool begins = !xfer->try.in_line;
    if (!xfer->hears_early) {
        hl_xfer_fail(xfer, HAUL_ERR_PROTOCOL,
                     "a body without the end of its head");
        return 0;
    }
    xfer->try.in_line = piece[size - 1] != '\n';
    return begins && goes_on_from_none(xfer, piece) ? 0 : size;
}

static size_t on_curl_body(char *data, size_t one, size_t size, void *arg)
{
    struct hl_xfer *xfer = arg;
    size *= one;
    hl_flood_end(xfer->flood);
    if (!xfer->head.complete)
        return on_early_line(xfer, data, size);
    if (!hl_xfer_is_success(xfer))
        return swallow(xfer, data, size);
    hl_xfer_let_go(xfer);
    if (is_over_rate(xfer) || is_over_disk(xfer, size))
        return CURL_WRITEFUNC_PAUSE;
    uint64_t begin = uv_hrtime();
    hl_timing_more(xfer, begin);
    hl_speed_go(&xfer->try.speed, begin);
    if (!xfer->try.body_begun) {
        xfer->try.body_begun = true;
        HL_XFER_TRACE(xfer, HL_EV_TRANSFER_BODY, .value = 0);
    }
    /* The time that the disk, or the reader of a pipe, takes is not counted
     * against the server. */
    hl_speed_hold(&xfer->try.speed, begin);
    size_t taken = take(xfer, data, size);
    uint64_t end = uv_hrtime();
    hl_speed_go(&xfer->try.speed, end);
    if (taken != CURL_WRITEFUNC_PAUSE)
        hl_phases_enter(&xfer->phases, HL_PHASE_BODY, end);
    return taken;
}

static int on_curl_progress(void *arg, curl_off_t total, curl_off_t now,
                            curl_off_t upload_total, curl_off_t upload_now)
{
    struct hl_xfer *xfer = arg;
    (void)total, (void)now, (void)upload_total, (void)upload_now;
    hl_flood_end(xfer->flood);
    hl_shared_alive(xfer->shared);
    return hl_stop_is_due(xfer->shared->stop) || hl_xfer_is_stalled(xfer);
}

CURLcode hl_response_set_callbacks(struct hl_xfer *xfer)
{
    CURL *easy = xfer->easy;
    /* See on_early_line(). */
    xfer->hears_early = hl_easy_is_older(0x080100);
    HL_SET(easy, CURLOPT_PRIVATE, xfer);
    HL_SET(easy, CURLOPT_ERRORBUFFER, xfer->try.curl_text);
    HL_SET(easy, CURLOPT_HEADERFUNCTION, on_curl_header);
    HL_SET(easy, CURLOPT_HEADERDATA, xfer);
    HL_SET(easy, CURLOPT_HEADER, xfer->hears_early ? 1L : 0L);
    HL_SET(easy, CURLOPT_WRITEFUNCTION, on_curl_body);
    HL_SET(easy, CURLOPT_WRITEDATA, xfer);
    HL_SET(easy, CURLOPT_XFERINFOFUNCTION, on_curl_progress);
    HL_SET(easy, CURLOPT_XFERINFODATA, xfer);
    return CURLE_OK;
}
