#include "transfer/xfer.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "transfer/xfer_parts.h"
#include "util/error.h"
#include "util/text.h"

void hl_xfer_fail(struct hl_xfer *xfer, enum haul_error error,
                  const char *format, ...)
{
    char text[HL_MESSAGE_SIZE];
    va_list args;
    if (xfer->error != HAUL_OK)
        return;
    xfer->error = error;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    hl_text_printable(xfer->message, sizeof(xfer->message), text);
}

void hl_xfer_keep_nothing(struct hl_xfer *xfer)
{
    curl_easy_setopt(xfer->easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(xfer->easy, CURLOPT_MAXAGE_CONN, 1L);
}

void hl_xfer_run_out(struct hl_xfer *xfer)
{
    xfer->exhausted = true;
    hl_xfer_keep_nothing(xfer);
}

/* What FAT means by a code that says little. */
static const char *words_of(const char *path, int code)
{
    if (code == UV_EINVAL && strpbrk(path, ":*?\"<>|\\") != NULL)
        return "the file system takes no such name (FAT: none with : * ? \" < "
               "> | or \\)";
    if (code == UV_EFBIG)
        return "larger than a file may be here (ulimit -f; FAT: 4 GB)";
    return strerror(-code);
}

void hl_xfer_fail_local(struct hl_xfer *xfer, int code)
{
    bool full = code == UV_ENOSPC || code == -EDQUOT;
    bool gone = code == UV_ENOENT && xfer->sink.gone;
    char text[HL_MESSAGE_SIZE];
    xfer->sys_errno = -code;
    xfer->part_stale |= gone;
    if (hl_is_shortage(code))
        hl_xfer_run_out(xfer);
    if (code == UV_ECANCELED)
        hl_xfer_fail(xfer, HAUL_ERR_CANCELLED, "interrupted");
    else if (gone)
        hl_xfer_fail(xfer, HAUL_ERR_PROTOCOL,
                     "the temporary file is gone, or is another file now");
    else if (xfer->sink.exists)
        hl_xfer_fail(xfer, HAUL_ERR_IO,
                     "%s: there is a file of this name already",
                     xfer->job->path);
    else if (code == UV_ELOOP || code == UV_ENOTDIR) {
        hl_beneath_explain(xfer->shared->root, xfer->job->path, code, text,
                           sizeof(text));
        hl_xfer_fail(xfer, HAUL_ERR_IO, "%s", text);
    } else {
        hl_xfer_fail(xfer, full ? HAUL_ERR_DISK_FULL : HAUL_ERR_IO, "%s: %s",
                     xfer->job->path, words_of(xfer->job->path, code));
    }
}

void hl_xfer_want_http_1(struct hl_xfer *xfer, const char *why)
{
    xfer->wants_http_1 = true;
    hl_xfer_fail(xfer, HAUL_ERR_PROTOCOL, "%s", why);
}

void hl_xfer_trace(const struct hl_xfer *xfer, enum hl_event_kind kind,
                   int64_t value)
{
    HL_TRACE(xfer->shared->trace, kind, .job = xfer->job->id,
             .worker = (uint16_t)xfer->worker, .value = value);
}

/* 202 is "not yet", 204 and 205 have no file, and no other 2xx is known to
 * answer a GET with one. */
bool hl_xfer_is_success(const struct hl_xfer *xfer)
{
    long status = xfer->head.status;
    return status == 200 || status == 203 ||
           (status == 206 && !xfer->job->head);
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
    xfer->link.xfer = xfer;
    xfer->sockets = &xfer->own_sockets;
    xfer->flood = &xfer->own_flood;
    hl_sink_init(&xfer->sink, shared, worker,
                 &(struct hl_sink_hooks){.arg = xfer,
                                         .opening = hl_resume_opening,
                                         .begun = hl_resume_begun});
    xfer->easy = curl_easy_init();
    CURLcode code = xfer->easy != NULL ? hl_answer_set_callbacks(xfer)
                                       : CURLE_OUT_OF_MEMORY;
    if (code == CURLE_OK)
        code = hl_connection_set_callbacks(xfer);
    if (code == CURLE_OK)
        code = hl_easy_set_run(xfer->easy, shared, &xfer->lists);
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
    hl_buf_release(&xfer->cookies);
    hl_easy_lists_release(&xfer->lists);
    hl_sink_release(&xfer->sink);
    free(xfer->location);
    free(xfer);
}

void hl_xfer_set_hooks(struct hl_xfer *xfer, const struct hl_xfer_hooks *hooks)
{
    xfer->hooks = *hooks;
    xfer->sockets = hooks->sockets;
    xfer->flood = hooks->flood;
}

void hl_xfer_on_part(struct hl_xfer *xfer, hl_xfer_part_fn on_part, void *arg)
{
    xfer->on_part = on_part;
    xfer->part_arg = arg;
}

void hl_xfer_on_piece(struct hl_xfer *xfer, void (*on_piece)(void *arg),
                      void *arg)
{
    xfer->sink.hooks.piece = on_piece;
    xfer->sink.hooks.piece_arg = arg;
}

void hl_xfer_set_piece_max(struct hl_xfer *xfer, size_t bytes)
{
    xfer->sink.piece_max =
        bytes > HL_SINK_CHUNK ? bytes : (size_t)HL_SINK_CHUNK;
}

void hl_xfer_store_piece(struct hl_xfer *xfer)
{
    hl_sink_store_piece(&xfer->sink);
}

bool hl_xfer_piece_stored(struct hl_xfer *xfer)
{
    int r = hl_sink_piece_stored(&xfer->sink);
    if (r < 0)
        hl_xfer_fail_local(xfer, r);
    return r == 0;
}

struct hl_xfer_link *hl_xfer_link(struct hl_xfer *xfer)
{
    return &xfer->link;
}

void *hl_xfer_easy(struct hl_xfer *xfer)
{
    return xfer->easy;
}

const struct hl_job *hl_xfer_job(const struct hl_xfer *xfer)
{
    return xfer->job;
}

/* Forgets what the try before came to. */
static void clear_try(struct hl_xfer *xfer)
{
    xfer->error = HAUL_OK;
    xfer->curl_code = 0;
    xfer->sys_errno = 0;
    xfer->family = 0;
    xfer->fd = -1;
    xfer->heard = false;
    xfer->in_line = false;
    xfer->connection_lost = false;
    xfer->went_away = false;
    xfer->wants_http_1 = false;
    xfer->opened_count = 0;
    xfer->exhausted = false;
    xfer->unchanged = false;
    xfer->body_begun = false;
    xfer->resumed = false;
    xfer->part_complete = false;
    xfer->part_stale = false;
    xfer->piece = false;
    xfer->outdated = false;
    xfer->publish = false;
    xfer->published = false;
    xfer->kept = 0;
    xfer->held_ns = 0;
    xfer->behind_ns = 0;
    xfer->awaited_ns = 0;
    xfer->file_us = 0;
    xfer->message[0] = '\0';
    xfer->curl_text[0] = '\0';
    xfer->speed = (struct hl_speed){0};
}

/* Begins a try. Most attempts have only one. */
static int begin(struct hl_xfer *xfer)
{
    const struct hl_job *job = xfer->job;
    assert(!xfer->has_file_work);
    clear_try(xfer);
    xfer->start_ns = uv_hrtime();
    hl_head_init(&xfer->head);
    hl_sink_begin(&xfer->sink, job);
    HL_TRACE_TEXT(xfer->shared->trace, HL_EV_TRANSFER_BEGIN, job->url,
                  .job = job->id, .worker = (uint16_t)xfer->worker,
                  .value = job->attempt);
    /* A loop looks at the stop and the speed itself. */
    CURLcode code = curl_easy_setopt(xfer->easy, CURLOPT_NOPROGRESS,
                                     xfer->hooks.pause != NULL ? 1L : 0L);
    const struct hl_easy_try how = {xfer->resume_from, xfer->fresh,
                                    xfer->http_1, xfer->has_cookies};
    xfer->has_cookies = job->cookies != NULL;
    if (code == CURLE_OK)
        code =
            hl_easy_set_job(xfer->easy, xfer->shared, &xfer->lists, job, &how);
    if (code == CURLE_OK)
        return 0;
    xfer->curl_code = (int)code;
    hl_xfer_fail(xfer, HAUL_ERR_IO, "%s", curl_easy_strerror(code));
    return HAUL_EINVAL;
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
    return begin(xfer);
}

static bool wants_whole(const struct hl_xfer *xfer)
{
    return xfer->part_stale && !xfer->piece && !xfer->restarted &&
           !hl_sink_is_begun(&xfer->sink);
}

static bool wants_http_1(const struct hl_xfer *xfer)
{
    return xfer->wants_http_1 && !xfer->http_1 &&
           !hl_sink_is_begun(&xfer->sink);
}

bool hl_xfer_wants_again(const struct hl_xfer *xfer)
{
    bool wants = wants_whole(xfer) || wants_http_1(xfer) ||
                 (xfer->went_away && xfer->away < HL_AWAY_MAX) ||
                 (xfer->connection_lost && !xfer->fresh);
    return wants && !hl_stop_now(xfer->shared->stop);
}

int hl_xfer_again(struct hl_xfer *xfer)
{
    if (wants_whole(xfer)) {
        xfer->restarted = true;
        xfer->resume_from = 0;
    } else if (wants_http_1(xfer)) {
        xfer->http_1 = true;
    } else {
        xfer->away += xfer->went_away;
        xfer->requested = false;
    }
    xfer->fresh = true;
    return begin(xfer);
}

void hl_xfer_let_go(struct hl_xfer *xfer, uint64_t now_ns)
{
    if (xfer->held_ns != 0)
        xfer->behind_ns += now_ns - xfer->held_ns;
    xfer->held_ns = 0;
}

void hl_xfer_await_file(struct hl_xfer *xfer, uint64_t now_ns)
{
    hl_xfer_let_go(xfer, now_ns);
    xfer->awaited_ns = now_ns;
}

/* @return now */
static uint64_t end_wait(struct hl_xfer *xfer)
{
    uint64_t now = uv_hrtime();
    hl_xfer_let_go(xfer, now);
    if (xfer->awaited_ns != 0)
        xfer->file_us += (now - xfer->awaited_ns) / 1000;
    xfer->awaited_ns = 0;
    return now;
}

bool hl_xfer_is_stalled(struct hl_xfer *xfer)
{
    return hl_answer_is_stalled(xfer);
}

/* A failed attempt leaves a part only where it can be proved later that the
 * rest belongs to it. */
static void leave_part(struct hl_xfer *xfer)
{
    bool touched = xfer->body_begun || xfer->resumed;
    if (hl_sink_is_begun(&xfer->sink)) {
        xfer->kept = hl_sink_keep(&xfer->sink);
        return;
    }
    if (xfer->outdated)
        (void)hl_resume_forget(xfer);
    bool passing = xfer->error != HAUL_ERR_TOO_LARGE &&
                   xfer->error != HAUL_ERR_TYPE &&
                   xfer->error != HAUL_ERR_CHECKSUM && !xfer->part_stale;
    if (touched && passing && hl_resume_is_possible(xfer))
        xfer->kept = hl_sink_keep(&xfer->sink);
    else
        hl_sink_discard(&xfer->sink);
    /* What an earlier attempt left stands while nothing was written. A part of
     * no use goes at once: the reply does not name it, and a new part of the
     * same name could not be made beside it. */
    if (xfer->part_stale)
        hl_sink_remove_part(&xfer->sink);
    else if (!touched)
        xfer->kept = xfer->resume_from;
}

static void trace_end(const struct hl_xfer *xfer)
{
    HL_TRACE_TEXT(xfer->shared->trace, HL_EV_TRANSFER_END,
                  xfer->error == HAUL_OK ? "ok" : haul_error_word(xfer->error),
                  .job = xfer->job->id, .worker = (uint16_t)xfer->worker,
                  .value = xfer->head.status,
                  .value2 = (int64_t)xfer->received);
}

void hl_xfer_finish(struct hl_xfer *xfer, int curl_code)
{
    end_wait(xfer);
    hl_outcome_judge(xfer, curl_code);
    bool has_stale_part = xfer->part_stale && xfer->job->part_token != NULL;
    xfer->has_file_work = xfer->publish || xfer->outdated || has_stale_part ||
                          hl_sink_has_part(&xfer->sink);
    if (xfer->has_file_work)
        return;
    leave_part(xfer);
    trace_end(xfer);
}

bool hl_xfer_has_file_work(const struct hl_xfer *xfer)
{
    return xfer->has_file_work;
}

/* A file that went on from a part may owe it to that part: it is fetched anew
 * before it fails for good. */
static void judge_checksum(struct hl_xfer *xfer)
{
    const char *expected = xfer->job->checksum;
    const char *found = xfer->sink.digests;
    if (expected == NULL ||
        hl_digests_compare(found, expected) == HL_DIGESTS_EQUAL)
        return;
    size_t length = strlen(expected);
    enum hl_algorithm algorithm = hl_algorithm_of_length(length);
    const char *digest = hl_digests_find(found, algorithm);
    xfer->part_stale = xfer->resumed;
    hl_xfer_fail(xfer, HAUL_ERR_CHECKSUM, "the file's %s is %.*s",
                 hl_algorithm_title(algorithm), (int)length,
                 digest != NULL ? digest : "");
}

static void publish(struct hl_xfer *xfer)
{
    bool dated = xfer->shared->options->remote_time;
    int r = hl_sink_complete(&xfer->sink);
    if (r == 0)
        judge_checksum(xfer);
    if (r == 0 && xfer->error == HAUL_OK)
        r = hl_sink_publish(&xfer->sink,
                            dated ? xfer->head.last_modified_s : -1);
    if (r < 0)
        hl_xfer_fail_local(xfer, r);
    xfer->published = xfer->error == HAUL_OK;
    if (xfer->published)
        xfer->kept = xfer->sink.flushed;
}

void hl_xfer_do_file_work(struct hl_xfer *xfer)
{
    uint64_t begin = end_wait(xfer);
    assert(xfer->has_file_work);
    xfer->has_file_work = false;
    if (xfer->publish)
        publish(xfer);
    if (xfer->error != HAUL_OK)
        leave_part(xfer);
    xfer->file_us += (uv_hrtime() - begin) / 1000;
    trace_end(xfer);
}

static void burn(const struct hl_shared *shared, uint64_t want_us)
{
    struct timespec begin;
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    do {
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        hl_shared_alive(shared);
    } while ((now.tv_sec - begin.tv_sec) * 1000000 +
                 (now.tv_nsec - begin.tv_nsec) / 1000 <
             (long)want_us);
}

void hl_xfer_burn(struct hl_xfer *xfer)
{
    uint64_t want_us = xfer->shared->options->cpu_work_us;
    if (want_us == 0 || xfer->error != HAUL_OK)
        return;
    uint64_t begin = end_wait(xfer);
    burn(xfer->shared, want_us);
    xfer->file_us += (uv_hrtime() - begin) / 1000;
}

static void perform_once(struct hl_xfer *xfer, int start_code)
{
    int code =
        start_code < 0 ? xfer->curl_code : (int)curl_easy_perform(xfer->easy);
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
