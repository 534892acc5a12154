#include "contract/behaviours.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LARGE = 5 * 1000 * 1000,
    HALF = LARGE / 2,
    SMALL = 1000,
    MEDIUM = 400 * 1000
};

#define ETAG "ETag: \"one\"\r\n"

static void ok_head(struct httpd_reply *r, const char *more, size_t size)
{
    httpd_text(r, "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\n\r\n", more,
               size);
}

static void small(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    ok_head(r, "Content-Type: image/png\r\n", SMALL);
    httpd_body(r, 0, SMALL);
}

static void empty(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    ok_head(r, "", 0);
}

static void large(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    ok_head(r, "", LARGE);
    httpd_body(r, 0, LARGE);
}

static void medium(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    ok_head(r, "", MEDIUM);
    httpd_body(r, 0, MEDIUM);
}

static void chunked(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_text(r, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "3e8\r\n");
    httpd_body(r, 0, SMALL);
    httpd_text(r, "\r\n0\r\n\r\n");
}

static void cut_in_chunk(struct httpd_reply *r, const struct httpd_request *q)
{
    if (q->nth > 1) {
        chunked(r, q);
        return;
    }
    httpd_text(r, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "3e8\r\n");
    httpd_body(r, 0, SMALL / 2);
    httpd_close(r);
}

static void redirect(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_text(r, "HTTP/1.1 302 Found\r\nLocation: /small\r\n"
                  "Content-Length: 5\r\n\r\nmoved");
}

static void redirect_away(struct httpd_reply *r, const struct httpd_request *q)
{
    httpd_text(r,
               "HTTP/1.1 302 Found\r\nLocation: http://localhost:%u/empty\r\n"
               "Content-Length: 0\r\n\r\n",
               q->port);
}

static void redirect_loop(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_text(r, "HTTP/1.1 301 Moved\r\nLocation: /redirect-loop\r\n"
                  "Content-Length: 0\r\n\r\n");
}

static void redirect_file(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_text(r, "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n"
                  "Content-Length: 0\r\n\r\n");
}

static void not_found(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_text(r, "HTTP/1.1 404 No\r\nContent-Length: 9\r\n\r\nnot found");
}

static void error_then_ok(struct httpd_reply *r, const struct httpd_request *q)
{
    if (q->nth == 1)
        httpd_text(r, "HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops");
    else
        small(r, q);
}

static void busy_then_ok(struct httpd_reply *r, const struct httpd_request *q)
{
    if (q->nth == 1)
        httpd_text(r, "HTTP/1.1 503 Busy\r\nRetry-After: 1\r\n"
                      "Content-Length: 4\r\n\r\nbusy");
    else
        small(r, q);
}

static void drip(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    ok_head(r, "", SMALL);
    for (int i = 0; i < 10; i++) {
        httpd_wait(r, 20);
        httpd_body(r, (uint64_t)i * SMALL / 10, SMALL / 10);
    }
}

static void stall(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    ok_head(r, "", SMALL);
    httpd_body(r, 0, 10);
    httpd_stall(r);
}

/* A resumable answer: the second request asks for the rest. */
static void rest(struct httpd_reply *r, const struct httpd_request *q,
                 const char *validator)
{
    unsigned long from = strtoul(q->range + 6, NULL, 10);
    httpd_text(r,
               "HTTP/1.1 206 Part\r\n%sContent-Range: bytes %lu-%d/%d\r\n"
               "Content-Length: %lu\r\n\r\n",
               validator, from, LARGE - 1, LARGE, LARGE - from);
    httpd_body(r, from, LARGE - from);
}

static void cut_with_etag(struct httpd_reply *r, const struct httpd_request *q)
{
    if (q->range[0] != '\0') {
        rest(r, q, ETAG);
        return;
    }
    ok_head(r, ETAG, LARGE);
    httpd_body(r, 0, HALF);
    httpd_close(r);
}

static void cut_without_validator(struct httpd_reply *r,
                                  const struct httpd_request *q)
{
    if (q->nth > 1) {
        large(r, q);
        return;
    }
    ok_head(r, "", LARGE);
    httpd_body(r, 0, HALF);
    httpd_close(r);
}

/* The file has changed: a Range under If-Range gets the whole new one. */
static void cut_then_changed(struct httpd_reply *r,
                             const struct httpd_request *q)
{
    if (q->nth > 1) {
        ok_head(r, "ETag: \"two\"\r\n", LARGE);
        httpd_body(r, 0, LARGE);
        return;
    }
    ok_head(r, ETAG, LARGE);
    for (int i = 0; i < 8; i++)
        httpd_text(r, "%0*d", HALF / 8, 0);
    httpd_close(r);
}

/* A 206 from another offset is refused, and the file fetched anew. */
static void cut_then_wrong_range(struct httpd_reply *r,
                                 const struct httpd_request *q)
{
    if (q->nth == 1) {
        cut_with_etag(r, q);
    } else if (q->range[0] != '\0') {
        httpd_text(r,
                   "HTTP/1.1 206 Part\r\n" ETAG
                   "Content-Range: bytes 7-%d/%d\r\n"
                   "Content-Length: %d\r\n\r\n",
                   LARGE - 1, LARGE, LARGE - 7);
        httpd_body(r, 7, LARGE - 7);
    } else {
        large(r, q);
    }
}

static void unasked_range(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_text(r, "HTTP/1.1 206 Part\r\nContent-Range: bytes 0-9/1000\r\n"
                  "Content-Length: 10\r\n\r\n");
    httpd_body(r, 0, 10);
}

/* The body of a piece under the status of a whole file, and then the file. */
static void piece(struct httpd_reply *r, const struct httpd_request *q,
                  const char *status, const char *range, size_t size)
{
    static unsigned connection;
    if (q->nth > 1) {
        /* Whoever has been fooled comes by a new connection. */
        if (q->connection == connection)
            httpd_close(r);
        small(r, q);
        return;
    }
    connection = q->connection;
    httpd_text(r,
               "HTTP/1.1 %s\r\nContent-Range: %s\r\n"
               "Content-Length: %zu\r\n\r\n",
               status, range, size);
    httpd_body(r, 0, size);
}

static void head_of_it(struct httpd_reply *r, const struct httpd_request *q)
{
    piece(r, q, "200 OK", "bytes 0-99/1000", 100);
}

static void tail_of_it(struct httpd_reply *r, const struct httpd_request *q)
{
    piece(r, q, "200 OK", "bytes 900-999/*", 100);
}

static void piece_by_203(struct httpd_reply *r, const struct httpd_request *q)
{
    piece(r, q, "203 Changed", "bytes 0-99/1000", 100);
}

static void two_ranges(struct httpd_reply *r, const struct httpd_request *q)
{
    piece(r, q, "200 OK", "bytes 0-99/1000\r\nContent-Range: bytes 0-99/100",
          100);
}

static void less_than_its_range(struct httpd_reply *r,
                                const struct httpd_request *q)
{
    piece(r, q, "200 OK", "bytes 0-999/1000", 100);
}

static void piece_in_chunks(struct httpd_reply *r,
                            const struct httpd_request *q)
{
    if (q->nth > 1) {
        small(r, q);
        return;
    }
    httpd_text(r, "HTTP/1.1 200 OK\r\nContent-Range: bytes 0-9/1000\r\n"
                  "Transfer-Encoding: chunked\r\n\r\na\r\n");
    httpd_body(r, 0, 10);
    httpd_text(r, "\r\n0\r\n\r\n");
}

/* What the Content-Range promises does not come. */
static void few_chunks(struct httpd_reply *r, const struct httpd_request *q)
{
    if (q->nth > 1) {
        small(r, q);
        return;
    }
    httpd_text(r, "HTTP/1.1 200 OK\r\nContent-Range: bytes 0-999/1000\r\n"
                  "Transfer-Encoding: chunked\r\n\r\na\r\n");
    httpd_body(r, 0, 10);
    httpd_text(r, "\r\n0\r\n\r\n");
}

static void harmless(struct httpd_reply *r, const char *range)
{
    httpd_text(r,
               "HTTP/1.1 200 OK\r\nContent-Range: %s\r\n"
               "Content-Length: %d\r\n\r\n",
               range, SMALL);
    httpd_body(r, 0, SMALL);
}

static void all_of_it(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    harmless(r, "bytes 0-999/1000");
}

static void no_range(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    harmless(r, "bytes 0-9");
}

static void other_unit(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    harmless(r, "items 0-9/1000");
}

static void status(struct httpd_reply *r, const char *line)
{
    httpd_text(r, "HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n", line, SMALL);
    httpd_body(r, 0, SMALL);
}

static void created(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    status(r, "201 Created");
}

static void not_yet(struct httpd_reply *r, const struct httpd_request *q)
{
    if (q->nth == 1)
        status(r, "202 Accepted\r\nRetry-After: 1");
    else
        small(r, q);
}

static void transformed(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    status(r, "203 Non-Authoritative Information");
}

static void no_content(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_text(r, "HTTP/1.1 204 No Content\r\n\r\n");
}

static void reset_content(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_text(r, "HTTP/1.1 205 Reset\r\nContent-Length: 0\r\n\r\n");
}

static void multi_status(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    status(r, "207 Multi-Status");
}

static void delta(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    status(r, "226 IM Used");
}

static void unknown_success(struct httpd_reply *r,
                            const struct httpd_request *q)
{
    (void)q;
    status(r, "299 Fine");
}

static void reset_then_ok(struct httpd_reply *r, const struct httpd_request *q)
{
    if (q->nth > 1) {
        small(r, q);
        return;
    }
    ok_head(r, "", SMALL);
    httpd_body(r, 0, SMALL / 2);
    httpd_wait(r, 20);
    httpd_reset(r);
}

static void short_body(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    ok_head(r, "", SMALL);
    httpd_body(r, 0, SMALL - 1);
    httpd_close(r);
}

static void long_body(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    ok_head(r, "Connection: close\r\n", SMALL);
    httpd_body(r, 0, SMALL + 10);
    httpd_close(r);
}

static void garbage(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_text(r, "\x01\x02 this is not http\r\n\r\n");
    httpd_close(r);
}

static void two_lengths(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    ok_head(r, "Content-Length: 10\r\n", SMALL);
    httpd_body(r, 0, SMALL);
    httpd_close(r);
}

/* libcurl reads the 0. */
static void hex_length(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_text(r, "HTTP/1.1 200 OK\r\nContent-Length: 0x3e8\r\n\r\n");
    httpd_body(r, 0, SMALL);
    httpd_close(r);
}

/* libcurl does not see this one. */
static void spaced_length(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_text(r, "HTTP/1.1 200 OK\r\nContent-Length : 1000\r\n\r\n");
    httpd_body(r, 0, SMALL - 1);
    httpd_close(r);
}

static void in_a_chunk(struct httpd_reply *r, const char *encoding)
{
    httpd_text(r, "HTTP/1.1 200 OK\r\n%s\r\n\r\n3e8\r\n", encoding);
    httpd_body(r, 0, SMALL);
    httpd_text(r, "\r\n0\r\n\r\n");
    httpd_close(r);
}

/* Nor these, so that the marks of the chunks would be in the file. */
static void spaced_chunks(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    in_a_chunk(r, "Transfer-Encoding : chunked");
}

static void folded_chunks(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    in_a_chunk(r, "Transfer-Encoding:\r\n chunked");
}

/* And here it forgets the length. */
static void short_identity(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    ok_head(r, "Transfer-Encoding: identity\r\n", SMALL);
    httpd_body(r, 0, SMALL - 1);
    httpd_close(r);
}

/* A page of an error that would become an empty file. */
static void status_in_trailer(struct httpd_reply *r,
                              const struct httpd_request *q)
{
    (void)q;
    httpd_text(r, "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n"
                  "\r\n5\r\nsorry\r\n0\r\nHTTP/1.1 200 OK: x\r\n\r\n");
    httpd_close(r);
}

/* As long as libcurl's name for it: no memory. */
static void long_line(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_text(r, "HTTP/1.1 200 OK\r\nX-Long: ");
    for (int i = 0; i < 200; i++)
        httpd_text(r, "%01000d", i);
    httpd_text(r, "\r\n\r\n");
    httpd_close(r);
}

static void no_status(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_text(r, "HTTP/1.1 099 Huh\r\nContent-Length: 0\r\n\r\n");
    httpd_close(r);
}

static void endless_head(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_text(r, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 400; i++)
        httpd_text(r, "X-Filler: %01000d\r\n", i);
    httpd_close(r);
}

static void endless_chunks(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_text(r, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 100; i++) {
        httpd_text(r, "3e8\r\n");
        httpd_body(r, 0, SMALL);
        httpd_text(r, "\r\n");
    }
    httpd_stall(r);
}

static void refuse_early(struct httpd_reply *r, const struct httpd_request *q)
{
    (void)q;
    httpd_close(r);
}

const struct httpd_route behaviour_routes[] = {
    {"/small", small},
    {"/empty", empty},
    {"/large", large},
    {"/medium", medium},
    {"/chunked", chunked},
    {"/cut-in-chunk", cut_in_chunk},
    {"/redirect", redirect},
    {"/redirect-away", redirect_away},
    {"/redirect-loop", redirect_loop},
    {"/redirect-file", redirect_file},
    {"/not-found", not_found},
    {"/error-then-ok", error_then_ok},
    {"/busy-then-ok", busy_then_ok},
    {"/drip", drip},
    {"/stall", stall},
    {"/cut-with-etag", cut_with_etag},
    {"/cut-without-validator", cut_without_validator},
    {"/cut-then-changed", cut_then_changed},
    {"/cut-then-wrong-range", cut_then_wrong_range},
    {"/unasked-range", unasked_range},
    {"/reset-then-ok", reset_then_ok},
    {"/head-of-it", head_of_it},
    {"/tail-of-it", tail_of_it},
    {"/piece-by-203", piece_by_203},
    {"/two-ranges", two_ranges},
    {"/less-than-its-range", less_than_its_range},
    {"/piece-in-chunks", piece_in_chunks},
    {"/few-chunks", few_chunks},
    {"/all-of-it", all_of_it},
    {"/no-range", no_range},
    {"/other-unit", other_unit},
    {"/created", created},
    {"/not-yet", not_yet},
    {"/transformed", transformed},
    {"/no-content", no_content},
    {"/reset-content", reset_content},
    {"/multi-status", multi_status},
    {"/delta", delta},
    {"/unknown-success", unknown_success},
    {"/short", short_body},
    {"/long", long_body},
    {"/garbage", garbage},
    {"/two-lengths", two_lengths},
    {"/hex-length", hex_length},
    {"/spaced-length", spaced_length},
    {"/spaced-chunks", spaced_chunks},
    {"/folded-chunks", folded_chunks},
    {"/short-identity", short_identity},
    {"/status-in-trailer", status_in_trailer},
    {"/long-line", long_line},
    {"/no-status", no_status},
    {"/endless-head", endless_head},
    {"/endless-chunks", endless_chunks},
    {"/closed", refuse_early},
    {NULL, NULL},
};

static void no_retry(struct haul_options *o)
{
    o->retry = HAUL_NONE;
}

static void one_second(struct haul_options *o)
{
    o->retry = HAUL_NONE;
    o->speed_time_s = 1;
}

static void max_size(struct haul_options *o)
{
    o->max_filesize = 500;
}

static void images_only(struct haul_options *o)
{
    o->accept_type = "image/*";
}

static void three_hops(struct haul_options *o)
{
    o->max_redirs = 3;
}

static void public_only(struct haul_options *o)
{
    o->block_private = true;
}

#define OK     HAUL_OUTCOME_OK
#define FAILED HAUL_OUTCOME_FAILED

/* name, path, url, adjust, outcome, error, status, attempts, size, requests,
 * if_range */
const struct behaviour behaviours[] = {
    {"200", "/small", NULL, NULL, OK, HAUL_OK, 200, 1, SMALL, 1, NULL},
    {"empty", "/empty", NULL, NULL, OK, HAUL_OK, 200, 1, 0, 1, NULL},
    {"5 MB", "/large", NULL, NULL, OK, HAUL_OK, 200, 1, LARGE, 1, NULL},
    {"chunked", "/chunked", NULL, NULL, OK, HAUL_OK, 200, 1, SMALL, 1, NULL},
    {"redirect", "/redirect", NULL, NULL, OK, HAUL_OK, 200, 1, SMALL, 1, NULL},
    {"too many redirects", "/redirect-loop", NULL, three_hops, FAILED,
     HAUL_ERR_REDIRECT, 301, 1, -1, 4, NULL},
    {"redirect to a file", "/redirect-file", NULL, NULL, FAILED,
     HAUL_ERR_REDIRECT, 302, 1, -1, 1, NULL},
    {"404", "/not-found", NULL, NULL, FAILED, HAUL_ERR_HTTP, 404, 1, -1, 1,
     NULL},
    {"500 then 200", "/error-then-ok", NULL, NULL, OK, HAUL_OK, 200, 2, SMALL,
     2, NULL},
    {"503 with Retry-After", "/busy-then-ok", NULL, NULL, OK, HAUL_OK, 200, 2,
     SMALL, 2, NULL},
    {"slow drip", "/drip", NULL, NULL, OK, HAUL_OK, 200, 1, SMALL, 1, NULL},
    {"stall", "/stall", NULL, one_second, FAILED, HAUL_ERR_STALLED, 200, 1, -1,
     1, NULL},
    {"cut, resumed by ETag", "/cut-with-etag", NULL, NULL, OK, HAUL_OK, 206, 2,
     LARGE, 2, "\"one\""},
    {"cut, no validator", "/cut-without-validator", NULL, NULL, OK, HAUL_OK,
     200, 2, LARGE, 2, ""},
    {"cut, then another file", "/cut-then-changed", NULL, NULL, OK, HAUL_OK,
     200, 2, LARGE, 2, "\"one\""},
    {"cut, then a wrong range", "/cut-then-wrong-range", NULL, NULL, OK,
     HAUL_OK, 200, 2, LARGE, 3, ""},
    {"206 unasked", "/unasked-range", NULL, no_retry, FAILED, HAUL_ERR_PROTOCOL,
     206, 1, -1, 1, NULL},
    {"200 with the head of the file", "/head-of-it", NULL, NULL, OK, HAUL_OK,
     200, 2, SMALL, 2, ""},
    {"200 with the tail of the file", "/tail-of-it", NULL, NULL, OK, HAUL_OK,
     200, 2, SMALL, 2, ""},
    {"200 with a piece, and no retry", "/head-of-it", NULL, no_retry, FAILED,
     HAUL_ERR_PROTOCOL, 200, 1, -1, 1, ""},
    {"203 with a piece", "/piece-by-203", NULL, NULL, OK, HAUL_OK, 200, 2,
     SMALL, 2, ""},
    {"200 with two ranges", "/two-ranges", NULL, NULL, OK, HAUL_OK, 200, 2,
     SMALL, 2, ""},
    {"200 shorter than its range", "/less-than-its-range", NULL, NULL, OK,
     HAUL_OK, 200, 2, SMALL, 2, ""},
    {"200 with a piece in chunks", "/piece-in-chunks", NULL, NULL, OK, HAUL_OK,
     200, 2, SMALL, 2, ""},
    {"200 with too few chunks", "/few-chunks", NULL, NULL, OK, HAUL_OK, 200, 2,
     SMALL, 2, ""},
    {"200 with a range of all", "/all-of-it", NULL, NULL, OK, HAUL_OK, 200, 1,
     SMALL, 1, ""},
    {"200 with a broken range", "/no-range", NULL, NULL, OK, HAUL_OK, 200, 1,
     SMALL, 1, ""},
    {"200 with a range of items", "/other-unit", NULL, NULL, OK, HAUL_OK, 200,
     1, SMALL, 1, ""},
    {"201", "/created", NULL, NULL, FAILED, HAUL_ERR_HTTP, 201, 1, -1, 1, NULL},
    {"202 then 200", "/not-yet", NULL, NULL, OK, HAUL_OK, 200, 2, SMALL, 2,
     NULL},
    {"202, and no retry", "/not-yet", NULL, no_retry, FAILED, HAUL_ERR_HTTP,
     202, 1, -1, 1, NULL},
    {"203", "/transformed", NULL, NULL, OK, HAUL_OK, 203, 1, SMALL, 1, NULL},
    {"204", "/no-content", NULL, NULL, FAILED, HAUL_ERR_HTTP, 204, 1, -1, 1,
     NULL},
    {"205", "/reset-content", NULL, NULL, FAILED, HAUL_ERR_HTTP, 205, 1, -1, 1,
     NULL},
    {"207", "/multi-status", NULL, NULL, FAILED, HAUL_ERR_HTTP, 207, 1, -1, 1,
     NULL},
    {"226", "/delta", NULL, NULL, FAILED, HAUL_ERR_HTTP, 226, 1, -1, 1, NULL},
    {"299", "/unknown-success", NULL, NULL, FAILED, HAUL_ERR_HTTP, 299, 1, -1,
     1, NULL},
    {"cut in a chunk", "/cut-in-chunk", NULL, NULL, OK, HAUL_OK, 200, 2, SMALL,
     2, NULL},
    {"reset", "/reset-then-ok", NULL, NULL, OK, HAUL_OK, 200, 2, SMALL, 2,
     NULL},
    {"shorter than announced", "/short", NULL, no_retry, FAILED,
     HAUL_ERR_TRUNCATED, 200, 1, -1, 1, NULL},
    {"longer than announced", "/long", NULL, no_retry, OK, HAUL_OK, 200, 1,
     SMALL, 1, NULL},
    {"no HTTP", "/garbage", NULL, no_retry, FAILED, HAUL_ERR_PROTOCOL, 0, 1, -1,
     1, NULL},
    {"two lengths", "/two-lengths", NULL, no_retry, FAILED, HAUL_ERR_PROTOCOL,
     200, 1, -1, 1, NULL},
    {"a length in hex", "/hex-length", NULL, no_retry, FAILED,
     HAUL_ERR_PROTOCOL, 200, 1, -1, 1, NULL},
    {"a length with a space", "/spaced-length", NULL, no_retry, FAILED,
     HAUL_ERR_TRUNCATED, 200, 1, -1, 1, NULL},
    {"chunks with a space", "/spaced-chunks", NULL, no_retry, FAILED,
     HAUL_ERR_PROTOCOL, 200, 1, -1, 1, NULL},
    {"chunks by a folded line", "/folded-chunks", NULL, no_retry, FAILED,
     HAUL_ERR_PROTOCOL, 200, 1, -1, 1, NULL},
    {"a short body in no coding", "/short-identity", NULL, no_retry, FAILED,
     HAUL_ERR_TRUNCATED, 200, 1, -1, 1, NULL},
    {"a status in a trailer", "/status-in-trailer", NULL, no_retry, FAILED,
     HAUL_ERR_HTTP, 404, 1, -1, 1, NULL},
    {"an endless line", "/long-line", NULL, no_retry, FAILED, HAUL_ERR_PROTOCOL,
     200, 1, -1, 1, NULL},
    {"no status", "/no-status", NULL, no_retry, FAILED, HAUL_ERR_PROTOCOL, 0, 1,
     -1, 1, NULL},
    {"endless head", "/endless-head", NULL, no_retry, FAILED, HAUL_ERR_PROTOCOL,
     200, 1, -1, 1, NULL},
    {"endless body", "/endless-chunks", NULL, max_size, FAILED,
     HAUL_ERR_TOO_LARGE, 200, 1, -1, 1, NULL},
    {"announced too large", "/small", NULL, max_size, FAILED,
     HAUL_ERR_TOO_LARGE, 200, 1, -1, 1, NULL},
    {"type accepted", "/small", NULL, images_only, OK, HAUL_OK, 200, 1, SMALL,
     1, NULL},
    {"type refused", "/large", NULL, images_only, FAILED, HAUL_ERR_TYPE, 200, 1,
     -1, 1, NULL},
    {"closed at once", "/closed", NULL, no_retry, FAILED, HAUL_ERR_TRUNCATED, 0,
     1, -1, 0, NULL},
    {"private address", "/small", NULL, public_only, FAILED, HAUL_ERR_BLOCKED,
     0, 1, -1, 0, NULL},
    {"refused port", NULL, "http://127.0.0.1:1/x", no_retry, FAILED,
     HAUL_ERR_CONNECT, 0, 1, -1, 0, NULL},
    {"no URL", NULL, "what is this", NULL, FAILED, HAUL_ERR_NAME, 0, 0, -1, 0,
     NULL},
    {0},
};
