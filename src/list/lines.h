/*
 * The lines of an input, which comes in pieces of any size. The buffer grows
 * only for a line that does not fit, so memory depends on the longest line
 * alone.
 */
#ifndef HL_LIST_LINES_H
#define HL_LIST_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "list/input.h"

enum {
    HL_LINE_MAX = 64 * 1024,     /* bytes of a line of plain and aria2 */
    HL_RECORD_MAX = 1024 * 1024, /* of a record of csv, tsv and jsonl */
    /* A longer line ends the list: /dev/zero has no line break at all. */
    HL_LINE_END = 16 * 1024 * 1024,
};

enum hl_lines_event {
    HL_LINES_OK,
    HL_LINES_LATER, /* no line yet: poll input.fd for reading */
    HL_LINES_END,
    HL_LINES_FULL,  /* what is unread is longer than a record may be */
    HL_LINES_BROKEN /* input.error says why */
};

/* Owned by its list. To be all zero before hl_lines_open(). */
struct hl_lines {
    struct hl_input input;
    char *buffer; /* of size + 1 bytes: the last line may need a NUL */
    size_t size;
    size_t begin; /* of the bytes that were not taken yet */
    size_t end;
    size_t scanned; /* bytes from begin on that have no line break */
    uint64_t line;  /* number of the last line taken, from 1 */
    bool begun;     /* a byte order mark would have been skipped */
    bool skipping;  /* in the rest of a line that is too long */
    size_t skipped; /* bytes of that line so far */
};

/* The text has no line break and ends with a NUL. Valid until the next call. */
struct hl_line {
    char *text;
    size_t length;
    const char *bad; /* why the line cannot be used, static; or NULL */
};

/* As hl_input_open(). */
int hl_lines_open(struct hl_lines *lines, const char *path);
/* To be called even where hl_lines_open() failed. */
void hl_lines_release(struct hl_lines *lines);
/* How many lines have been read and not taken, where these are all that the
 * input still has; else 0. */
uint64_t hl_lines_left(const struct hl_lines *lines);
/* Skips a byte order mark. Call it before the functions below, until it returns
 * HL_LINES_OK. Else it returns HL_LINES_LATER or HL_LINES_BROKEN. */
enum hl_lines_event hl_lines_begin(struct hl_lines *lines);
/* Reads more bytes to end. Where more than max bytes wait already, it reads
 * none and returns HL_LINES_FULL. */
enum hl_lines_event hl_lines_fill(struct hl_lines *lines, size_t max);
/* Takes the next line. A line that is longer than max, or has a NUL byte, is
 * taken as a bad one. Never returns HL_LINES_FULL; a line longer than
 * HL_LINE_END is HL_LINES_BROKEN. */
enum hl_lines_event hl_lines_next(struct hl_lines *lines, size_t max,
                                  struct hl_line *out);
/* Takes length bytes as a line, and the line break behind them if there is one.
 * @return HL_LINES_OK; HL_LINES_BROKEN where skipped bytes and these are more
 * than HL_LINE_END. */
enum hl_lines_event hl_lines_take(struct hl_lines *lines, size_t length,
                                  size_t max, struct hl_line *out);
/* Finds the end of the line that begins offset bytes behind begin: *end is the
 * offset of its line break, or of the end of the input. Takes nothing. */
enum hl_lines_event hl_lines_peek(struct hl_lines *lines, size_t offset,
                                  size_t *end);

#endif
