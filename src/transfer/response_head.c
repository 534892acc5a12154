#include "transfer/response_head.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <uv.h>

#include "util/parse.h"

/* What a file can be long at most, so that one byte more is no overflow. */
#define LENGTH_MAX INT64_MAX

enum { HEAD_MAX = 256 * 1024, LINES_MAX = 1000, VALUE_MAX = 2048 };

void hl_head_init(struct hl_head *head)
{
    *head =
        (struct hl_head){.last_modified_s = -1, .date_s = -1, .retry_at_s = -1};
}

/* Is it "1.1 " or "2 "? Behind any other version libcurl reads another status
 * than stands there. */
static bool is_version(const char *text)
{
    bool has_minor = text[0] != '\0' && text[1] == '.' &&
                     isdigit((unsigned char)text[2]) != 0;
    return isdigit((unsigned char)text[0]) != 0 &&
           text[has_minor ? 3 : 1] == ' ';
}

/* "HTTP/1.1 200 OK", "HTTP/2 200". The words may be longer than any line that
 * is kept. libcurl takes "Http/1.1 304" as well, but as status 200: without the
 * capital letters it must be that. */
static void on_status_line(struct hl_head *head, const char *line, size_t size)
{
    uint64_t status = 0;
    char text[32] = "";
    size_t length = size < sizeof(text) ? size : sizeof(text) - 1;
    memcpy(text, line, length);
    const char *p = text + strcspn(text, " ");
    p += strspn(p, " ");
    bool is_upper = strncmp(text, "HTTP/", strlen("HTTP/")) == 0;
    if (is_version(text + strlen("HTTP/")) &&
        hl_parse_digits(p, LENGTH_MAX, &status) == p + 3 && status >= 100 &&
        strchr(" \t\r\n", p[3]) != NULL && (is_upper || status == 200))
        head->status = (long)status;
}

/* After an interim answer, whose lines count as those of the answer. */
static void begin_anew(struct hl_head *head)
{
    const size_t bytes = head->bytes;
    const unsigned lines = head->lines;
    hl_head_init(head);
    head->bytes = bytes;
    head->lines = lines;
}

/* One number, however often it is said: libcurl takes the digits that it
 * finds first in the last line, so that "0x400" would make an empty file and
 * two lines of two lengths a cut one. */
static void on_content_length(struct hl_head *head, const char *value)
{
    uint64_t length = 0;
    for (const char *p = value; !head->bad_length; p++) {
        p = hl_parse_digits(p + strspn(p, " \t"), LENGTH_MAX, &length);
        if (p != NULL)
            p += strspn(p, " \t");
        head->bad_length = p == NULL || (*p != '\0' && *p != ',') ||
                           (head->has_length && length != head->length);
        head->has_length = !head->bad_length;
        head->length = length;
        if (head->bad_length || *p == '\0')
            break;
    }
}

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

/* A number, with blanks around it. */
static const char *read_part(const char *text, uint64_t *out)
{
    const char *p = hl_parse_digits(skip_blanks(text), LENGTH_MAX, out);
    return p != NULL ? skip_blanks(p) : NULL;
}

/* What follows the unit: servers write "bytes=" and "bytes:" as well, or leave
 * it out. NULL: another unit. */
static const char *skip_unit(const char *value)
{
    if (isdigit((unsigned char)value[0]))
        return value;
    size_t gap = 0;
    if (strncasecmp(value, "bytes", 5) == 0)
        gap = strspn(value + 5, " \t=:");
    return gap > 0 ? value + 5 + gap : NULL;
}

/* "bytes 5-9/10", "bytes 5-9" + "/" + "*", or "bytes *" + "/10". */
static void parse_range(struct hl_head *head, const char *value)
{
    head->has_range = false;
    head->range_unsatisfied = false;
    const char *p = skip_unit(value);
    if (p != NULL && p[0] == '*' && p[1] == '/') {
        head->range_unsatisfied =
            hl_parse_count(p + 2, LENGTH_MAX, &head->range_total) == 0;
        return;
    }
    p = p != NULL ? read_part(p, &head->range_start) : NULL;
    if (p == NULL || *p != '-')
        return;
    p = read_part(p + 1, &head->range_end);
    if (p == NULL || *p != '/' || head->range_end < head->range_start)
        return;
    p = skip_blanks(p + 1);
    head->range_total = UINT64_MAX;
    head->has_range = strcmp(p, "*") == 0 ||
                      (hl_parse_count(p, LENGTH_MAX, &head->range_total) == 0 &&
                       head->range_total > head->range_end);
}

/* The last one counts. But whoever names two different ranges has sent no one
 * knows what. */
static void add_range(struct hl_head *head, const char *value)
{
    bool had_range = head->has_range;
    uint64_t start = head->range_start;
    uint64_t end = head->range_end;
    uint64_t total = head->range_total;
    parse_range(head, value);
    head->two_ranges |=
        had_range && (!head->has_range || start != head->range_start ||
                      end != head->range_end || total != head->range_total);
}

/* A value may go on in the next line (RFC 9112, 5.2), so the ranges wait for
 * the end of the head. What has no room is no range. */
static void keep_range(struct hl_head *head, const char *between,
                       const char *value)
{
    size_t used = strlen(head->ranges);
    size_t room = sizeof(head->ranges) - used;
    int n = snprintf(head->ranges + used, room, "%s%s", between, value);
    if (n < 0 || (size_t)n >= room)
        memcpy(head->ranges, "?", sizeof("?"));
}

static void parse_ranges(struct hl_head *head)
{
    char *save;
    for (char *value = strtok_r(head->ranges, "\n", &save); value != NULL;
         value = strtok_r(NULL, "\n", &save))
        add_range(head, skip_blanks(value));
}

/* Only a strong one proves that a part goes on; a weak one may still tell that
 * nothing has changed. Two that differ prove nothing. */
static void on_etag(struct hl_head *head, const char *value)
{
    size_t length = strlen(value);
    bool differs = head->has_etag && strcmp(value, head->etag_any) != 0;
    head->has_etag = true;
    head->etag_weak = strncmp(value, "W/", 2) == 0;
    head->etag_any[0] = '\0';
    const char *quoted = value + (head->etag_weak ? 2 : 0);
    if (differs || quoted[0] != '"' || length >= sizeof(head->etag_any) ||
        strchr(quoted + 1, '"') != value + length - 1)
        return;
    memcpy(head->etag_any, value, length + 1);
}

static bool is_word(const char *text, size_t length, const char *word)
{
    return length == strlen(word) && strncasecmp(text, word, length) == 0;
}

/* "identity" is no coding: the length counts. haul asks for none but chunks. */
static void on_transfer_encoding(struct hl_head *head, const char *value)
{
    while (*value != '\0') {
        value += strspn(value, ", \t");
        size_t length = strcspn(value, ", \t");
        bool none = length == 0 || is_word(value, length, "identity");
        head->chunked |= !none;
        head->coded |= !none && !is_word(value, length, "chunked");
        value += length;
    }
}

static void on_content_type(struct hl_head *head, const char *value)
{
    size_t n = strcspn(value, "; \t");
    if (n >= sizeof(head->content_type))
        n = sizeof(head->content_type) - 1;
    for (size_t i = 0; i < n; i++)
        head->content_type[i] = (char)tolower((unsigned char)value[i]);
    head->content_type[n] = '\0';
    head->multipart |= strncmp(head->content_type, "multipart/", 10) == 0;
}

static void on_retry_after(struct hl_head *head, const char *value,
                           hl_head_date_fn date)
{
    uint64_t seconds = 0;
    head->retry_at_s =
        hl_parse_digits(value, LENGTH_MAX, &seconds) == NULL ? date(value) : -1;
    head->retry_after_s = seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
}

/* Turns the date in Retry-After into seconds from the server's own Date: the
 * clock of this machine may be a year off. */
static void count_from_date(struct hl_head *head)
{
    int64_t now = head->date_s >= 0 ? head->date_s : (int64_t)time(NULL);
    if (head->retry_at_s < 0)
        return;
    int64_t seconds = head->retry_at_s > now ? head->retry_at_s - now : 0;
    head->retry_after_s = seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
}

static void on_last_modified(struct hl_head *head, const char *value,
                             hl_head_date_fn date)
{
    size_t length = strlen(value);
    head->last_modified_s =
        length < sizeof(head->last_modified) ? date(value) : -1;
    head->last_modified[0] = '\0';
    if (head->last_modified_s >= 0)
        memcpy(head->last_modified, value, length + 1);
}

static void on_content_encoding(struct hl_head *head, const char *value)
{
    size_t used = strlen(head->coding);
    size_t room = sizeof(head->coding) - used;
    if (value[0] == '\0' || strcasecmp(value, "identity") == 0)
        return;
    head->encoded = true;
    int n = snprintf(head->coding + used, room, "%s%s", used > 0 ? ", " : "",
                     value);
    if (n < 0 || (size_t)n >= room)
        memcpy(head->coding, "?", sizeof("?"));
}

/* Headers that say something to haul. */
#define HEADERS(X)                            \
    X(CONTENT_LENGTH, "content-length")       \
    X(TRANSFER_ENCODING, "transfer-encoding") \
    X(CONTENT_RANGE, "content-range")         \
    X(ETAG, "etag")                           \
    X(LAST_MODIFIED, "last-modified")         \
    X(DATE, "date")                           \
    X(CONTENT_TYPE, "content-type")           \
    X(CONTENT_ENCODING, "content-encoding")   \
    X(SET_COOKIE, "set-cookie")               \
    X(RETRY_AFTER, "retry-after")

enum header {
    OTHER,
#define X(id, name) id,
    HEADERS(X)
#undef X
};

/* Length and first letter tell nearly all of them apart. */
static enum header header_of(const char *name, size_t length)
{
    int first = length > 0 ? name[0] | 0x20 : '\0';
#define X(id, text)                                         \
    if (length == sizeof(text) - 1 && first == (text)[0] && \
        strncasecmp(name, text, length) == 0)               \
        return id;
    HEADERS(X)
#undef X
    return OTHER;
}

static void on_header(struct hl_head *head, enum header header,
                      const char *value, hl_head_date_fn date)
{
    switch (header) {
    case CONTENT_LENGTH:
        on_content_length(head, value);
        break;
    case TRANSFER_ENCODING:
        on_transfer_encoding(head, value);
        break;
    case CONTENT_RANGE:
        keep_range(head, "\n", value);
        break;
    case ETAG:
        on_etag(head, value);
        break;
    case LAST_MODIFIED:
        on_last_modified(head, value, date);
        break;
    case DATE:
        head->date_s = date(value);
        break;
    case CONTENT_TYPE:
        on_content_type(head, value);
        break;
    case CONTENT_ENCODING:
        on_content_encoding(head, value);
        break;
    case SET_COOKIE:
        head->sets_cookies = true;
        break;
    case RETRY_AFTER:
        on_retry_after(head, value, date);
        break;
    case OTHER:
        break;
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* False when the line is too long to matter, or has a byte that must not come
 * back in a request. */
static bool copy_line(char out[VALUE_MAX], const char *line, size_t size)
{
    if (size >= VALUE_MAX)
        return false;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)line[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    memcpy(out, line, size);
    out[size] = '\0';
    return true;
}

static size_t trimmed(const char *line, size_t size)
{
    while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r' ||
                        is_blank(line[size - 1])))
        size--;
    return size;
}

static void on_unknown_coding(struct hl_head *head)
{
    head->encoded = true;
    memcpy(head->coding, "?", sizeof("?"));
}

/* A value that is too long, or has control characters. libcurl reads the length
 * of the body from it all the same. */
static void on_unreadable(struct hl_head *head, enum header header)
{
    head->bad_length |= header == CONTENT_LENGTH;
    head->has_length &= !head->bad_length;
    head->odd_framing |= header == TRANSFER_ENCODING;
    if (header == CONTENT_ENCODING)
        on_unknown_coding(head);
}

/* "NAME: VALUE". Most names are of no interest, so that they come first. */
static void on_header_line(struct hl_head *head, const char *line, size_t size,
                           hl_head_date_fn date)
{
    char text[VALUE_MAX];
    size = trimmed(line, size);
    const char *colon = memchr(line, ':', size);
    head->last = OTHER;
    if (colon == NULL)
        return;
    size_t length = (size_t)(colon - line);
    size_t value = length + 1;
    while (length > 0 && is_blank(line[length - 1]))
        length--;
    while (value < size && is_blank(line[value]))
        value++;
    enum header header = header_of(line, length);
    head->last = (unsigned char)header;
    /* libcurl does not know it by such a name. */
    head->odd_framing |= header == TRANSFER_ENCODING && line[length] != ':';
    if (header == OTHER)
        return;
    if (copy_line(text, line, size))
        on_header(head, header, text + value, date);
    else
        on_unreadable(head, header);
}

/* The value of the header before goes on. libcurl does not see that. */
static void on_folded_line(struct hl_head *head, const char *line, size_t size)
{
    char text[VALUE_MAX];
    size = trimmed(line, size);
    switch ((enum header)head->last) {
    case CONTENT_LENGTH:
    case TRANSFER_ENCODING:
        head->odd_framing |= size > 0;
        break;
    case CONTENT_RANGE:
        keep_range(head, " ", copy_line(text, line, size) ? text : "?");
        break;
    case ETAG:
        head->etag_any[0] = '\0';
        break;
    case CONTENT_ENCODING:
        on_unknown_coding(head);
        break;
    default:
        break;
    }
}

/* To libcurl a line that begins with a line break ends the head, whatever
 * follows: what is its body must not be a header here. */
static bool is_empty(const char *line, size_t size)
{
    return size == 0 || line[0] == '\n' || line[0] == '\r';
}

int hl_head_line(struct hl_head *head, const char *line, size_t size,
                 hl_head_date_fn date)
{
    head->bytes += size;
    if (head->bytes > HEAD_MAX || ++head->lines > LINES_MAX)
        return UV_E2BIG;
    /* Lines after the empty one are trailers: they change nothing. Only an
     * interim answer has another after it. */
    if (head->complete && head->status >= 200)
        return 0;
    if (head->complete)
        begin_anew(head);
    bool first = !head->begun;
    head->first_is_next = first;
    head->begun = true;
    if (first) {
        on_status_line(head, line, size);
    } else if (is_empty(line, size)) {
        head->complete = true;
        parse_ranges(head);
        count_from_date(head);
    } else if (is_blank(line[0])) {
        on_folded_line(head, line, size);
    } else {
        on_header_line(head, line, size, date);
    }
    return 0;
}

uint64_t hl_head_total(const struct hl_head *head)
{
    if ((head->status == 416 && head->range_unsatisfied) ||
        (head->status == 206 && head->has_range))
        return head->range_total;
    /* A 206 without a Content-Range is as long as its own piece. */
    if (head->status == 206 || head->chunked || !head->has_length)
        return UINT64_MAX;
    return head->length;
}

const char *hl_head_etag(const struct hl_head *head)
{
    return head->etag_weak ? "" : head->etag_any;
}

bool hl_head_date_is_strong(const struct hl_head *head)
{
    return head->last_modified_s >= 0 && head->date_s >= 0 &&
           head->date_s > head->last_modified_s;
}
