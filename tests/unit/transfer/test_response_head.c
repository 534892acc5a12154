/* The head of an answer: what is read of it, and what of a hostile one is
 * not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <uv.h>

#include "transfer/response_head.h"

/* "@12" is 12 s after 1970, "@now+12" is 12 s from now. */
static int64_t fake_date(const char *text)
{
    if (strncmp(text, "@now", 4) == 0)
        return (int64_t)time(NULL) + strtoll(text + 4, NULL, 10);
    return text[0] == '@' ? strtoll(text + 1, NULL, 10) : -1;
}

static int line(struct hl_head *head, const char *text)
{
    return hl_head_line(head, text, strlen(text), fake_date);
}

/* A complete head of one status line and these, each with its CRLF. */
static struct hl_head head_of(const char *lines)
{
    struct hl_head head;
    hl_head_init(&head);
    assert_int_equal(line(&head, "HTTP/1.1 200 OK\r\n"), 0);
    for (const char *p = lines; *p != '\0';) {
        size_t length = strcspn(p, "\n") + 1;
        assert_int_equal(hl_head_line(&head, p, length, fake_date), 0);
        p += length;
    }
    assert_int_equal(line(&head, "\r\n"), 0);
    assert_true(head.complete);
    return head;
}

static void a_status_line_gives_its_number(void **state)
{
    static const struct {
        const char *text;
        long status;
    } cases[] = {
        {"HTTP/1.1 200 OK\r\n", 200},
        {"HTTP/1.0 404 Not Found\r\n", 404},
        {"HTTP/1.1 503\r\n", 503},
        {"HTTP/2 206 \r\n", 206},
        {"HTTP/1.1  301 Moved\n", 301},
        {"HTTP/1.1\r\n", 0},
        {"HTTP/1.1 \r\n", 0},
        {"HTTP/1.1 OK 200\r\n", 0},
        {"HTTP/1.1 -20 x\r\n", 0},
        {"HTTP/1.1 20 x\r\n", 0},
        {"HTTP/1.1 099 x\r\n", 0},
        {"HTTP/1.1 2000 x\r\n", 0},
        {"HTTP/1.1 200x OK\r\n", 0},
        {"HTTP/1.1 200\tOK\r\n", 200},
        {"http/1.1 200\n", 200},
        {"HtTP/1.1 304 OK\r\n", 0},
        {"HTTP/1.1 99999999999999999999 x\r\n", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct hl_head head;
        hl_head_init(&head);
        print_message("%s", cases[i].text);
        assert_int_equal(line(&head, cases[i].text), 0);
        assert_int_equal(head.status, cases[i].status);
        assert_false(head.complete);
    }
}

static void a_reason_of_any_length_hides_no_status(void **state)
{
    char text[8192];
    struct hl_head head;
    (void)state;
    hl_head_init(&head);
    memset(text, 'x', sizeof(text));
    memcpy(text, "HTTP/1.1 206 ", 13);
    text[100] = '\0';
    assert_int_equal(hl_head_line(&head, text, sizeof(text), fake_date), 0);
    assert_int_equal(head.status, 206);
}

static void the_last_of_several_heads_counts(void **state)
{
    struct hl_head head;
    (void)state;
    hl_head_init(&head);
    line(&head, "HTTP/1.1 103 Early Hints\r\n");
    line(&head, "ETag: \"early\"\r\n");
    line(&head, "Content-Length: 7\r\n");
    line(&head, "Retry-After: 9\r\n");
    line(&head, "\r\n");
    assert_true(head.complete);
    size_t bytes = head.bytes;
    line(&head, "HTTP/1.1 200 OK\r\n");
    assert_false(head.complete);
    line(&head, "\r\n");
    assert_true(head.complete);
    assert_int_equal(head.status, 200);
    assert_string_equal(hl_head_etag(&head), "");
    assert_false(head.has_length);
    assert_int_equal(head.retry_after_s, 0);
    assert_int_equal(head.last_modified_s, -1);
    /* The limit is on all of them. */
    assert_int_equal(head.bytes, bytes + 19);
}

static void trailers_change_nothing(void **state)
{
    (void)state;
    struct hl_head head = head_of("Content-Length: 5\r\n"
                                  "ETag: \"a\"\r\n");
    line(&head, "Content-Length: 6\r\n");
    line(&head, "ETag: \"b\"\r\n");
    line(&head, "Content-Range: bytes 0-1/2\r\n");
    line(&head, "HTTP/1.1 404 Not Found: x\r\n");
    line(&head, "\r\n");
    assert_int_equal(head.status, 200);
    assert_int_equal(head.length, 5);
    assert_string_equal(hl_head_etag(&head), "\"a\"");
    assert_false(head.has_range);
}

/* libcurl takes one in the midst of a head for a header. */
static void there_is_one_status_line(void **state)
{
    struct hl_head head;
    (void)state;
    hl_head_init(&head);
    line(&head, "HTTP/1.1 404 Not Found\r\n");
    line(&head, "Content-Length: 5\r\n");
    line(&head, "HTTP/1.1 200 OK: x\r\n");
    line(&head, "\r\n");
    assert_int_equal(head.status, 404);
    assert_true(head.has_length);
}

static void the_first_header_is_known_before_it_comes(void **state)
{
    struct hl_head head;
    (void)state;
    hl_head_init(&head);
    assert_false(head.first_is_next);
    for (int i = 0; i < 2; i++) {
        line(&head, "HTTP/1.1 103 Early Hints\r\n");
        assert_true(head.first_is_next);
        line(&head, "Link: x\r\n");
        assert_false(head.first_is_next);
        line(&head, "\r\n");
        assert_false(head.first_is_next);
    }
}

static void a_length_is_a_plain_number(void **state)
{
    static const struct {
        const char *lines;
        bool has;
        uint64_t length;
    } cases[] = {
        {"Content-Length: 0\r\n", true, 0},
        {"content-length:12\r\n", true, 12},
        {"CONTENT-LENGTH:\t 12 \t\r\n", true, 12},
        {"Content-Length: 012\n", true, 12},
        {"Content-Length: 9223372036854775807\r\n", true, INT64_MAX},
        {"Content-Length: 9223372036854775808\r\n", false, 0},
        {"Content-Length: 99999999999999999999999\r\n", false, 0},
        {"Content-Length: -1\r\n", false, 0},
        {"Content-Length: +1\r\n", false, 0},
        {"Content-Length: 1x\r\n", false, 0},
        {"Content-Length: 5, 5\r\n", true, 5},
        {"Content-Length: 5 ,5\r\ncontent-length: 5\r\n", true, 5},
        {"Content-Length: 5, 6\r\n", false, 0},
        {"Content-Length: 5,\r\n", false, 0},
        {"Content-Length: 5\r\nContent-Length: 6\r\n", false, 0},
        {"Content-Length: x\r\nContent-Length: 6\r\n", false, 0},
        {"Content-Length: 0x10\r\n", false, 0},
        {"Content-Length:\r\n", false, 0},
        {"Content-Length : 5\r\n", true, 5},
        {"Content-Length: 5\x01\r\n", false, 0},
    };
    (void)state;
    assert_false(head_of("Content-Length 5\r\n").has_length);
    assert_false(head_of("X-Content-Length: 5\r\n").has_length);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        print_message("%s", cases[i].lines);
        struct hl_head head = head_of(cases[i].lines);
        assert_int_equal(head.has_length, cases[i].has);
        assert_int_equal(head.bad_length, !cases[i].has);
        if (cases[i].has)
            assert_true(head.length == cases[i].length);
    }
}

enum { NONE, PART, UNSATISFIED };

static void a_range_is_whole_or_none(void **state)
{
    static const struct {
        const char *lines;
        int what;
        uint64_t start;
        uint64_t end;
        uint64_t total;
    } cases[] = {
        {"Content-Range: bytes 5-9/10\r\n", PART, 5, 9, 10},
        {"content-range: BYTES 0-0/1\r\n", PART, 0, 0, 1},
        {"Content-Range: bytes=5-9/10\r\n", PART, 5, 9, 10},
        {"Content-Range: bytes  5-9/10\r\n", PART, 5, 9, 10},
        {"Content-Range: bytes 5-9/*\r\n", PART, 5, 9, UINT64_MAX},
        {"Content-Range: bytes 0-9223372036854775806/9223372036854775807\r\n",
         PART, 0, INT64_MAX - 1, INT64_MAX},
        {"Content-Range: bytes */10\r\n", UNSATISFIED, 0, 0, 10},
        {"Content-Range: bytes */0\r\n", UNSATISFIED, 0, 0, 0},
        {"Content-Range: bytes */*\r\n", NONE, 0, 0, 0},
        {"Content-Range: bytes */10x\r\n", NONE, 0, 0, 0},
        {"Content-Range: bytes 5-9/10x\r\n", NONE, 0, 0, 0},
        {"Content-Range: bytes 5-9/9\r\n", NONE, 0, 0, 0},
        {"Content-Range: bytes 5-4/10\r\n", NONE, 0, 0, 0},
        {"Content-Range: bytes 5-/10\r\n", NONE, 0, 0, 0},
        {"Content-Range: bytes -5/10\r\n", NONE, 0, 0, 0},
        {"Content-Range: bytes 5-9\r\n", NONE, 0, 0, 0},
        {"Content-Range: bytes 5-9/\r\n", NONE, 0, 0, 0},
        {"Content-Range: bytes 5-9/**\r\n", NONE, 0, 0, 0},
        {"Content-Range: bytes 5 - 9 / 10\r\n", PART, 5, 9, 10},
        {"Content-Range: bytes\t5-9/10\r\n", PART, 5, 9, 10},
        {"Content-Range: bytes: 5-9/ *\r\n", PART, 5, 9, UINT64_MAX},
        {"Content-Range: bytes5-9/10\r\n", NONE, 0, 0, 0},
        {"Content-Range: items 5-9/10\r\n", NONE, 0, 0, 0},
        {"Content-Range: 5-9/10\r\n", PART, 5, 9, 10},
        {"Content-Range: -9/10\r\n", NONE, 0, 0, 0},
        {"Content-Range: bytes 0-18446744073709551615/*\r\n", NONE, 0, 0, 0},
        {"Content-Range:\r\n", NONE, 0, 0, 0},
        /* In several lines. */
        {"Content-Range:\r\n bytes 5-9/10\r\n", PART, 5, 9, 10},
        {"Content-Range: bytes\r\n\t5-9\r\n /10\r\n", PART, 5, 9, 10},
        {"Content-Range: bytes 5-9/10\r\n 11\r\n", NONE, 0, 0, 0},
        {"Content-Range: bytes 5-9/10\r\nX: y\r\n z\r\n", PART, 5, 9, 10},
        /* Two that disagree. */
        {"Content-Range: bytes 5-9/10\r\nContent-Range: bytes 6-\r\n", NONE, 0,
         0, 0},
        {"Content-Range: bytes */10\r\nContent-Range: bytes 5-9/10\r\n", PART,
         5, 9, 10},
        {"Content-Range: bytes 5-9/10\r\nContent-Range: bytes */10\r\n",
         UNSATISFIED, 0, 0, 10},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        print_message("%s", cases[i].lines);
        struct hl_head head = head_of(cases[i].lines);
        assert_int_equal(head.has_range, cases[i].what == PART);
        assert_int_equal(head.range_unsatisfied, cases[i].what == UNSATISFIED);
        if (cases[i].what != NONE)
            assert_true(head.range_total == cases[i].total);
        if (cases[i].what != PART)
            continue;
        assert_true(head.range_start == cases[i].start);
        assert_true(head.range_end == cases[i].end);
    }
}

static void ranges_that_disagree_are_told(void **state)
{
    static const struct {
        const char *lines;
        bool two;
    } cases[] = {
        {"Content-Range: bytes 5-9/10\r\n", false},
        {"Content-Range: bytes 5-9/10\r\nContent-Range: bytes 5-9/10\r\n",
         false},
        {"Content-Range: huh\r\nContent-Range: bytes 5-9/10\r\n", false},
        {"Content-Range: bytes 5-9/10\r\nContent-Range: bytes 0-9/10\r\n",
         true},
        {"Content-Range: bytes 5-9/10\r\nContent-Range: bytes 5-9/*\r\n", true},
        {"Content-Range: bytes 5-9/10\r\nContent-Range: huh\r\n", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        print_message("%s", cases[i].lines);
        struct hl_head head = head_of(cases[i].lines);
        assert_int_equal(head.two_ranges, cases[i].two);
    }
}

/* A Content-Range tells the length of a 206's file alone. */
static void a_whole_file_is_as_long_as_its_body(void **state)
{
    (void)state;
    struct hl_head head = head_of("Content-Length: 10\r\n"
                                  "Content-Range: bytes 0-9/*\r\n");
    assert_int_equal(hl_head_total(&head), 10);
    head = head_of("Content-Length: 10\r\nContent-Range: bytes */7\r\n");
    assert_int_equal(hl_head_total(&head), 10);
    head = head_of("Content-Length: 10\r\nTransfer-Encoding: Identity\r\n");
    assert_int_equal(hl_head_total(&head), 10);
}

static void framing_that_libcurl_reads_otherwise_is_told(void **state)
{
    static const struct {
        const char *lines;
        bool odd;
    } cases[] = {
        {"Transfer-Encoding: chunked\r\nX: y\r\n z\r\n", false},
        {"Transfer-Encoding:\r\n chunked\r\n", true},
        {"Transfer-Encoding: gzip,\r\n\tchunked\r\n", true},
        {"Transfer-Encoding : chunked\r\n", true},
        {"Transfer-Encoding\t: chunked\r\n", true},
        {"Content-Length: 1\r\n 0\r\n", true},
        {"Content-Length: 1\r\n \r\n", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        print_message("%s", cases[i].lines);
        assert_int_equal(head_of(cases[i].lines).odd_framing, cases[i].odd);
    }
}

static void only_chunks_are_asked_for(void **state)
{
    static const struct {
        const char *text;
        bool chunked, coded;
    } cases[] = {
        {"Transfer-Encoding: chunked\r\n", true, false},
        {"Transfer-Encoding: Chunked , identity,\r\n", true, false},
        {"Transfer-Encoding: chunked\r\ntransfer-encoding: chunked\r\n", true,
         false},
        {"Transfer-Encoding: identity\r\n", false, false},
        {"Transfer-Encoding:\r\n", false, false},
        {"Transfer-Encoding: ,\r\n", false, false},
        {"Transfer-Encoding: gzip\r\n", true, true},
        {"Transfer-Encoding: gzip, chunked\r\n", true, true},
        {"Transfer-Encoding: chunked,br\r\n", true, true},
        {"Transfer-Encoding: xchunked\r\n", true, true},
        {"Transfer-Encoding: chunk\r\n", true, true},
        {"Transfer-Encoding: chunked;a=b\r\n", true, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        print_message("%s", cases[i].text);
        struct hl_head head = head_of(cases[i].text);
        assert_int_equal(head.chunked, cases[i].chunked);
        assert_int_equal(head.coded, cases[i].coded);
    }
}

/* libcurl reads the body's length from them. */
static void framing_that_cannot_be_kept_is_told(void **state)
{
    char text[4096];
    (void)state;
    memset(text, '0', sizeof(text));
    memcpy(text, "Content-Length: 0x", 18);
    memcpy(text + sizeof(text) - 4, "8\r\n", 4);
    assert_true(head_of(text).bad_length);
    memset(text, ' ', sizeof(text));
    memcpy(text, "Transfer-Encoding:", 18);
    memcpy(text + sizeof(text) - 10, "chunked\r\n", 10);
    assert_true(head_of(text).odd_framing);
    assert_true(head_of("Transfer-Encoding: chunked\x01\r\n").odd_framing);
}

static void only_a_strong_etag_is_kept(void **state)
{
    static const struct {
        const char *lines;
        const char *etag;
        bool weak;
    } cases[] = {
        {"ETag: \"abc\"\r\n", "\"abc\"", false},
        {"etag:\"\"\r\n", "\"\"", false},
        {"ETag: \"a b,c\\\"\r\n", "\"a b,c\\\"", false},
        {"ETag: \"\xc3\xa9\"\r\n", "\"\xc3\xa9\"", false},
        {"ETag: W/\"abc\"\r\n", "", true},
        {"ETag: w/\"abc\"\r\n", "", false},
        {"ETag: abc\r\n", "", false},
        {"ETag: \"abc\r\n", "", false},
        {"ETag: abc\"\r\n", "", false},
        {"ETag: \"\r\n", "", false},
        {"ETag: \"a\", \"b\"\r\n", "", false},
        {"ETag: \"a\rX-Evil: b\"\r\n", "", false},
        {"ETag: \"a\x01\"\r\n", "", false},
        {"ETag: \"a\"\r\n b\r\n", "", false},
        {"ETag: \"a\"\r\nETag: \"a\"\r\n", "\"a\"", false},
        /* Two that differ. */
        {"ETag: \"a\"\r\nETag: W/\"a\"\r\n", "", true},
        {"ETag: W/\"a\"\r\nETag: \"a\"\r\n", "", false},
        {"ETag: \"b\"\r\nETag: \"a\"\r\n", "", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        print_message("%s", cases[i].lines);
        struct hl_head head = head_of(cases[i].lines);
        assert_string_equal(hl_head_etag(&head), cases[i].etag);
        assert_int_equal(head.etag_weak, cases[i].weak);
    }
}

static void what_is_too_long_to_keep_is_none(void **state)
{
    static const size_t lengths[] = {255, 256, 1024, 1028, 1029, 5000};
    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        char text[6000] = "ETag: \"";
        size_t length = lengths[i];
        memset(text + 7, 'e', length - 2);
        memcpy(text + 6 + length - 1, "\"\r\n", 4);
        struct hl_head head = head_of(text);
        assert_int_equal(strlen(hl_head_etag(&head)),
                         length <= 1028 ? length : 0);
    }
    char date[200] = "Last-Modified: @1";
    memset(date + strlen(date), ' ', sizeof(date) - strlen(date));
    memcpy(date + sizeof(date) - 4, "x\r\n", 4);
    struct hl_head head = head_of(date);
    assert_string_equal(head.last_modified, "");
    assert_int_equal(head.last_modified_s, -1);
}

static void a_folded_line_is_no_header(void **state)
{
    (void)state;
    struct hl_head head = head_of("X-Long: a\r\n"
                                  " Content-Length: 5\r\n"
                                  "\tETag: \"a\"\r\n");
    assert_false(head.has_length);
    assert_string_equal(hl_head_etag(&head), "");
    hl_head_init(&head);
    line(&head, "HTTP/1.1 200 OK\r\n");
    line(&head, "X-Long: a\r\n");
    /* A fold of nothing is not the end. */
    line(&head, " \r\n");
    assert_false(head.complete);
    line(&head, "Content-Length: 5\r\n");
    assert_true(head.has_length);
    line(&head, "\n");
    assert_true(head.complete);
}

/* As libcurl sees it: what follows is the body. */
static void a_carriage_return_ends_the_head(void **state)
{
    struct hl_head head;
    (void)state;
    hl_head_init(&head);
    line(&head, "HTTP/1.1 206 Part\r\n");
    line(&head, "Content-Range: bytes 5-9/10\r\n");
    line(&head, "\rX: a\r\n");
    assert_true(head.complete);
    assert_true(head.has_range);
}

static void a_head_has_one_status(void **state)
{
    struct hl_head head;
    (void)state;
    hl_head_init(&head);
    line(&head, "HTTP/1.1 404 Not Found\r\n");
    line(&head, "HTTP/1.1 200 OK\r\n");
    assert_int_equal(head.status, 404);
    hl_head_init(&head);
    line(&head, "HTTP/x.1 200 OK\r\n");
    assert_int_equal(head.status, 0);
    hl_head_init(&head);
    line(&head, "HTTP/2-1.1 200 OK\r\n");
    assert_int_equal(head.status, 0);
}

static void a_line_with_a_nul_is_passed_over(void **state)
{
    static const char text[] = "Content-Length: 5\0 6\r\n";
    struct hl_head head;
    (void)state;
    hl_head_init(&head);
    line(&head, "HTTP/1.1 200 OK\r\n");
    assert_int_equal(hl_head_line(&head, text, sizeof(text) - 1, fake_date), 0);
    assert_false(head.has_length);
}

static void a_head_has_an_end(void **state)
{
    char text[1024];
    struct hl_head head;
    unsigned lines = 0;
    (void)state;
    hl_head_init(&head);
    memset(text, 'x', sizeof(text));
    while (hl_head_line(&head, text, sizeof(text), fake_date) == 0)
        lines++;
    assert_int_equal(lines, 256);
    /* Another head does not start over. */
    assert_int_equal(line(&head, "HTTP/1.1 200 OK\r\n"), UV_E2BIG);
}

/* Each costs libcurl a hundred bytes, however short it is. */
static void a_head_has_so_many_lines(void **state)
{
    struct hl_head head;
    unsigned lines = 0;
    (void)state;
    hl_head_init(&head);
    while (line(&head, lines % 2 == 0 ? "HTTP/1.1 100 Go on\r\n" : "\r\n") == 0)
        lines++;
    assert_int_equal(lines, 1000);
}

static void dates_are_strong_only_with_a_later_one(void **state)
{
    static const struct {
        const char *lines;
        bool strong;
    } cases[] = {
        {"Last-Modified: @10\r\nDate: @11\r\n", true},
        {"Date: @11\r\nLast-Modified: @10\r\n", true},
        {"Last-Modified: @0\r\nDate: @1\r\n", true},
        {"Last-Modified: @10\r\nDate: @10\r\n", false},
        {"Last-Modified: @10\r\nDate: @9\r\n", false},
        {"Last-Modified: @10\r\n", false},
        {"Date: @10\r\n", false},
        {"Last-Modified: yesterday\r\nDate: @10\r\n", false},
        {"Last-Modified: @10\r\nDate: today\r\n", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct hl_head head = head_of(cases[i].lines);
        assert_int_equal(hl_head_date_is_strong(&head), cases[i].strong);
    }
    struct hl_head head = head_of("Last-Modified: @10\r\n");
    assert_string_equal(head.last_modified, "@10");
    assert_int_equal(head.last_modified_s, 10);
    head = head_of("Last-Modified: yesterday\r\n");
    assert_string_equal(head.last_modified, "");
}

static void retry_after_has_two_forms(void **state)
{
    static const struct {
        const char *lines;
        uint32_t least;
        uint32_t most;
    } cases[] = {
        {"Retry-After: 120\r\n", 120, 120},
        {"Retry-After: 0\r\n", 0, 0},
        {"retry-after:7\r\n", 7, 7},
        {"Retry-After: 4294967296\r\n", UINT32_MAX, UINT32_MAX},
        {"Retry-After: @now+100\r\n", 99, 100},
        {"Retry-After: @now-100\r\n", 0, 0},
        {"Retry-After: @0\r\n", 0, 0},
        /* The server's clock is what counts, where it is told. */
        {"Retry-After: @1030\r\nDate: @1000\r\n", 30, 30},
        {"Date: @1000\r\nRetry-After: @1030\r\n", 30, 30},
        {"Date: @99999999999\r\nRetry-After: @100000000030\r\n", 31, 31},
        {"Date: @1000\r\nRetry-After: @999\r\n", 0, 0},
        {"Date: @1000\r\nRetry-After: @99999999999\r\n", UINT32_MAX,
         UINT32_MAX},
        {"Date: today\r\nRetry-After: @now+100\r\n", 99, 100},
        {"Date: @1000\r\nRetry-After: @1030\r\nRetry-After: 5\r\n", 5, 5},
        {"Retry-After: -5\r\n", 0, 0},
        {"Retry-After: soon\r\n", 0, 0},
        {"Retry-After:\r\n", 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        print_message("%s", cases[i].lines);
        struct hl_head head = head_of(cases[i].lines);
        assert_in_range(head.retry_after_s, cases[i].least, cases[i].most);
    }
}

static void a_type_has_no_parameters(void **state)
{
    static const struct {
        const char *lines;
        const char *type;
    } cases[] = {
        {"Content-Type: image/png\r\n", "image/png"},
        {"Content-Type: Text/HTML; charset=UTF-8\r\n", "text/html"},
        {"Content-Type: text/html;charset=UTF-8\r\n", "text/html"},
        {"Content-Type: text/html charset\r\n", "text/html"},
        {"Content-Type:\r\n", ""},
        {"Content-Type: ;\r\n", ""},
        {"Content-Type: a\x1b[31m/b\r\n", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct hl_head head = head_of(cases[i].lines);
        assert_string_equal(head.content_type, cases[i].type);
    }
    char text[400] = "Content-Type: ";
    memset(text + 14, 'T', 300);
    memcpy(text + 314, "\r\n", 3);
    struct hl_head head = head_of(text);
    assert_int_equal(strlen(head.content_type), sizeof(head.content_type) - 1);
    assert_int_equal(head.content_type[0], 't');
}

static void any_coding_but_identity_counts(void **state)
{
    static const struct {
        const char *lines;
        bool encoded;
    } cases[] = {
        {"Content-Encoding: gzip\r\n", true},
        {"content-encoding:BR\r\n", true},
        {"Content-Encoding: identity\r\n", false},
        {"Content-Encoding: Identity\r\n", false},
        {"Content-Encoding:\r\n", false},
        {"Content-Encoding: gzip, identity\r\n", true},
        {"Content-Encoding: gzip\r\nContent-Encoding: identity\r\n", true},
        {"Content-Encoding: gz\x1bip\r\n", true},
        {"Transfer-Encoding: chunked\r\n", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct hl_head head = head_of(cases[i].lines);
        assert_int_equal(head.encoded, cases[i].encoded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_line_gives_its_number),
        cmocka_unit_test(a_head_has_so_many_lines),
        cmocka_unit_test(framing_that_cannot_be_kept_is_told),
        cmocka_unit_test(only_chunks_are_asked_for),
        cmocka_unit_test(the_first_header_is_known_before_it_comes),
        cmocka_unit_test(there_is_one_status_line),
        cmocka_unit_test(a_reason_of_any_length_hides_no_status),
        cmocka_unit_test(the_last_of_several_heads_counts),
        cmocka_unit_test(trailers_change_nothing),
        cmocka_unit_test(a_length_is_a_plain_number),
        cmocka_unit_test(a_range_is_whole_or_none),
        cmocka_unit_test(ranges_that_disagree_are_told),
        cmocka_unit_test(a_whole_file_is_as_long_as_its_body),
        cmocka_unit_test(framing_that_libcurl_reads_otherwise_is_told),
        cmocka_unit_test(only_a_strong_etag_is_kept),
        cmocka_unit_test(what_is_too_long_to_keep_is_none),
        cmocka_unit_test(a_folded_line_is_no_header),
        cmocka_unit_test(a_carriage_return_ends_the_head),
        cmocka_unit_test(a_head_has_one_status),
        cmocka_unit_test(a_line_with_a_nul_is_passed_over),
        cmocka_unit_test(a_head_has_an_end),
        cmocka_unit_test(dates_are_strong_only_with_a_later_one),
        cmocka_unit_test(retry_after_has_two_forms),
        cmocka_unit_test(a_type_has_no_parameters),
        cmocka_unit_test(any_coding_but_identity_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
