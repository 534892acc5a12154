/*
 * Heads of a hostile server: the bytes are cut into lines, as libcurl hands
 * them over. What was read of them holds together, can be said again in other
 * words, and does not depend on how the lines end.
 */
#include <curl/curl.h>
#include <inttypes.h>
#include <uv.h>

#include "fuzz/check.h"
#include "transfer/response_head.h"
#include "util/date.h"

/* Both ways to read a date; where both can, they agree. */
static int64_t date(const char *text)
{
    int64_t own = hl_date_parse(text);
    int64_t other = (int64_t)curl_getdate(text, NULL);
    check(own < 0 || other < 0 || own == other, "dates agree");
    return own >= 0 ? own : other;
}

/* What goes back to the server in a request. */
static void check_echoed(const char *text, size_t size)
{
    check(memchr(text, '\0', size) != NULL, "a text ends");
    for (; *text != '\0'; text++)
        check((unsigned char)*text >= 0x20 || *text == '\t',
              "no control character is sent back");
}

static void check_range(const struct hl_head *head)
{
    check(!(head->has_range && head->range_unsatisfied), "one kind of range");
    if (!head->has_range)
        return;
    check(head->range_start <= head->range_end, "a range that is none");
    check(head->range_end < INT64_MAX + UINT64_C(1), "a range fits a file");
    check(head->range_total > head->range_end, "a range is in its file");
}

static void check_total(const struct hl_head *head)
{
    uint64_t total = hl_head_total(head);
    check(total == UINT64_MAX || total <= INT64_MAX, "a total fits a file");
    if (head->status == 206 && head->has_range)
        check(total > head->range_end, "a total is behind its range");
}

static void check_head(const struct hl_head *head)
{
    check(head->status >= 0 && head->status <= 999, "a status");
    check(!head->has_length || head->length <= INT64_MAX, "a length");
    check(!(head->has_length && head->bad_length), "a length is good or bad");
    check_range(head);
    check_total(head);
    const char *etag = hl_head_etag(head);
    check(etag[0] == '\0' || (etag[0] == '"' && etag[strlen(etag) - 1] == '"'),
          "a strong ETag has quotes");
    check((head->last_modified[0] != '\0') == (head->last_modified_s >= 0),
          "Last-Modified is a date");
    check(!hl_head_date_is_strong(head) || head->date_s > 0, "a strong date");
    check_echoed(head->etag_any, sizeof(head->etag_any));
    check_echoed(head->last_modified, sizeof(head->last_modified));
    check_echoed(head->content_type, sizeof(head->content_type));
}

/* @return false: it is too long. */
static bool read_line(struct hl_head *head, const char *text, size_t size)
{
    /* Of the line's own size, so that a read past its end shows. */
    char *line = malloc(size > 0 ? size : 1);
    check(line != NULL, "there is memory");
    memcpy(line, text, size);
    int r = hl_head_line(head, line, size, date);
    free(line);
    check(r == 0 || r == UV_E2BIG, "a line is read, or too long");
    return r == 0;
}

static bool read_head(struct hl_head *head, const char *data, size_t size)
{
    hl_head_init(head);
    for (size_t at = 0; at < size;) {
        const char *end = memchr(data + at, '\n', size - at);
        size_t length = end != NULL ? (size_t)(end - data) - at + 1 : size - at;
        if (!read_line(head, data + at, length))
            return false;
        check_head(head);
        at += length;
    }
    return true;
}

/* One header by itself, after the same status. */
static void read_alone(struct hl_head *out, long status, const char *line)
{
    char text[2 * HL_ETAG_SIZE];
    int n = snprintf(text, sizeof(text), "HTTP/1.1 %03ld x\r\n%s\r\n\r\n",
                     status, line);
    check(n > 0 && (size_t)n < sizeof(text), "room for a header");
    check(read_head(out, text, (size_t)n), "one header is not too long");
}

static void say_validators_again(const struct hl_head *head)
{
    char line[HL_ETAG_SIZE + 32];
    struct hl_head again;
    snprintf(line, sizeof(line), "eTaG:%s", head->etag_any);
    read_alone(&again, 200, line);
    check_same(again.etag_any, head->etag_any, "the ETag said again");
    snprintf(line, sizeof(line), "last-MODIFIED: %s \t", head->last_modified);
    read_alone(&again, 200, line);
    check_same(again.last_modified, head->last_modified, "Last-Modified again");
    check(again.last_modified_s < 0
              ? head->last_modified_s < 0
              : again.last_modified_s == head->last_modified_s,
          "its date again");
    snprintf(line, sizeof(line), "Content-Type: %s; x=y", head->content_type);
    read_alone(&again, 200, line);
    check_same(again.content_type, head->content_type, "the type said again");
}

static void say_numbers_again(const struct hl_head *head)
{
    char line[128];
    char total[24] = "*";
    struct hl_head again;
    snprintf(line, sizeof(line), "Retry-After: %" PRIu32, head->retry_after_s);
    read_alone(&again, 503, line);
    check(again.retry_after_s == head->retry_after_s, "Retry-After again");
    if (!head->has_range || head->two_ranges)
        return;
    if (head->range_total != UINT64_MAX)
        snprintf(total, sizeof(total), "%" PRIu64, head->range_total);
    snprintf(line, sizeof(line),
             "Content-Range: bytes %" PRIu64 "-%" PRIu64 "/%s",
             head->range_start, head->range_end, total);
    read_alone(&again, 206, line);
    check(again.has_range && again.range_start == head->range_start &&
              again.range_end == head->range_end &&
              again.range_total == head->range_total,
          "the range said again");
}

/* Trailers change nothing. */
static void add_trailers(const struct hl_head *head)
{
    static const char trailers[] = "Content-Length: 7\r\nETag: \"t\"\r\n"
                                   "Content-Range: bytes 1-2/3\r\n\r\n";
    struct hl_head after = *head;
    if (!head->complete || head->status < 200 ||
        !read_line(&after, trailers, sizeof(trailers) - 1))
        return;
    after.bytes = head->bytes;
    after.lines = head->lines;
    check(memcmp(&after, head, sizeof(after)) == 0, "a trailer is no header");
}

/* The same lines, each with a carriage return. */
static void read_with_returns(const struct hl_head *head, const char *data,
                              size_t size)
{
    char *text = malloc(2 * size + 1);
    size_t used = 0;
    struct hl_head other;
    check(text != NULL, "there is memory");
    for (size_t i = 0; i < size; i++) {
        if (data[i] == '\n' && (i == 0 || data[i - 1] != '\r'))
            text[used++] = '\r';
        text[used++] = data[i];
    }
    if (read_head(&other, text, used)) {
        check(other.status == head->status, "the status with returns");
        check(other.complete == head->complete, "the end with returns");
        check(other.length == head->length, "the length with returns");
        check_same(other.etag_any, head->etag_any, "the ETag with returns");
        check_same(other.content_type, head->content_type,
                   "the type with returns");
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hl_head head;
    if (!read_head(&head, (const char *)data, size))
        return 0;
    say_validators_again(&head);
    say_numbers_again(&head);
    add_trailers(&head);
    read_with_returns(&head, (const char *)data, size);
    return 0;
}
