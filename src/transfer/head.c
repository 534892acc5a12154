#include "transfer/head.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <uv.h>

enum { HEAD_MAX = 256 * 1024, VALUE_MAX = 1024 };

void hl_head_init(struct hl_head *head)
{
    *head = (struct hl_head){.last_modified_s = -1, .date_s = -1};
}

/* Digits only: strtoull() would take signs and spaces. */
static const char *read_number(const char *text, uint64_t *out)
{
    uint64_t n = 0;
    const char *p = text;
    for (; isdigit((unsigned char)*p); p++) {
        uint64_t digit = (uint64_t)(*p - '0');
        if (n > (UINT64_MAX - digit) / 10)
            return NULL;
        n = n * 10 + digit;
    }
    if (p == text)
        return NULL;
    *out = n;
    return p;
}

static void on_status_line(struct hl_head *head, const char *line)
{
    size_t bytes = head->bytes;
    hl_head_init(head);
    head->bytes = bytes;
    const char *space = strchr(line, ' ');
    head->status = space != NULL ? strtol(space, NULL, 10) : 0;
}

static void on_content_length(struct hl_head *head, const char *value)
{
    head->has_length = read_number(value, &head->length) != NULL;
}

/* "bytes 5-9/10", "bytes 5-9" + "/" + "*", or "bytes *" + "/10". */
static void on_content_range(struct hl_head *head, const char *value)
{
    if (strncasecmp(value, "bytes", 5) != 0)
        return;
    const char *p = value + 5;
    while (*p == ' ' || *p == '=')
        p++;
    if (p[0] == '*' && p[1] == '/') {
        head->range_unsatisfied =
            read_number(p + 2, &head->range_total) != NULL;
        return;
    }
    p = read_number(p, &head->range_start);
    if (p == NULL || *p != '-')
        return;
    p = read_number(p + 1, &head->range_end);
    if (p == NULL || *p != '/' || head->range_end < head->range_start)
        return;
    head->range_total = UINT64_MAX;
    head->has_range = strcmp(p + 1, "*") == 0 ||
                      (read_number(p + 1, &head->range_total) != NULL &&
                       head->range_total > head->range_end);
}

static void on_etag(struct hl_head *head, const char *value)
{
    size_t length = strlen(value);
    head->etag_weak = strncmp(value, "W/", 2) == 0;
    head->etag[0] = '\0';
    if (!head->etag_weak && length >= 2 && length < sizeof(head->etag) &&
        value[0] == '"' && value[length - 1] == '"')
        memcpy(head->etag, value, length + 1);
}

static void on_content_type(struct hl_head *head, const char *value)
{
    size_t n = strcspn(value, "; \t");
    if (n >= sizeof(head->content_type))
        n = sizeof(head->content_type) - 1;
    for (size_t i = 0; i < n; i++)
        head->content_type[i] = (char)tolower((unsigned char)value[i]);
    head->content_type[n] = '\0';
}

static void on_retry_after(struct hl_head *head, const char *value,
                           hl_head_date_fn date)
{
    uint64_t seconds = 0;
    if (read_number(value, &seconds) == NULL) {
        int64_t at = date(value);
        int64_t now = (int64_t)time(NULL);
        seconds = at > now ? (uint64_t)(at - now) : 0;
    }
    head->retry_after_s = seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
}

static void on_last_modified(struct hl_head *head, const char *value,
                             hl_head_date_fn date)
{
    size_t length = strlen(value);
    if (length >= sizeof(head->last_modified))
        return;
    memcpy(head->last_modified, value, length + 1);
    head->last_modified_s = date(value);
}

static void on_header(struct hl_head *head, const char *name, const char *value,
                      hl_head_date_fn date)
{
    if (strcasecmp(name, "content-length") == 0)
        on_content_length(head, value);
    else if (strcasecmp(name, "content-range") == 0)
        on_content_range(head, value);
    else if (strcasecmp(name, "etag") == 0)
        on_etag(head, value);
    else if (strcasecmp(name, "last-modified") == 0)
        on_last_modified(head, value, date);
    else if (strcasecmp(name, "date") == 0)
        head->date_s = date(value);
    else if (strcasecmp(name, "content-type") == 0)
        on_content_type(head, value);
    else if (strcasecmp(name, "content-encoding") == 0)
        head->encoded = strcasecmp(value, "identity") != 0;
    else if (strcasecmp(name, "retry-after") == 0)
        on_retry_after(head, value, date);
}

/* Copies a line without its end; false when it is too long to matter. */
static bool copy_line(char out[VALUE_MAX], const char *line, size_t size)
{
    while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r' ||
                        line[size - 1] == ' ' || line[size - 1] == '\t'))
        size--;
    if (size >= VALUE_MAX || memchr(line, '\0', size) != NULL)
        return false;
    memcpy(out, line, size);
    out[size] = '\0';
    return true;
}

int hl_head_line(struct hl_head *head, const char *line, size_t size,
                 hl_head_date_fn date)
{
    char text[VALUE_MAX];
    head->bytes += size;
    if (head->bytes > HEAD_MAX)
        return UV_E2BIG;
    if (!copy_line(text, line, size))
        return 0;
    if (strncmp(text, "HTTP/", 5) == 0) {
        on_status_line(head, text);
        return 0;
    }
    /* Lines after the empty one are trailers: they change nothing. */
    if (head->complete)
        return 0;
    if (text[0] == '\0') {
        head->complete = true;
        return 0;
    }
    char *colon = strchr(text, ':');
    if (colon == NULL)
        return 0;
    *colon = '\0';
    const char *value = colon + 1;
    while (*value == ' ' || *value == '\t')
        value++;
    on_header(head, text, value, date);
    return 0;
}

bool hl_head_date_is_strong(const struct hl_head *head)
{
    return head->last_modified_s >= 0 && head->date_s >= 0 &&
           head->date_s > head->last_modified_s;
}
