#include "list/lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 128 * 1024 };

int hl_lines_open(struct hl_lines *lines, const char *path)
{
    int r = hl_input_open(&lines->input, path);
    if (r < 0)
        return r;
    lines->buffer = malloc(FIRST_SIZE + 1);
    lines->size = FIRST_SIZE;
    return lines->buffer != NULL ? 0 : -ENOMEM;
}

void hl_lines_release(struct hl_lines *lines)
{
    hl_input_close(&lines->input);
    free(lines->buffer);
    lines->buffer = NULL;
}

uint64_t hl_lines_left(const struct hl_lines *lines)
{
    const char *at = lines->buffer + lines->begin;
    const char *end = lines->buffer + lines->end;
    uint64_t count = 0;
    if (!hl_input_is_used_up(&lines->input))
        return 0;
    for (const char *next; at < end; at = next + 1) {
        next = memchr(at, '\n', (size_t)(end - at));
        count++;
        if (next == NULL)
            break;
    }
    return count;
}

/* Makes room behind end: moves the unread bytes to the front, or grows the
 * buffer. */
static bool make_room(struct hl_lines *lines)
{
    size_t unread = lines->end - lines->begin;
    if (lines->begin > 0 && unread > 0)
        memmove(lines->buffer, lines->buffer + lines->begin, unread);
    lines->begin = 0;
    lines->end = unread;
    if (unread < lines->size)
        return true;
    char *buffer = realloc(lines->buffer, 2 * lines->size + 1);
    if (buffer == NULL) {
        snprintf(lines->input.error, sizeof(lines->input.error),
                 "out of memory");
        return false;
    }
    lines->buffer = buffer;
    lines->size *= 2;
    return true;
}

static enum hl_lines_event read_more(struct hl_lines *lines)
{
    size_t got;
    if (!make_room(lines))
        return HL_LINES_BROKEN;
    switch (hl_input_read(&lines->input, lines->buffer + lines->end,
                          lines->size - lines->end, &got)) {
    case HL_INPUT_BYTES:
        lines->end += got;
        return HL_LINES_OK;
    case HL_INPUT_LATER:
        return HL_LINES_LATER;
    case HL_INPUT_END:
        return HL_LINES_END;
    case HL_INPUT_BROKEN:
        break;
    }
    return HL_LINES_BROKEN;
}

enum hl_lines_event hl_lines_begin(struct hl_lines *lines)
{
    static const char mark[] = {'\xef', '\xbb', '\xbf'};
    enum hl_lines_event event = HL_LINES_OK;
    while (!lines->begun && event == HL_LINES_OK) {
        size_t known = lines->end < sizeof(mark) ? lines->end : sizeof(mark);
        bool may_be = memcmp(lines->buffer, mark, known) == 0;
        if (may_be && known < sizeof(mark))
            event = read_more(lines);
        else
            lines->begun = true;
        if (may_be && known == sizeof(mark))
            lines->begin = sizeof(mark);
    }
    if (event == HL_LINES_LATER || event == HL_LINES_BROKEN)
        return event;
    lines->begun = true;
    return HL_LINES_OK;
}

enum hl_lines_event hl_lines_fill(struct hl_lines *lines, size_t max)
{
    return lines->end - lines->begin > max ? HL_LINES_FULL : read_more(lines);
}

static const char *objection(const char *text, size_t length, size_t max)
{
    if (length > max)
        return max == HL_LINE_MAX ? "line longer than 64 kB"
                                  : "line longer than 1 MB";
    return memchr(text, '\0', length) != NULL ? "NUL byte in this line" : NULL;
}

/* Skips length bytes of a line that is too long. */
static enum hl_lines_event skip(struct hl_lines *lines, size_t length)
{
    lines->begin += length;
    lines->scanned = 0;
    lines->skipping = true;
    lines->skipped += length;
    if (lines->skipped <= HL_LINE_END)
        return HL_LINES_OK;
    snprintf(lines->input.error, sizeof(lines->input.error),
             "a line longer than 16 MB");
    return HL_LINES_BROKEN;
}

/* Of a line that is too long, nothing is given: how much of it is in the buffer
 * depends on how it came. */
enum hl_lines_event hl_lines_take(struct hl_lines *lines, size_t length,
                                  size_t max, struct hl_line *out)
{
    if (lines->skipped + length > HL_LINE_END)
        return skip(lines, length);
    char *text = lines->buffer + lines->begin;
    bool has_break = lines->begin + length < lines->end;
    lines->begin += length + has_break;
    if (lines->skipping)
        length += max + 1;
    lines->scanned = 0;
    lines->skipping = false;
    lines->skipped = 0;
    lines->line++;
    out->bad = objection(text, length, max);
    if (length > max)
        length = 0;
    if (length > 0 && text[length - 1] == '\r')
        length--;
    text[length] = '\0';
    out->text = text;
    out->length = length;
    return HL_LINES_OK;
}

enum hl_lines_event hl_lines_next(struct hl_lines *lines, size_t max,
                                  struct hl_line *out)
{
    for (;;) {
        size_t unread = lines->end - lines->begin;
        if (lines->scanned < unread) {
            const char *begin = lines->buffer + lines->begin;
            const char *found =
                memchr(begin + lines->scanned, '\n', unread - lines->scanned);
            if (found != NULL)
                return hl_lines_take(lines, (size_t)(found - begin), max, out);
            lines->scanned = unread;
        }
        enum hl_lines_event event = hl_lines_fill(lines, max);
        if (event == HL_LINES_FULL) {
            event = skip(lines, unread);
            if (event != HL_LINES_OK)
                return event;
        } else if (event == HL_LINES_END && (unread > 0 || lines->skipping)) {
            return hl_lines_take(lines, unread, max, out);
        } else if (event != HL_LINES_OK) {
            return event;
        }
    }
}

enum hl_lines_event hl_lines_peek(struct hl_lines *lines, size_t offset,
                                  size_t *end)
{
    for (;;) {
        size_t unread = lines->end - lines->begin;
        const char *begin = lines->buffer + lines->begin;
        const char *found = offset < unread
                                ? memchr(begin + offset, '\n', unread - offset)
                                : NULL;
        *end = found != NULL ? (size_t)(found - begin) : unread;
        if (found != NULL)
            return HL_LINES_OK;
        enum hl_lines_event event = hl_lines_fill(lines, HL_LINE_MAX);
        if (event == HL_LINES_END && offset < unread)
            return HL_LINES_OK;
        if (event != HL_LINES_OK)
            return event;
    }
}
