/* The reply: what is known of an attempt once it is over. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "transfer/xfer_parts.h"
#include "util/url.h"

/* libcurl's offsets are cumulative, and 0 on a connection that is reused. */
static uint64_t step(CURL *easy, CURLINFO info, uint64_t *at)
{
    curl_off_t value = 0;
    uint64_t before = *at;
    curl_easy_getinfo(easy, info, &value);
    if (value > 0 && (uint64_t)value > before)
        *at = (uint64_t)value;
    return *at - before;
}

static void fill_times(const struct hl_xfer *xfer, struct haul_times *times)
{
    uint64_t at = 0;
    times->dns = step(xfer->easy, CURLINFO_NAMELOOKUP_TIME_T, &at);
    times->connect = step(xfer->easy, CURLINFO_CONNECT_TIME_T, &at);
    times->tls = step(xfer->easy, CURLINFO_APPCONNECT_TIME_T, &at);
    times->wait = xfer->head.status > 0
                      ? step(xfer->easy, CURLINFO_STARTTRANSFER_TIME_T, &at)
                      : step(xfer->easy, CURLINFO_TOTAL_TIME_T, &at);
    times->body = step(xfer->easy, CURLINFO_TOTAL_TIME_T, &at);
    uint64_t behind = xfer->behind_ns / 1000;
    behind = behind < times->body ? behind : times->body;
    times->body -= behind;
    times->file = behind + xfer->file_us;
    times->total = at + xfer->file_us;
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

static const char *or_null(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

/* Of the file that the job asked about, which is still the same. */
static void fill_unchanged(const struct hl_xfer *xfer, struct hl_reply *reply)
{
    const struct hl_head *head = &xfer->head;
    const struct hl_job *job = xfer->job;
    reply->etag = or_null(hl_head_etag(head));
    reply->etag_any = or_null(head->etag_any);
    reply->last_modified = or_null(head->last_modified);
    if (reply->etag_any == NULL)
        reply->etag_any = job->if_etag;
    if (reply->last_modified == NULL)
        reply->last_modified = job->if_modified;
    reply->last_modified_any = reply->last_modified;
}

/* Of a file, or of the bytes that were kept: this answer's, or where it wrote
 * nothing, those that the job came with. */
static void fill_validators(const struct hl_xfer *xfer, struct hl_reply *reply)
{
    const struct hl_job *job = xfer->job;
    struct hl_part part;
    if (xfer->error == HAUL_OK || xfer->body_begun || xfer->resumed) {
        hl_resume_validators(xfer, &part);
        reply->etag = part.etag;
        reply->etag_any = or_null(xfer->head.etag_any);
        reply->last_modified = part.last_modified;
        reply->part_url_fingerprint = part.url_fingerprint;
        reply->last_modified_any = or_null(xfer->head.last_modified);
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

/* Is nothing known by which another attempt could go on behind what this one
 * has written to options->output_fd? */
static bool is_stuck(const struct hl_xfer *xfer)
{
    return hl_sink_is_begun(&xfer->sink) && xfer->body_begun &&
           !hl_resume_is_possible(xfer);
}

static bool has_connect_failed(const struct hl_xfer *xfer)
{
    return !xfer->requested && !xfer->answered &&
           (xfer->error == HAUL_ERR_DNS || xfer->error == HAUL_ERR_CONNECT ||
            xfer->error == HAUL_ERR_TIMEOUT);
}

/* As this answer says, or an earlier one did. */
static uint64_t length(const struct hl_xfer *xfer)
{
    uint64_t total = hl_head_total(&xfer->head);
    /* Where this one wrote nothing, the part is still that of the job. */
    if (xfer->kept > 0 && !xfer->body_begun && !xfer->resumed)
        return xfer->job->resume_total > 0 ? xfer->job->resume_total
                                           : UINT64_MAX;
    bool known = xfer->resumed && xfer->job->resume_total > 0;
    if (total == UINT64_MAX && known)
        return xfer->job->resume_total;
    bool told = hl_xfer_is_success(xfer) || xfer->part_complete;
    return told ? total : UINT64_MAX;
}

/* All that the handle holds, as far as there is room. NULL: none. */
static const char *gather_cookies(struct hl_xfer *xfer)
{
    struct curl_slist *list = NULL;
    struct hl_buf *out = &xfer->cookies;
    hl_buf_clear(out);
    if (!xfer->has_cookies)
        return NULL;
    curl_easy_getinfo(xfer->easy, CURLINFO_COOKIELIST, &list);
    for (const struct curl_slist *at = list; at != NULL; at = at->next)
        if (out->used + strlen(at->data) + 2 < HL_COOKIES_MAX)
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
    const struct hl_sink *sink = &xfer->sink;
    const struct hl_job *job = xfer->job;
    if (xfer->published) {
        reply->digests = or_null(sink->digests);
        reply->xxh3 = or_null(sink->xxh3);
        reply->stamp = sink->published.stamp;
        reply->aside = or_null(sink->published.aside);
    } else if (xfer->kept > 0 && sink->inode != 0) {
        reply->part_token = hl_sink_token(sink);
        reply->part_inode = sink->inode;
    } else if (xfer->kept > 0) {
        reply->part_token = job->part_token;
        reply->part_inode = job->part_inode;
    }
}

void hl_xfer_reply(struct hl_xfer *xfer, struct hl_reply *reply)
{
    const char *location =
        xfer->error == HAUL_ERR_REDIRECT ? location_of(xfer) : NULL;
    long connects = 0;
    curl_easy_getinfo(xfer->easy, CURLINFO_NUM_CONNECTS, &connects);
    *reply = (struct hl_reply){
        .error = xfer->error,
        .curl_code = xfer->curl_code,
        .sys_errno = xfer->sys_errno,
        .http_status = xfer->head.status,
        .exists = xfer->sink.exists,
        .exhausted = xfer->exhausted,
        .unchanged = xfer->unchanged,
        .answered = xfer->answered,
        .connect_failed = has_connect_failed(xfer),
        .received = xfer->received,
        .bytes = xfer->kept,
        .resumed_from = xfer->resumed ? xfer->resume_from : 0,
        .length = length(xfer),
        .retry_after_s = xfer->head.retry_after_s,
        .worker = xfer->worker,
        .http_version = http_version(xfer->easy),
        .reused = xfer->head.status > 0 && connects == 0,
        .http_1 = xfer->http_1,
        .start_ns = xfer->start_ns,
        .message = xfer->message[0] != '\0' ? xfer->message : NULL,
        .location = location,
        .cookies = location != NULL ? gather_cookies(xfer) : NULL,
        .content_type = or_null(xfer->head.content_type),
    };
    fill_files(xfer, reply);
    fill_times(xfer, &reply->times);
    if (xfer->unchanged)
        fill_unchanged(xfer, reply);
    else if (xfer->error == HAUL_OK || (reply->bytes > 0 && !is_stuck(xfer)))
        fill_validators(xfer, reply);
}
