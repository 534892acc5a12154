/* The reply: what is known of an attempt once it is over. */
#include "transfer/xfer_parts.h"

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
    times->file = xfer->file_us;
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

/* The validators that go with the kept bytes: this answer's, or where it
 * wrote nothing, those that the job came with. */
static void fill_validators(const struct hl_xfer *xfer, struct hl_reply *reply)
{
    const struct hl_job *job = xfer->job;
    bool own = xfer->error == HAUL_OK || xfer->body_begun;
    if (reply->bytes == 0 && !own)
        return;
    if (own && xfer->head.etag[0] != '\0')
        reply->etag = xfer->head.etag;
    if (own && hl_head_date_is_strong(&xfer->head))
        reply->last_modified = xfer->head.last_modified;
    /* A 206 need not repeat its validators (RFC 9110, 15.3.7). */
    bool carried = !own || xfer->head.status == 206;
    if (carried && reply->etag == NULL)
        reply->etag = job->etag;
    if (carried && reply->last_modified == NULL)
        reply->last_modified = job->last_modified;
}

void hl_xfer_reply(struct hl_xfer *xfer, struct hl_reply *reply)
{
    const char *location = NULL;
    long connects = 0;
    curl_easy_getinfo(xfer->easy, CURLINFO_REDIRECT_URL, &location);
    curl_easy_getinfo(xfer->easy, CURLINFO_NUM_CONNECTS, &connects);
    *reply = (struct hl_reply){
        .error = xfer->error,
        .curl_code = xfer->curl_code,
        .sys_errno = xfer->sys_errno,
        .http_status = xfer->head.status,
        .exists = xfer->sink.exists,
        .received = xfer->received,
        .bytes = xfer->kept,
        .resumed_from = xfer->head.status == 206 || xfer->part_complete
                            ? xfer->job->resume_from
                            : 0,
        .length = UINT64_MAX,
        .retry_after_s = xfer->head.retry_after_s,
        .worker = xfer->worker,
        .http_version = http_version(xfer->easy),
        .reused = xfer->head.status > 0 && connects == 0,
        .start_ns = xfer->start_ns,
        .message = xfer->message[0] != '\0' ? xfer->message : NULL,
        .location = xfer->error == HAUL_ERR_REDIRECT ? location : NULL,
        .content_type =
            xfer->head.content_type[0] != '\0' ? xfer->head.content_type : NULL,
    };
    fill_times(xfer, &reply->times);
    fill_validators(xfer, reply);
}
