/*
 * The file of a timeline: Chrome's trace events as JSON. An event is begun,
 * gets its name and perhaps args, and is ended; other than args, what is added
 * must need no escaping. There are dozens of events a downloaded file, so
 * events are put together from few and large pieces.
 */
#ifndef HL_TRACE_TIMELINE_JSON_H
#define HL_TRACE_TIMELINE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "trace/trace.h"
#include "util/buf.h"

enum {
    HL_JSON_LOOP = 1, /* the loop's lane; a worker's is 1 + its number */
    HL_JSON_PIECE_SIZE = 112,
};

/* A piece of JSON that is made once. */
struct hl_json_piece {
    char text[HL_JSON_PIECE_SIZE];
    size_t size;
};

/* Embedded by its owner; one thread at a time. */
struct hl_trace_json {
    FILE *file;
    char *data; /* not in the file yet; has room for one more event */
    size_t used;
    struct hl_buf escaped; /* of the text that is added */
    uint64_t bytes;        /* of the file, without data */
    int error;             /* of the first write, or the close, that failed */
    uint64_t last_ns;      /* the latest end of an event */
    struct hl_json_piece kinds[HL_EV_COUNT];     /* cat and name */
    struct hl_json_piece callbacks[HL_CB_COUNT]; /* up to the event's end */
};

/* Literals: the compiler knows their sizes. */
#define HL_JSON_PUT(json, literal) \
    hl_json_put(json, literal, sizeof(literal) - 1)

static inline void hl_json_put(struct hl_trace_json *json, const char *text,
                               size_t size)
{
    memcpy(json->data + json->used, text, size);
    json->used += size;
}

/* Makes the file. json is all zero. @return 0 or a libuv code; then there is
 * nothing to close. */
int hl_json_open(struct hl_trace_json *json, const char *path);
/* Writes all, closes the file and frees; bytes and error remain. */
void hl_json_close(struct hl_trace_json *json);
/* To be called after each event: writes data once there is enough of it, so
 * that the next event has room. */
void hl_json_make_room(struct hl_trace_json *json);
__attribute__((format(printf, 2, 3))) void
hl_json_printf(struct hl_trace_json *json, const char *format, ...);
/* Begins an event of this shape ("ph"). ns is since the run's start. */
void hl_json_begin(struct hl_trace_json *json, char shape, uint64_t ns,
                   unsigned lane);
/* The same for a span on a lane. */
void hl_json_begin_span(struct hl_trace_json *json, uint64_t ns,
                        uint64_t length_ns, unsigned lane);
/* Adds category and name of a kind of event. */
void hl_json_kind(struct hl_trace_json *json, unsigned kind);
/* Adds any category and name. */
void hl_json_name(struct hl_trace_json *json, const char *category,
                  const char *name);
/* These add args; *first is true before the first of an event. A NULL name is
 * left out. */
void hl_json_int(struct hl_trace_json *json, bool *first, const char *name,
                 int64_t value);
void hl_json_flag(struct hl_trace_json *json, bool *first, const char *name,
                  bool value);
void hl_json_text(struct hl_trace_json *json, bool *first, const char *name,
                  const char *text);
/* first as it is after the args. */
void hl_json_end(struct hl_trace_json *json, bool first);

#endif
