#include "transfer/reply.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "transfer/cookie_lines.h"
#include "transfer/fault.h"
#include "transfer/resume.h"
#include "transfer/xfer_struct.h"
#include "util/error.h"
#include "util/text.h"
#include "util/threads.h"
#include "util/time_units.h"
#include "util/url.h"

enum { MEMORY_SHORT = 1024 * 1024 };

void hl_xfer_fail(struct hl_xfer *xfer, enum haul_error error,
                  const char *format, ...)
{
    char text[HL_MESSAGE_SIZE];
    va_list args;
    if (xfer->try.error != HAUL_OK)
        return;
    xfer->try.error = error;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    hl_text_printable(xfer->try.message, sizeof(xfer->try.message), text);
}

void hl_xfer_keep_nothing(struct hl_xfer *xfer)
{
    curl_easy_setopt(xfer->easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(xfer->easy, CURLOPT_MAXAGE_CONN, 1L);
}

/* This machine has no more sockets, ports, files or memory. Idle connections
 * hold some of these, so none is kept. */
static void run_out(struct hl_xfer *xfer)
{
    xfer->try.exhausted = true;
    hl_xfer_keep_nothing(xfer);
}

/* The message for a code. FAT has codes that do not say what is wrong. */
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
    bool gone = code == UV_ENOENT && xfer->sink->gone;
    char text[HL_MESSAGE_SIZE];
    xfer->try.sys_errno = -code;
    xfer->try.part_stale |= gone;
    if (hl_is_shortage(code))
        run_out(xfer);
    if (code == UV_ECANCELED)
        hl_xfer_fail(xfer, HAUL_ERR_CANCELLED, "%s",
                     haul_error_text(HAUL_ERR_CANCELLED));
    else if (gone)
        hl_xfer_fail(xfer, HAUL_ERR_PROTOCOL,
                     "the temporary file is gone, or is another file now");
    else if (xfer->sink->exists)
        hl_xfer_fail(xfer, HAUL_ERR_IO, "%s: " HL_WHY_NAME_IS_TAKEN,
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
    xfer->try.wants_http_1 = true;
    hl_xfer_fail(xfer, HAUL_ERR_PROTOCOL, "%s", why);
}

/* To a GET 202 is "not yet", 204 and 205 have no file, and no other 2xx is
 * known to answer it with one. To other requests each says that all went well.
 */
bool hl_xfer_is_success(const struct hl_xfer *xfer)
{
    long status = xfer->head.status;
    if (hl_xfer_sends_once(xfer))
        return status >= 200 && status < 300;
    return status == 200 || status == 203 ||
           (status == 206 && !xfer->job->head);
}

/* Did a kept connection end before the first byte of the answer? A server may
 * close it just when it is used again. */
static bool was_lost(const struct hl_xfer *xfer, int curl_code)
{
    long connects = 0;
    switch (curl_code) {
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        break;
    /* What came is not HTTP: it is left over from an earlier request on this
     * connection. */
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        if (xfer->requested)
            break;
        return false;
    default:
        return false;
    }
    curl_easy_getinfo(xfer->easy, CURLINFO_NUM_CONNECTS, &connects);
    return connects == 0 && !xfer->try.heard;
}

/* Has a server of HTTP/2 gone away before it began with the request? It says so
 * even on a new connection. */
static bool has_gone_away(const struct hl_xfer *xfer, int curl_code)
{
    return curl_code == CURLE_HTTP2 && xfer->requested && !xfer->try.heard;
}

/* libcurl has the same code for a request or an answer that is larger than its
 * buffers, where another attempt would not help. */
static bool lacks_memory(int curl_code)
{
    return curl_code == CURLE_OUT_OF_MEMORY && hl_memory_is_limited() &&
           hl_memory_left(MEMORY_SHORT) < MEMORY_SHORT;
}

/* Has this machine run out of something? EADDRNOTAVAIL for IPv4 says that all
 * ports are used; for IPv6 it may only say that this machine has no address
 * from which the server could be reached. */
static bool is_exhausted(const struct hl_xfer *xfer, int curl_code)
{
    if (lacks_memory(curl_code))
        return true;
    switch (xfer->try.sys_errno) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
        break;
    case EADDRNOTAVAIL:
        if (xfer->try.family == AF_INET)
            break;
        return false;
    default:
        return false;
    }
    return curl_code == CURLE_COULDNT_CONNECT && !xfer->requested;
}

static void fail_with(struct hl_xfer *xfer, const struct hl_fault *fault)
{
    hl_xfer_fail(xfer, fault->error, "%s", fault->text);
    xfer->try.why = fault->why;
    xfer->try.hopeless = fault->hopeless;
}

static void judge_curl(struct hl_xfer *xfer, int curl_code)
{
    long os_errno = 0;
    struct hl_fault fault;
    curl_easy_getinfo(xfer->easy, CURLINFO_OS_ERRNO, &os_errno);
    if (xfer->try.sys_errno == 0)
        xfer->try.sys_errno = (int)os_errno;
    hl_fault_find(&fault, xfer, curl_code);
    if (lacks_memory(curl_code))
        xfer->try.sys_errno = ENOMEM;
    if (is_exhausted(xfer, curl_code))
        run_out(xfer);
    if (xfer->try.exhausted) {
        hl_xfer_fail(xfer, HAUL_ERR_IO, "%s", strerror(xfer->try.sys_errno));
        return;
    }
    if (fault.error == HAUL_ERR_PROXY && fault.tunnel > 0)
        xfer->head.status = fault.tunnel;
    fail_with(xfer, &fault);
}

static bool is_conditional(const struct hl_job *job)
{
    return job->if_etag != NULL || job->if_modified != NULL;
}

/* How long the file should be, as the head says. fallback: the head does not
 * say. With a body in chunks only a Content-Range says so. */
static uint64_t promised_size(const struct hl_head *head, uint64_t fallback)
{
    if (head->has_range)
        return head->range_end + 1;
    return head->has_length && !head->chunked ? head->length : fallback;
}

/* libcurl compares the bytes that it has read with what it takes for the
 * length. Here the bytes that have reached the file are compared with what the
 * head says. */
static void judge_decoded(struct hl_xfer *xfer)
{
    const struct hl_head *head = &xfer->head;
    bool has_length = head->has_length && !head->chunked;
    bool empty = xfer->try.encoded == 0 && (has_length || head->chunked);
    bool whole = !has_length || xfer->try.encoded == head->length;
    bool ended =
        hl_decoder_has_ended(xfer->decoder) && (xfer->try.encoded > 0 || empty);
    xfer->try.publish = ended && whole;
    if (!ended)
        hl_xfer_fail(xfer, HAUL_ERR_TRUNCATED, "the %s data is cut short",
                     head->coding);
    else if (!whole)
        hl_xfer_fail(xfer, HAUL_ERR_TRUNCATED,
                     "the body is not as long as its head says");
}

static void judge_success(struct hl_xfer *xfer)
{
    const struct hl_head *head = &xfer->head;
    uint64_t size = xfer->sink->size;
    uint64_t promised = promised_size(head, size);
    if (xfer->job->head)
        return;
    if (xfer->decoder != NULL) {
        judge_decoded(xfer);
        return;
    }
    xfer->try.publish = size == promised;
    if (xfer->try.publish)
        return;
    xfer->try.part_stale = size > promised;
    hl_xfer_fail(xfer,
                 xfer->try.part_stale ? HAUL_ERR_PROTOCOL : HAUL_ERR_TRUNCATED,
                 "the body is not as long as its head says");
}

/* May a Location be followed? A 304 is about the file that is there, a 305
 * names a proxy, and a 306 has no meaning (RFC 9110, 15.4). */
static bool leads_on(long status)
{
    return status >= 300 && status < 400 && (status < 304 || status > 306);
}

static void judge_status(struct hl_xfer *xfer)
{
    const char *location = NULL;
    struct hl_fault fault;
    long status = xfer->head.status;
    curl_easy_getinfo(xfer->easy, CURLINFO_REDIRECT_URL, &location);
    if (!xfer->head.complete)
        hl_xfer_fail(xfer, HAUL_ERR_TRUNCATED, "the head of the answer is cut");
    else if (status == 0)
        hl_xfer_fail(xfer, HAUL_ERR_PROTOCOL, "an answer without a status");
    else if (hl_xfer_is_success(xfer))
        judge_success(xfer);
    else if (xfer->try.part_complete)
        xfer->try.publish = true;
    else if (status == 304 && is_conditional(xfer->job))
        xfer->try.unchanged = true;
    else if (leads_on(status) && location != NULL)
        hl_xfer_fail(xfer, HAUL_ERR_REDIRECT, "HTTP %ld", status);
    else if (status < 200)
        hl_xfer_fail(xfer, HAUL_ERR_PROTOCOL, "HTTP %ld is no answer", status);
    else {
        hl_fault_of_status(&fault, xfer, leads_on(status));
        fail_with(xfer, &fault);
    }
}

void hl_xfer_judge(struct hl_xfer *xfer, int curl_code)
{
    bool swallowed = curl_code == CURLE_WRITE_ERROR && xfer->head.complete &&
                     xfer->head.status >= 200 && !hl_xfer_is_success(xfer);
    xfer->try.curl_code = curl_code;
    xfer->try.went_away = has_gone_away(xfer, curl_code);
    xfer->try.connection_lost |= was_lost(xfer, curl_code);
    if (xfer->try.error == HAUL_OK && curl_code != CURLE_OK && !swallowed)
        judge_curl(xfer, curl_code);
    if (xfer->try.error == HAUL_OK)
        judge_status(xfer);
}

static uint32_t http_version(CURL *easy)
{
    long version = 0;
    curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
    switch (version) {
    case CURL_HTTP_VERSION_1_0:
        return 10;
    case CURL_HTTP_VERSION_1_1:
        return 11;
    case CURL_HTTP_VERSION_2_0:
        return 20;
    default:
        return 0;
    }
}

/* The validators of the file that has not changed since the job's. */
static void fill_unchanged(const struct hl_xfer *xfer, struct hl_reply *reply)
{
    const struct hl_head *head = &xfer->head;
    const struct hl_job *job = xfer->job;
    reply->etag = hl_or_null(hl_head_etag(head));
    reply->etag_any = hl_or_null(head->etag_any);
    reply->last_modified = hl_or_null(head->last_modified);
    if (reply->etag_any == NULL)
        reply->etag_any = job->if_etag;
    if (reply->last_modified == NULL)
        reply->last_modified = job->if_modified;
    reply->last_modified_any = reply->last_modified;
}

/* The validators of the file, or of the part that was kept. They are from this
 * answer; where this answer wrote nothing, from the job. */
static void fill_validators(const struct hl_xfer *xfer, struct hl_reply *reply)
{
    const struct hl_job *job = xfer->job;
    struct hl_part part;
    if (xfer->try.error == HAUL_OK || xfer->try.body_begun ||
        xfer->try.resumed) {
        hl_resume_validators(xfer, &part);
        reply->etag = part.etag;
        reply->etag_any = hl_or_null(xfer->head.etag_any);
        reply->last_modified = part.last_modified;
        reply->part_url_fingerprint = part.url_fingerprint;
        reply->last_modified_any = hl_or_null(xfer->head.last_modified);
    } else {
        reply->etag = job->etag;
        reply->last_modified = job->last_modified;
        reply->part_url_fingerprint = job->part_url_fingerprint;
    }
    if (reply->etag_any == NULL)
        reply->etag_any = reply->etag;
    if (reply->last_modified_any == NULL)
        reply->last_modified_any = reply->last_modified;
}

/* Has this attempt written bytes that cannot be taken back, and behind which no
 * other attempt can go on? */
static bool is_stuck(const struct hl_xfer *xfer)
{
    return xfer->sink->committed && xfer->try.body_begun &&
           !hl_resume_is_possible(xfer);
}

static bool has_connect_failed(const struct hl_xfer *xfer)
{
    return !xfer->requested && !xfer->answered &&
           (xfer->try.error == HAUL_ERR_DNS ||
            xfer->try.error == HAUL_ERR_CONNECT ||
            xfer->try.error == HAUL_ERR_PROXY ||
            xfer->try.error == HAUL_ERR_TIMEOUT);
}

/* May a request that is sent once have reached its server? Not where a proxy
 * asks for a password first. A server that answers like a proxy has got it. */
static bool is_sent(const struct hl_xfer *xfer)
{
    bool is_kept_back =
        xfer->try.error == HAUL_ERR_PROXY && xfer->head.status == 407;
    return hl_xfer_sends_once(xfer) && xfer->requested && !is_kept_back;
}

/* The length of the whole file, as this answer says or an earlier one said. */
static uint64_t length(const struct hl_xfer *xfer)
{
    uint64_t total =
        hl_xfer_decodes(xfer) ? UINT64_MAX : hl_head_total(&xfer->head);
    /* Where this answer wrote nothing, the part is still the job's. */
    if (xfer->try.kept > 0 && !xfer->try.body_begun && !xfer->try.resumed)
        return xfer->job->resume_total > 0 ? xfer->job->resume_total
                                           : UINT64_MAX;
    bool known = xfer->try.resumed && xfer->job->resume_total > 0;
    if (total == UINT64_MAX && known)
        return xfer->job->resume_total;
    bool told = hl_xfer_is_success(xfer) || xfer->try.part_complete;
    return told ? total : UINT64_MAX;
}

/* All cookies that the handle holds beside those of the options, as far as
 * there is room. NULL: none. */
static const char *gather_cookies(struct hl_xfer *xfer)
{
    struct curl_slist *list = NULL;
    struct hl_buf *out = &xfer->cookies;
    hl_buf_clear(out);
    if (!xfer->has_cookies)
        return NULL;
    curl_easy_getinfo(xfer->easy, CURLINFO_COOKIELIST, &list);
    for (const struct curl_slist *at = list; at != NULL; at = at->next)
        if (out->used + strlen(at->data) + 2 < HL_COOKIES_MAX &&
            !hl_cookie_lines_has(xfer->job->own_cookies, at->data,
                                 strlen(at->data)))
            hl_buf_printf(out, "%s%s", out->used > 0 ? "\n" : "", at->data);
    curl_slist_free_all(list);
    return out->used > 0 && !out->failed ? out->data : NULL;
}

/* Where a redirect leads, made absolute. libcurl loses a "?" at the end, and
 * takes a fragment alone for a name in the URL's directory. NULL: no memory. */
static const char *location_of(struct hl_xfer *xfer)
{
    const char *url = NULL;
    struct curl_header *header;
    free(xfer->location);
    xfer->location = NULL;
    curl_easy_getinfo(xfer->easy, CURLINFO_REDIRECT_URL, &url);
    if (url == NULL || curl_easy_header(xfer->easy, "Location", 0, CURLH_HEADER,
                                        -1, &header) != CURLHE_OK)
        return url;
    if (header->value[0] == '#')
        return xfer->job->url;
    if (strchr(url, '?') != NULL || !hl_url_has_empty_query(header->value))
        return url;
    int n = asprintf(&xfer->location, "%.*s?", (int)strcspn(url, "#"), url);
    if (n < 0)
        xfer->location = NULL;
    return xfer->location;
}

/* The file that got its name, or the part that was kept. */
static void fill_files(const struct hl_xfer *xfer, struct hl_reply *reply)
{
    const struct hl_sink *sink = xfer->sink;
    const struct hl_job *job = xfer->job;
    if (xfer->try.published) {
        reply->digests = hl_or_null(sink->hashes.out.digests);
        reply->xxh3 = hl_or_null(sink->hashes.out.xxh3);
        reply->stamp = sink->published.stamp;
        reply->aside = sink->published.aside;
    } else if (xfer->try.kept > 0 && sink->inode != 0) {
        reply->part_token = hl_sink_token(sink);
        reply->part_inode = sink->inode;
    } else if (xfer->try.kept > 0) {
        reply->part_token = job->part_token;
        reply->part_inode = job->part_inode;
    }
}

void hl_xfer_reply(struct hl_xfer *xfer, struct hl_reply *reply)
{
    const char *location =
        xfer->try.error == HAUL_ERR_REDIRECT ? location_of(xfer) : NULL;
    long connects = 0;
    curl_easy_getinfo(xfer->easy, CURLINFO_NUM_CONNECTS, &connects);
    *reply = (struct hl_reply){
        .error = xfer->try.error,
        .why = xfer->try.why,
        .hopeless = xfer->try.hopeless,
        .curl_code = xfer->try.curl_code,
        .sys_errno = xfer->try.sys_errno,
        .http_status = xfer->head.status,
        .exists = xfer->sink->exists,
        .exhausted = xfer->try.exhausted,
        .unchanged = xfer->try.unchanged,
        .answered = xfer->answered,
        .connect_failed = has_connect_failed(xfer),
        .sent = is_sent(xfer),
        .received = xfer->received,
        .bytes = xfer->try.kept,
        .resumed_from = xfer->try.resumed ? xfer->resume_from : 0,
        .length = length(xfer),
        .retry_after_s = xfer->head.retry_after_s,
        .worker = xfer->worker,
        .http_version = http_version(xfer->easy),
        .reused = xfer->head.status > 0 && connects == 0,
        .http_1 = xfer->http_1,
        .start_ns = xfer->phases.begun_ns,
        .ready_first_us = xfer->phases.ready_first_ns / HL_NS_PER_US,
        .ready_pool_us = xfer->phases.ready_pool_ns / HL_NS_PER_US,
        .file_pool_us = xfer->phases.file_pool_ns / HL_NS_PER_US,
        .work_cpu_us = xfer->phases.work_cpu_ns / HL_NS_PER_US,
        .message = xfer->try.message[0] != '\0' ? xfer->try.message : NULL,
        .location = location,
        .cookies = location != NULL ? gather_cookies(xfer) : NULL,
        .content_type = hl_or_null(xfer->head.content_type),
    };
    hl_incoming_end(xfer->shared->incoming, &xfer->incoming);
    fill_files(xfer, reply);
    hl_phases_times(&xfer->phases, &reply->times);
    if (xfer->try.unchanged)
        fill_unchanged(xfer, reply);
    else if (xfer->try.error == HAUL_OK ||
             (reply->bytes > 0 && !is_stuck(xfer)))
        fill_validators(xfer, reply);
}
