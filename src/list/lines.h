/*
 * The lines of an input that comes in pieces of any size. The buffer holds
 * one record at most, so that memory depends on the longest alone.
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
    HL_LINES_LATER, /* none now: poll input.fd for reading */
    HL_LINES_END,
    HL_LINES_FULL,  /* what is unread is longer than a record may be */
    HL_LINES_BROKEN /* input.error says why */
};

/* Owned by its list. All zero is fit for hl_lines_open(). */
struct hl_lines {
    struct hl_input input;
    char *buffer; /* of size + 1 bytes: the last line may need a NUL */
    size_t size;
    size_t begin; /* of what is unread */
    size_t end;
    size_t scanned; /* from begin: no line ends in there */
    uint64_t line;  /* number of the last line taken, from 1 */
    bool begun;     /* a byte order mark would have been skipped */
    bool skipping;  /* in the rest of a line that is too long */
    size_t skipped; /* bytes of that line so far */
};

/* Without its line break, ended by a NUL. Valid until the next call. */
struct hl_line {
    char *text;
    size_t length;
    const char *bad; /* why it cannot be used, static; or NULL */
};

/* As hl_input_open(). */
int hl_lines_open(struct hl_lines *lines, const char *path);
/* Also where hl_lines_open() failed. */
void hl_lines_release(struct hl_lines *lines);
/* Skips a byte order mark. To be called before all below, until it returns
 * HL_LINES_OK. Returns but that, HL_LINES_LATER and HL_LINES_BROKEN. */
enum hl_lines_event hl_lines_begin(struct hl_lines *lines);
/* More bytes behind end. max: how long a record may be; once more than that
 * is unread, none is read. */
enum hl_lines_event hl_lines_fill(struct hl_lines *lines, size_t max);
/* Takes the next line. A line that is too long, or that has a NUL byte, is
 * taken too, as a bad one. Returns no HL_LINES_FULL; HL_LINES_BROKEN for a line
 * longer than HL_LINE_END. */
enum hl_lines_event hl_lines_next(struct hl_lines *lines, size_t max,
                                  struct hl_line *out);
/* Where the line that begins offset bytes behind begin ends, seen from begin
 * too, at its line break or the end of the input. Takes nothing. */
enum hl_lines_event hl_lines_peek(struct hl_lines *lines, size_t offset,
                                  size_t *end);

#endif
