/* What an attempt came to, as the head, the body and libcurl have it. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "transfer/verdict.h"
#include "transfer/xfer_parts.h"
#include "util/threads.h"

enum { MEMORY_SHORT = 1024 * 1024 };

/* libcurl has the same code for a request or an answer that is larger than its
 * buffers: then another attempt would not help. */
static bool lacks_memory(int curl_code)
{
    return curl_code == CURLE_OUT_OF_MEMORY && hl_memory_is_limited() &&
           hl_memory_left(MEMORY_SHORT) < MEMORY_SHORT;
}

/* Has this machine run out of something? For IPv6 there may just be no
 * address here that could reach that one. */
static bool is_exhausted(const struct hl_xfer *xfer, int curl_code)
{
    if (lacks_memory(curl_code))
        return true;
    switch (xfer->sys_errno) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
        break;
    case EADDRNOTAVAIL:
        if (xfer->family == AF_INET)
            break;
        return false;
    default:
        return false;
    }
    return curl_code == CURLE_COULDNT_CONNECT && !xfer->requested;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* libcurl says what is wrong with a proxy's URL together with its password. Of
 * a connection that the server has reset it says which system call failed. */
static const char *text_of(const struct hl_xfer *xfer, int curl_code)
{
    if (begins(xfer->curl_text, "Unsupported proxy"))
        return "the proxy's URL cannot be used";
    if (begins(xfer->curl_text, "getpeername() failed"))
        return "the server reset the connection";
    return xfer->curl_text[0] != '\0' ? xfer->curl_text
                                      : curl_easy_strerror((CURLcode)curl_code);
}

/* A proxy that refuses CONNECT counts as the server's answer, as it does for a
 * request without TLS. */
static void fail_tunnel(struct hl_xfer *xfer, long status)
{
    xfer->head.status = status;
    hl_xfer_fail(xfer, HAUL_ERR_HTTP,
                 "the proxy answered CONNECT with HTTP %ld", status);
}

/* Is the head that of the answer, and all of it there? */
static bool is_final(const struct hl_head *head)
{
    return head->complete && head->status >= 200;
}

static void judge_curl(struct hl_xfer *xfer, int curl_code)
{
    long os_errno = 0;
    long tunnel = 0;
    curl_easy_getinfo(xfer->easy, CURLINFO_OS_ERRNO, &os_errno);
    curl_easy_getinfo(xfer->easy, CURLINFO_HTTP_CONNECTCODE, &tunnel);
    if (xfer->sys_errno == 0)
        xfer->sys_errno = (int)os_errno;
    const struct hl_verdict_hints hints = {
        .text = xfer->curl_text,
        .os_errno = xfer->sys_errno,
        .requested = xfer->requested,
        .heading = xfer->requested && !is_final(&xfer->head),
        .answered = is_final(&xfer->head),
        .tunnel = tunnel,
    };
    enum haul_error error = hl_verdict_of_curl(curl_code, &hints);
    const char *text = text_of(xfer, curl_code);
    if (curl_code == CURLE_OUT_OF_MEMORY && error == HAUL_ERR_PROTOCOL)
        text = "a header line longer than libcurl has room for";
    if (lacks_memory(curl_code))
        xfer->sys_errno = ENOMEM;
    if (is_exhausted(xfer, curl_code))
        hl_xfer_run_out(xfer);
    if (xfer->exhausted)
        hl_xfer_fail(xfer, HAUL_ERR_IO, "%s", strerror(xfer->sys_errno));
    else if (error == HAUL_ERR_HTTP)
        fail_tunnel(xfer, tunnel);
    else
        hl_xfer_fail(xfer, error, "%s",
                     error == HAUL_ERR_CANCELLED ? "interrupted" : text);
}

static bool is_conditional(const struct hl_job *job)
{
    return job->if_etag != NULL || job->if_modified != NULL;
}

/* What the file should come to, as the head has it; fallback: it does not
 * say. Of a body in chunks only a Content-Range tells. */
static uint64_t promised_size(const struct hl_head *head, uint64_t fallback)
{
    if (head->has_range)
        return head->range_end + 1;
    return head->has_length && !head->chunked ? head->length : fallback;
}

/* libcurl compares what it has read with what it takes for the length: here
 * what has reached the file is compared with what the head says. */
static void judge_success(struct hl_xfer *xfer)
{
    const struct hl_head *head = &xfer->head;
    uint64_t size = hl_sink_size(&xfer->sink);
    uint64_t promised = promised_size(head, size);
    if (xfer->job->head)
        return;
    xfer->publish = size == promised;
    if (xfer->publish)
        return;
    xfer->part_stale = size > promised;
    hl_xfer_fail(xfer,
                 xfer->part_stale ? HAUL_ERR_PROTOCOL : HAUL_ERR_TRUNCATED,
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
    long status = xfer->head.status;
    curl_easy_getinfo(xfer->easy, CURLINFO_REDIRECT_URL, &location);
    if (!xfer->head.complete)
        hl_xfer_fail(xfer, HAUL_ERR_TRUNCATED, "the head of the answer is cut");
    else if (status == 0)
        hl_xfer_fail(xfer, HAUL_ERR_PROTOCOL, "an answer without a status");
    else if (hl_xfer_is_success(xfer))
        judge_success(xfer);
    else if (xfer->part_complete)
        xfer->publish = true;
    else if (status == 304 && is_conditional(xfer->job))
        xfer->unchanged = true;
    else if (leads_on(status) && location != NULL)
        hl_xfer_fail(xfer, HAUL_ERR_REDIRECT, "HTTP %ld", status);
    else if (status < 200)
        hl_xfer_fail(xfer, HAUL_ERR_PROTOCOL, "HTTP %ld is no answer", status);
    else
        hl_xfer_fail(xfer, HAUL_ERR_HTTP, "HTTP %ld", status);
}

void hl_outcome_judge(struct hl_xfer *xfer, int curl_code)
{
    bool swallowed = curl_code == CURLE_WRITE_ERROR && xfer->head.complete &&
                     xfer->head.status >= 200 && !hl_xfer_is_success(xfer);
    xfer->curl_code = curl_code;
    if (curl_code == CURLE_OPERATION_TIMEDOUT)
        hl_connection_give_up(xfer);
    xfer->went_away = hl_connection_went_away(xfer, curl_code);
    xfer->connection_lost |= hl_connection_was_lost(xfer, curl_code);
    if (xfer->error == HAUL_OK && curl_code != CURLE_OK && !swallowed)
        judge_curl(xfer, curl_code);
    if (xfer->error == HAUL_OK)
        judge_status(xfer);
}
