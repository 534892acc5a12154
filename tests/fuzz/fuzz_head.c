/*
 * Heads of a hostile server: the bytes are cut into lines, as libcurl hands
 * them over, and what was read of them holds together.
 */
#include <curl/curl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "transfer/head.h"
#include "util/date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
    if (!holds)
        abort();
}

/* Both ways to read a date; where both can, they agree. */
static int64_t date(const char *text)
{
    int64_t own = hl_date_parse(text);
    int64_t other = (int64_t)curl_getdate(text, NULL);
    require(own < 0 || other < 0 || own == other);
    return own >= 0 ? own : other;
}

/* What goes back to the server in a request. */
static void check_echoed(const char *text, size_t size)
{
    require(memchr(text, '\0', size) != NULL);
    for (; *text != '\0'; text++)
        require((unsigned char)*text >= 0x20 || *text == '\t');
}

static void check(const struct hl_head *head)
{
    require(head->status >= 0 && head->status <= 999);
    require(!head->has_length || head->length <= INT64_MAX);
    require(!(head->has_range && head->range_unsatisfied));
    if (head->has_range)
        require(head->range_start <= head->range_end &&
                head->range_end < INT64_MAX + UINT64_C(1) &&
                head->range_total > head->range_end);
    const char *etag = hl_head_etag(head);
    require(etag[0] == '\0' ||
            (etag[0] == '"' && etag[strlen(etag) - 1] == '"'));
    require((head->last_modified[0] != '\0') == (head->last_modified_s >= 0));
    check_echoed(head->etag_any, sizeof(head->etag_any));
    check_echoed(head->last_modified, sizeof(head->last_modified));
    check_echoed(head->content_type, sizeof(head->content_type));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hl_head head;
    hl_head_init(&head);
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t length = end != NULL ? (size_t)(end - data) - at + 1 : size - at;
        /* Of the line's own size, so that a read past its end shows. */
        char *line = malloc(length);
        if (line == NULL)
            return 0;
        memcpy(line, data + at, length);
        int r = hl_head_line(&head, line, length, date);
        free(line);
        require(r == 0 || r == UV_E2BIG);
        check(&head);
        if (r < 0)
            break;
        at += length;
    }
    return 0;
}
