#include "transfer/resume.h"

#include <string.h>

#include "transfer/xfer_struct.h"
#include "util/fingerprint.h"
#include "util/url.h"

/* Of the URL that this try asks, without its query: signed URLs have another
 * query each time. Never 0. */
static uint64_t url_fingerprint(const struct hl_xfer *xfer)
{
    char text[HL_URL_MAX + 1];
    const char *url = xfer->job->url;
    size_t length = strcspn(url, "?");
    if (length >= sizeof(text))
        length = sizeof(text) - 1;
    memcpy(text, url, length);
    text[length] = '\0';
    /* A journal has numbers of 63 bits. */
    return hl_fingerprint_of(text) >> 1 | 1;
}

void hl_resume_validators(const struct hl_xfer *xfer, struct hl_part *out)
{
    const struct hl_head *head = &xfer->head;
    const struct hl_job *job = xfer->job;
    bool strong = hl_head_date_is_strong(head);
    *out = (struct hl_part){
        .length = hl_head_total(head),
        .etag = hl_or_null(hl_head_etag(head)),
        .last_modified = strong ? head->last_modified : NULL,
        .url_fingerprint = url_fingerprint(xfer),
    };
    /* A 206 with an ETag need not repeat the date (RFC 9110, 15.3.7). */
    if (xfer->try.resumed && out->last_modified == NULL)
        out->last_modified = job->last_modified;
}

/* Not where the request is sent once. Not where the body has a
 * Content-Encoding: ranges then count encoded bytes, and the server may encode
 * differently the next time. With options->compressed the server may do so at
 * the next attempt. */
bool hl_resume_is_possible(const struct hl_xfer *xfer)
{
    struct hl_part part;
    hl_resume_validators(xfer, &part);
    return !xfer->head.encoded && !xfer->shared->options->compressed &&
           !hl_sends_once(xfer->shared->options) &&
           (part.etag != NULL || part.last_modified != NULL);
}

static int settle(const struct hl_xfer *xfer)
{
    const struct hl_shared *shared = xfer->shared;
    return shared->settle != NULL ? shared->settle(shared->settle_arg) : 0;
}

static int record(struct hl_xfer *xfer, const struct hl_part *part)
{
    int r = xfer->on_part != NULL ? xfer->on_part(xfer->part_arg, part) : 0;
    if (r == 0)
        r = settle(xfer);
    if (r == 0)
        xfer->recorded = part->etag != NULL || part->last_modified != NULL;
    return r;
}

int hl_resume_begun(void *arg)
{
    struct hl_xfer *xfer = arg;
    struct hl_part part;
    if (!hl_resume_is_possible(xfer))
        return 0;
    hl_resume_validators(xfer, &part);
    part.token = hl_sink_token(xfer->sink);
    part.inode = xfer->sink->inode;
    return record(xfer, &part);
}

/* Records that a temporary file is about to be made for a URL whose file is
 * done. Without that record no later run would find and remove the temporary
 * file that a kill leaves. */
static int announce(struct hl_xfer *xfer)
{
    const struct hl_part part = {
        .length = UINT64_MAX,
        .token = xfer->shared->token,
    };
    return xfer->job->taken == HL_TAKEN_REFUSE ? settle(xfer)
                                               : record(xfer, &part);
}

int hl_resume_opening(void *arg)
{
    struct hl_xfer *xfer = arg;
    int r = xfer->try.outdated ? hl_resume_forget(xfer) : 0;
    return r == 0 ? announce(xfer) : r;
}

int hl_resume_forget(struct hl_xfer *xfer)
{
    int r = hl_sink_remove_part(xfer->sink);
    if (r < 0)
        return r;
    xfer->try.outdated = false;
    return record(xfer, &(struct hl_part){.length = UINT64_MAX});
}

/* A 200 whose Content-Range says that its body is not the whole file. A server
 * or a cache has put the wrong status on a piece. */
static const char *piece_objection(const struct hl_head *head)
{
    if (head->two_ranges)
        return "200 with two Content-Ranges";
    if (!head->has_range)
        return NULL;
    if (head->range_start > 0 || (head->range_total != UINT64_MAX &&
                                  head->range_end + 1 != head->range_total))
        return "200 with a piece of the file";
    if (head->has_length && !head->chunked &&
        head->length != head->range_end + 1)
        return "200 of another length than its Content-Range";
    return NULL;
}

/* Judges a 200. Where it holds only a piece of the file, the part is dropped,
 * so that the next attempt asks for the whole file. */
const char *hl_resume_whole(struct hl_xfer *xfer)
{
    const char *why = piece_objection(&xfer->head);
    if (why == NULL)
        return NULL;
    xfer->try.piece = true;
    xfer->try.part_stale = true;
    xfer->try.outdated = xfer->recorded;
    return why;
}

/* A validator tells the versions of one URL apart: two URLs may well have the
 * same, "1". A redirect may lead elsewhere than it did for the part, and
 * mirrors are other URLs. Journals of earlier versions do not tell the URL. */
static bool is_same_url(const struct hl_xfer *xfer)
{
    uint64_t fingerprint = xfer->job->part_url_fingerprint;
    return fingerprint == 0 || fingerprint == url_fingerprint(xfer);
}

/* Does the answer repeat the validator of the part? Without that, only If-Range
 * would vouch for the rest, and not all servers know If-Range. */
static bool is_same_version(const struct hl_xfer *xfer)
{
    const struct hl_head *head = &xfer->head;
    const struct hl_job *job = xfer->job;
    if (job->etag != NULL)
        return strcmp(job->etag, hl_head_etag(head)) == 0;
    return job->last_modified == NULL ||
           strcmp(job->last_modified, head->last_modified) == 0;
}

/* NULL where the range begins at the end of the part and ends at the end of the
 * file. */
static const char *range_objection(const struct hl_xfer *xfer)
{
    const struct hl_head *head = &xfer->head;
    uint64_t total = head->range_total;
    uint64_t known = xfer->job->resume_total;
    if (!head->has_range || head->two_ranges)
        return "206 without a usable Content-Range";
    if (head->range_start != xfer->resume_from)
        return "206 from another offset than asked for";
    if (known > 0 && total != UINT64_MAX && total != known)
        return "206 of a file of another length";
    if (total == UINT64_MAX && known == 0)
        return "206 that does not say how long the file is";
    if (total == UINT64_MAX)
        total = known;
    if (head->range_end + 1 != total)
        return "206 that ends before the file does";
    if (head->has_length && !head->chunked &&
        head->length != head->range_end - head->range_start + 1)
        return "206 of another length than its Content-Range";
    return NULL;
}

static const char *objection(const struct hl_xfer *xfer)
{
    if (xfer->head.multipart)
        return "206 in several pieces";
    if (xfer->head.encoded)
        return "206 with a Content-Encoding";
    if (!is_same_url(xfer))
        return "206 of another URL than the part's";
    if (!is_same_version(xfer))
        return "206 of another version of the file";
    return range_objection(xfer);
}

const char *hl_resume_partial(struct hl_xfer *xfer)
{
    if (xfer->resume_from == 0)
        return "206 to a request without Range";
    const char *why = objection(xfer);
    xfer->try.resumed = why == NULL;
    xfer->try.part_stale |= why != NULL;
    if (xfer->try.resumed)
        hl_sink_resume(xfer->sink);
    return why;
}

/* Of a 416: the part is either complete, or not of this file. */
static bool is_complete(const struct hl_xfer *xfer)
{
    const struct hl_head *head = &xfer->head;
    const char *etag = xfer->job->etag;
    uint64_t known = xfer->job->resume_total;
    return head->range_unsatisfied && etag != NULL && is_same_url(xfer) &&
           head->range_total == xfer->resume_from &&
           (known == 0 || known == head->range_total) &&
           strcmp(etag, hl_head_etag(head)) == 0;
}

void hl_resume_unsatisfied(struct hl_xfer *xfer)
{
    if (xfer->resume_from == 0)
        return;
    xfer->try.part_complete = is_complete(xfer);
    xfer->try.resumed = xfer->try.part_complete;
    xfer->try.part_stale = !xfer->try.part_complete;
    if (xfer->try.resumed)
        hl_sink_resume(xfer->sink);
}
