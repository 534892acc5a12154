/*
 * Each route answers a first request with a part of the file, and to what
 * comes then it says what the case is about. A request without Range always
 * gets the whole file of that day.
 */
#include "contract/resume_cases.h"

#include <stdlib.h>
#include <string.h>

#define ONE    "ETag: \"one\"\r\n"
#define TWO    "ETag: \"two\"\r\n"
#define WEAK   "ETag: W/\"one\"\r\n"
#define LATER  "Date: Wed, 21 Oct 2015 07:28:01 GMT\r\n"
#define SAME   "Date: Wed, 21 Oct 2015 07:28:00 GMT\r\n"
#define EARLY  "Last-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\n"
#define EDITED "Last-Modified: Wed, 21 Oct 2015 07:27:00 GMT\r\n"
#define GZIP   "Content-Encoding: gzip\r\n"

static void whole(struct httpd_reply *r, const char *headers)
{
    httpd_text(r, "HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n", headers,
               WHOLE);
    httpd_body(r, 0, WHOLE);
}

static void other(struct httpd_reply *r, const char *headers, size_t size)
{
    httpd_text(r, "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\n\r\n", headers,
               size);
    httpd_body(r, OTHER_OFFSET, size);
}

static void cut(struct httpd_reply *r, const char *headers)
{
    httpd_text(r, "HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n", headers,
               WHOLE);
    httpd_body(r, 0, CUT);
    httpd_close(r);
}

static uint64_t start_of(const struct httpd_request *q)
{
    return strtoull(q->range + strlen("bytes="), NULL, 10);
}

/* The rest of a body, as long as total says from offset on. */
static void partial(struct httpd_reply *r, const char *headers, uint64_t start,
                    uint64_t total, uint64_t offset)
{
    httpd_text(r,
               "HTTP/1.1 206 Part\r\n%sContent-Range: bytes %llu-%llu/%llu\r\n"
               "Content-Length: %llu\r\n\r\n",
               headers, (unsigned long long)start,
               (unsigned long long)total - 1, (unsigned long long)total,
               (unsigned long long)(total - start));
    httpd_body(r, offset + start, (size_t)(total - start));
}

/* Does the request go on with what the first answer began? */
static bool goes_on(struct httpd_reply *r, const struct httpd_request *q,
                    const char *headers)
{
    if (q->nth == 1)
        cut(r, headers);
    else if (q->range[0] == '\0')
        whole(r, headers);
    return q->nth > 1 && q->range[0] != '\0';
}

static void same(struct httpd_reply *r, const struct httpd_request *q)
{
    if (goes_on(r, q, ONE))
        partial(r, ONE, start_of(q), WHOLE, 0);
}

static void changed(struct httpd_reply *r, const struct httpd_request *q)
{
    if (goes_on(r, q, ONE))
        other(r, TWO, OTHER);
}

static void changed_to_tiny(struct httpd_reply *r,
                            const struct httpd_request *q)
{
    if (goes_on(r, q, ONE))
        other(r, TWO, TINY);
}

/* The server does not know If-Range, and gives the rest of another file. */
static void changed_unasked(struct httpd_reply *r,
                            const struct httpd_request *q)
{
    if (q->nth == 1)
        cut(r, ONE);
    else if (q->range[0] == '\0')
        other(r, TWO, WHOLE);
    else
        partial(r, TWO, start_of(q), WHOLE, OTHER_OFFSET);
}

static void weak(struct httpd_reply *r, const struct httpd_request *q)
{
    if (goes_on(r, q, WEAK))
        partial(r, WEAK, start_of(q), WHOLE, 0);
}

static void weakened(struct httpd_reply *r, const struct httpd_request *q)
{
    if (goes_on(r, q, ONE))
        partial(r, WEAK, start_of(q), WHOLE, 0);
}

static void no_validator(struct httpd_reply *r, const struct httpd_request *q)
{
    if (goes_on(r, q, ""))
        partial(r, "", start_of(q), WHOLE, 0);
}

static void no_ranges(struct httpd_reply *r, const struct httpd_request *q)
{
    if (goes_on(r, q, ONE))
        whole(r, ONE);
}

static void before(struct httpd_reply *r, const struct httpd_request *q)
{
    if (goes_on(r, q, ONE))
        partial(r, ONE, start_of(q) - 7, WHOLE, 0);
}

/* To libcurl, the line behind the carriage return is the body already. */
static void behind_a_return(struct httpd_reply *r,
                            const struct httpd_request *q)
{
    if (!goes_on(r, q, ONE))
        return;
    unsigned long long start = start_of(q) - 7;
    httpd_text(r,
               "HTTP/1.1 206 Part\r\n" ONE "Content-Range: bytes %llu-%d/%d\r\n"
               "Content-Length: %llu\r\n\rX: y\r\n",
               start, WHOLE - 1, WHOLE, WHOLE - start);
    httpd_body(r, start, (size_t)(WHOLE - start));
}

/* Sends what is of no use; asked for the whole file at once, it hangs up. */
static void before_and_gone(struct httpd_reply *r,
                            const struct httpd_request *q)
{
    if (q->nth == 3)
        httpd_close(r);
    else if (q->nth > 3)
        whole(r, ONE);
    else
        before(r, q);
}

static void after(struct httpd_reply *r, const struct httpd_request *q)
{
    if (goes_on(r, q, ONE))
        partial(r, ONE, start_of(q) + 7, WHOLE, 0);
}

static void no_range_line(struct httpd_reply *r, const struct httpd_request *q)
{
    if (!goes_on(r, q, ONE))
        return;
    httpd_text(r, "HTTP/1.1 206 Part\r\n" ONE "Content-Length: %d\r\n\r\n",
               WHOLE - CUT);
    httpd_body(r, CUT, WHOLE - CUT);
}

static void other_total(struct httpd_reply *r, const struct httpd_request *q)
{
    if (goes_on(r, q, ONE))
        partial(r, ONE, start_of(q), WHOLE + 1000, 0);
}

static void no_total(struct httpd_reply *r, const struct httpd_request *q)
{
    if (!goes_on(r, q, ONE))
        return;
    httpd_text(r,
               "HTTP/1.1 206 Part\r\n" ONE "Content-Range: bytes %d-%d/*\r\n"
               "Content-Length: %d\r\n\r\n",
               CUT, WHOLE - 1, WHOLE - CUT);
    httpd_body(r, CUT, WHOLE - CUT);
}

static void not_to_the_end(struct httpd_reply *r, const struct httpd_request *q)
{
    if (!goes_on(r, q, ONE))
        return;
    httpd_text(r,
               "HTTP/1.1 206 Part\r\n" ONE "Content-Range: bytes %d-%d/*\r\n"
               "Content-Length: 1000\r\n\r\n",
               CUT, CUT + 999);
    httpd_body(r, CUT, 1000);
}

static void multipart(struct httpd_reply *r, const struct httpd_request *q)
{
    static const char head[] = "\r\n--X\r\nContent-Type: image/png\r\n\r\n";
    if (!goes_on(r, q, ONE))
        return;
    httpd_text(r,
               "HTTP/1.1 206 Part\r\n" ONE "Content-Range: bytes %d-%d/%d\r\n"
               "Content-Type: multipart/byteranges; boundary=X\r\n"
               "Content-Length: %d\r\n\r\n%s",
               CUT, WHOLE - 1, WHOLE, WHOLE - CUT, head);
    httpd_body(r, CUT, (size_t)(WHOLE - CUT) - strlen(head));
}

/* All has come but the word that it has. */
static void complete(struct httpd_reply *r, const struct httpd_request *q)
{
    if (q->nth > 1) {
        httpd_text(r,
                   "HTTP/1.1 416 No\r\n" ONE "Content-Range: bytes */%d\r\n"
                   "Content-Length: 3\r\n\r\nno\n",
                   WHOLE);
        return;
    }
    httpd_text(
        r, "HTTP/1.1 200 OK\r\n" ONE "Transfer-Encoding: chunked\r\n\r\n%x\r\n",
        WHOLE);
    httpd_body(r, 0, WHOLE);
    httpd_text(r, "\r\n");
    httpd_close(r);
}

static void too_short(struct httpd_reply *r, const struct httpd_request *q)
{
    if (goes_on(r, q, ONE))
        httpd_text(r, "HTTP/1.1 416 No\r\n" ONE "Content-Range: bytes */7\r\n"
                      "Content-Length: 3\r\n\r\nno\n");
}

/* As long as the part, but another file. */
static void as_long(struct httpd_reply *r, const struct httpd_request *q)
{
    if (q->nth == 1)
        cut(r, ONE);
    else if (q->range[0] == '\0')
        other(r, TWO, CUT);
    else
        httpd_text(r,
                   "HTTP/1.1 416 No\r\n" TWO "Content-Range: bytes */%d\r\n"
                   "Content-Length: 3\r\n\r\nno\n",
                   CUT);
}

/* A piece, but not by its status. */
static void by_200(struct httpd_reply *r, const struct httpd_request *q)
{
    if (!goes_on(r, q, ONE))
        return;
    httpd_text(r,
               "HTTP/1.1 200 OK\r\n" ONE "Content-Range: bytes %d-%d/%d\r\n"
               "Content-Length: %d\r\n\r\n",
               CUT, WHOLE - 1, WHOLE, WHOLE - CUT);
    httpd_body(r, CUT, WHOLE - CUT);
}

/* The line is broken in two, as old servers may. */
static void by_200_folded(struct httpd_reply *r, const struct httpd_request *q)
{
    if (!goes_on(r, q, ONE))
        return;
    httpd_text(r,
               "HTTP/1.1 200 OK\r\n" ONE "Content-Range:\r\n bytes %d-%d/%d\r\n"
               "Content-Length: %d\r\n\r\n",
               CUT, WHOLE - 1, WHOLE, WHOLE - CUT);
    httpd_body(r, CUT, WHOLE - CUT);
}

static void two_versions(struct httpd_reply *r, const struct httpd_request *q)
{
    if (goes_on(r, q, ONE))
        partial(r, TWO ONE, start_of(q), WHOLE, OTHER_OFFSET);
}

static void of_many_parts(struct httpd_reply *r, const struct httpd_request *q)
{
    if (goes_on(r, q, ONE))
        partial(r, "Content-Type: Multipart/x-byteranges\r\n" ONE, start_of(q),
                WHOLE, OTHER_OFFSET);
}

/* The file was to be longer than it is now said to be. */
static void shrunk(struct httpd_reply *r, const struct httpd_request *q)
{
    if (goes_on(r, q, ONE))
        httpd_text(r,
                   "HTTP/1.1 416 No\r\n" ONE "Content-Range: bytes */%d\r\n"
                   "Content-Length: 3\r\n\r\nno\n",
                   CUT);
}

static void shrunk_later(struct httpd_reply *r, const struct httpd_request *q)
{
    if (q->nth == 2)
        httpd_text(r, "HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops");
    else
        shrunk(r, q);
}

static void by_200_in_chunks(struct httpd_reply *r,
                             const struct httpd_request *q)
{
    if (!goes_on(r, q, ONE))
        return;
    httpd_text(r,
               "HTTP/1.1 200 OK\r\n" ONE "Content-Range: bytes %d-%d/%d\r\n"
               "Transfer-Encoding: chunked\r\n\r\n%x\r\n",
               CUT, WHOLE - 1, WHOLE, WHOLE - CUT);
    httpd_body(r, CUT, WHOLE - CUT);
    httpd_text(r, "\r\n0\r\n\r\n");
}

static void whole_by_200(struct httpd_reply *r, const struct httpd_request *q)
{
    if (!goes_on(r, q, ONE))
        return;
    httpd_text(r,
               "HTTP/1.1 200 OK\r\n" ONE "Content-Range: bytes 0-%d/%d\r\n"
               "Content-Length: %d\r\n\r\n",
               WHOLE - 1, WHOLE, WHOLE);
    httpd_body(r, 0, WHOLE);
}

static void unproven(struct httpd_reply *r, const struct httpd_request *q)
{
    if (goes_on(r, q, ONE))
        partial(r, "", start_of(q), WHOLE, OTHER_OFFSET);
}

static void undated(struct httpd_reply *r, const struct httpd_request *q)
{
    if (goes_on(r, q, LATER EARLY))
        partial(r, LATER, start_of(q), WHOLE, OTHER_OFFSET);
}

/* Nobody has said how long the file is. */
static void endless(struct httpd_reply *r, const struct httpd_request *q)
{
    if (q->nth == 1) {
        httpd_text(r,
                   "HTTP/1.1 200 OK\r\n" ONE
                   "Transfer-Encoding: chunked\r\n\r\n%x\r\n",
                   WHOLE);
        httpd_body(r, 0, CUT);
        httpd_close(r);
    } else if (q->range[0] == '\0') {
        whole(r, ONE);
    } else {
        not_to_the_end(r, q);
    }
}

static void wrong_length(struct httpd_reply *r, const struct httpd_request *q)
{
    if (!goes_on(r, q, ONE))
        return;
    httpd_text(r,
               "HTTP/1.1 206 Part\r\n" ONE "Content-Range: bytes %d-%d/%d\r\n"
               "Content-Length: 1000\r\n\r\n",
               CUT, WHOLE - 1, WHOLE);
    httpd_body(r, CUT, 1000);
}

static void of_items(struct httpd_reply *r, const struct httpd_request *q)
{
    if (!goes_on(r, q, ONE))
        return;
    httpd_text(r,
               "HTTP/1.1 206 Part\r\n" ONE "Content-Range: items %d-%d/%d\r\n"
               "Content-Length: %d\r\n\r\n",
               CUT, WHOLE - 1, WHOLE, WHOLE - CUT);
    httpd_body(r, CUT, WHOLE - CUT);
}

static void coded(struct httpd_reply *r, const struct httpd_request *q)
{
    if (goes_on(r, q, ONE GZIP))
        partial(r, ONE GZIP, start_of(q), WHOLE, 0);
}

static void coded_later(struct httpd_reply *r, const struct httpd_request *q)
{
    if (goes_on(r, q, ONE))
        partial(r, ONE GZIP, start_of(q), WHOLE, OTHER_OFFSET);
}

static void by_date(struct httpd_reply *r, const struct httpd_request *q)
{
    if (goes_on(r, q, LATER EARLY))
        partial(r, LATER EARLY, start_of(q), WHOLE, 0);
}

static void by_weak_date(struct httpd_reply *r, const struct httpd_request *q)
{
    if (goes_on(r, q, SAME EARLY))
        partial(r, SAME EARLY, start_of(q), WHOLE, 0);
}

static void by_other_date(struct httpd_reply *r, const struct httpd_request *q)
{
    if (goes_on(r, q, LATER EARLY))
        partial(r, LATER EDITED, start_of(q), WHOLE, OTHER_OFFSET);
}

/* A 206 that breaks off as well. */
static void twice(struct httpd_reply *r, const struct httpd_request *q)
{
    if (!goes_on(r, q, ONE))
        return;
    if (q->nth > 2) {
        partial(r, ONE, start_of(q), WHOLE, 0);
        return;
    }
    httpd_text(r,
               "HTTP/1.1 206 Part\r\n" ONE "Content-Range: bytes %d-%d/%d\r\n"
               "Content-Length: %d\r\n\r\n",
               CUT, WHOLE - 1, WHOLE, WHOLE - CUT);
    httpd_body(r, CUT, CUT);
    httpd_close(r);
}

static void in_chunks(struct httpd_reply *r, const struct httpd_request *q,
                      int size)
{
    if (!goes_on(r, q, ONE))
        return;
    httpd_text(r,
               "HTTP/1.1 206 Part\r\n" ONE "Content-Range: bytes %d-%d/%d\r\n"
               "Transfer-Encoding: chunked\r\n\r\n%x\r\n",
               CUT, WHOLE - 1, WHOLE, size);
    httpd_body(r, CUT, (size_t)size);
    httpd_text(r, "\r\n0\r\n\r\n");
}

static void chunked(struct httpd_reply *r, const struct httpd_request *q)
{
    in_chunks(r, q, WHOLE - CUT);
}

static void too_many_chunks(struct httpd_reply *r,
                            const struct httpd_request *q)
{
    in_chunks(r, q, WHOLE - CUT + 10);
}

/* Comes to no end, so that the fetch can be killed in its midst. */
static void begin(struct httpd_reply *r, const char *headers, uint64_t offset)
{
    httpd_text(r, "HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n", headers,
               WHOLE);
    httpd_body(r, offset, CUT);
    httpd_stall(r);
}

static void killed(struct httpd_reply *r, const struct httpd_request *q)
{
    if (q->nth == 1)
        begin(r, ONE, 0);
    else
        partial(r, ONE, start_of(q), WHOLE, 0);
}

static void killed_unproven(struct httpd_reply *r,
                            const struct httpd_request *q)
{
    if (q->nth == 1)
        begin(r, "", 0);
    else
        whole(r, "");
}

/* Honours If-Range, as far as it knows its own mind. */
static void to_and_fro(struct httpd_reply *r, const struct httpd_request *q)
{
    bool fro = q->nth == 2;
    if (q->range[0] != '\0' &&
        strcmp(q->if_range, fro ? "\"two\"" : "\"one\"") == 0)
        partial(r, fro ? TWO : ONE, start_of(q), WHOLE, fro ? OTHER_OFFSET : 0);
    else if (q->nth > 2)
        whole(r, ONE);
    else
        begin(r, fro ? TWO : ONE, fro ? OTHER_OFFSET : 0);
}

const struct httpd_route resume_routes[] = {
    {"/same", same},
    {"/changed", changed},
    {"/changed-to-tiny", changed_to_tiny},
    {"/changed-unasked", changed_unasked},
    {"/weak", weak},
    {"/weakened", weakened},
    {"/no-validator", no_validator},
    {"/no-ranges", no_ranges},
    {"/before", before},
    {"/behind-a-return", behind_a_return},
    {"/before-and-gone", before_and_gone},
    {"/after", after},
    {"/no-range-line", no_range_line},
    {"/other-total", other_total},
    {"/no-total", no_total},
    {"/not-to-the-end", not_to_the_end},
    {"/multipart", multipart},
    {"/complete", complete},
    {"/too-short", too_short},
    {"/as-long", as_long},
    {"/by-200", by_200},
    {"/by-200-folded", by_200_folded},
    {"/two-versions", two_versions},
    {"/of-many-parts", of_many_parts},
    {"/shrunk", shrunk},
    {"/shrunk-later", shrunk_later},
    {"/by-200-in-chunks", by_200_in_chunks},
    {"/whole-by-200", whole_by_200},
    {"/unproven", unproven},
    {"/undated", undated},
    {"/endless", endless},
    {"/wrong-length", wrong_length},
    {"/of-items", of_items},
    {"/coded", coded},
    {"/coded-later", coded_later},
    {"/by-date", by_date},
    {"/by-weak-date", by_weak_date},
    {"/by-other-date", by_other_date},
    {"/twice", twice},
    {"/chunked", chunked},
    {"/too-many-chunks", too_many_chunks},
    {"/killed", killed},
    {"/killed-unproven", killed_unproven},
    {"/to-and-fro", to_and_fro},
    {NULL, NULL},
};

#define REST      (WHOLE - CUT)
#define ETAG_ONE  "\"one\""
#define DATE      "Wed, 21 Oct 2015 07:28:00 GMT"
#define UNCOUNTED (-1)

/* name, path, offset, size, requests, again, resumed, if_range */
const struct resume_case resume_cases[] = {
    {"same file", "/same", 0, WHOLE, 2, REST, CUT, ETAG_ONE},
    {"200 with the rest", "/by-200", 0, WHOLE, 3, UNCOUNTED, 0, ETAG_ONE},
    {"200 with the rest, in a folded line", "/by-200-folded", 0, WHOLE, 3,
     UNCOUNTED, 0, ETAG_ONE},
    {"206 with two ETags", "/two-versions", 0, WHOLE, 3, UNCOUNTED, 0,
     ETAG_ONE},
    {"206 of another multipart type", "/of-many-parts", 0, WHOLE, 3, UNCOUNTED,
     0, ETAG_ONE},
    {"416 on a part that was to be longer", "/shrunk", 0, WHOLE, 3, WHOLE, 0,
     ETAG_ONE},
    {"changed ETag", "/changed", OTHER_OFFSET, OTHER, 2, OTHER, 0, ETAG_ONE},
    {"changed to a small file", "/changed-to-tiny", OTHER_OFFSET, TINY, 2, TINY,
     0, ETAG_ONE},
    {"changed ETag, a 206 all the same", "/changed-unasked", OTHER_OFFSET,
     WHOLE, 3, UNCOUNTED, 0, ETAG_ONE},
    {"weak ETag", "/weak", 0, WHOLE, 2, WHOLE, 0, ""},
    {"206 with a weak ETag", "/weakened", 0, WHOLE, 3, UNCOUNTED, 0, ETAG_ONE},
    {"no validator", "/no-validator", 0, WHOLE, 2, WHOLE, 0, ""},
    {"200 to a Range", "/no-ranges", 0, WHOLE, 2, WHOLE, 0, ETAG_ONE},
    {"206 from before", "/before", 0, WHOLE, 3, UNCOUNTED, 0, ETAG_ONE},
    {"206 from before, whose head a carriage return ends", "/behind-a-return",
     0, WHOLE, 3, UNCOUNTED, 0, ETAG_ONE},
    {"206 from before, then no answer", "/before-and-gone", 0, WHOLE, 4,
     UNCOUNTED, 0, ETAG_ONE},
    {"206 from after", "/after", 0, WHOLE, 3, UNCOUNTED, 0, ETAG_ONE},
    {"206 without Content-Range", "/no-range-line", 0, WHOLE, 3, UNCOUNTED, 0,
     ETAG_ONE},
    {"206 with another total", "/other-total", 0, WHOLE, 3, UNCOUNTED, 0,
     ETAG_ONE},
    {"206 without a total", "/no-total", 0, WHOLE, 2, REST, CUT, ETAG_ONE},
    {"206 that ends early", "/not-to-the-end", 0, WHOLE, 3, UNCOUNTED, 0,
     ETAG_ONE},
    {"206 in several pieces", "/multipart", 0, WHOLE, 3, UNCOUNTED, 0,
     ETAG_ONE},
    {"416 on a complete part", "/complete", 0, WHOLE, 2, 0, WHOLE, ETAG_ONE},
    {"416 on a part of another file", "/too-short", 0, WHOLE, 3, WHOLE, 0,
     ETAG_ONE},
    {"416 on a file as long as the part", "/as-long", OTHER_OFFSET, CUT, 3, CUT,
     0, ETAG_ONE},
    {"gzip-coded body", "/coded", 0, WHOLE, 2, WHOLE, 0, ""},
    {"206 that is gzip-coded", "/coded-later", 0, WHOLE, 3, UNCOUNTED, 0,
     ETAG_ONE},
    {"strong Last-Modified", "/by-date", 0, WHOLE, 2, REST, CUT, DATE},
    {"weak Last-Modified", "/by-weak-date", 0, WHOLE, 2, WHOLE, 0, ""},
    {"206 with another Last-Modified", "/by-other-date", 0, WHOLE, 3, UNCOUNTED,
     0, DATE},
    {"200 with the rest in chunks", "/by-200-in-chunks", 0, WHOLE, 3, UNCOUNTED,
     0, ETAG_ONE},
    {"200 with a range of all", "/whole-by-200", 0, WHOLE, 2, WHOLE, 0,
     ETAG_ONE},
    {"206 without the ETag", "/unproven", 0, WHOLE, 3, UNCOUNTED, 0, ETAG_ONE},
    {"206 without the Last-Modified", "/undated", 0, WHOLE, 3, UNCOUNTED, 0,
     DATE},
    {"206 without any total", "/endless", 0, WHOLE, 3, UNCOUNTED, 0, ETAG_ONE},
    {"206 with another Content-Length", "/wrong-length", 0, WHOLE, 3, UNCOUNTED,
     0, ETAG_ONE},
    {"206 of items", "/of-items", 0, WHOLE, 3, UNCOUNTED, 0, ETAG_ONE},
    {"cut twice", "/twice", 0, WHOLE, 3, REST, 2 * CUT, ETAG_ONE},
    {"206 in chunks", "/chunked", 0, WHOLE, 2, REST, CUT, ETAG_ONE},
    {"206 with too many chunks", "/too-many-chunks", 0, WHOLE, 3, UNCOUNTED, 0,
     ETAG_ONE},
    {0},
};
