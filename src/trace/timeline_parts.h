/* What the files of the timeline sink share: its state, and the JSON that all
 * events are made of. */
#ifndef HL_TRACE_TIMELINE_PARTS_H
#define HL_TRACE_TIMELINE_PARTS_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "trace/trace.h"
#include "util/buf.h"

enum {
    HL_TIMELINE_LOOP = 1, /* the loop's lane; a worker's is 1 + number */
    HL_TIMELINE_WRITE = 256 * 1024,
    /* What one event may add: a text, escaped, twice, and much else. */
    HL_TIMELINE_EVENT = 32 * 1024,
    HL_TIMELINE_NAME = 112,
};

_Static_assert(HL_TIMELINE_EVENT > 4 * 6 * HL_EVENT_TEXT_MAX,
               "a byte takes up to six, escaped");

struct hl_timeline_track {
    char *name; /* JSON; NULL: not seen yet */
    uint64_t open_ns;
};

/* A piece of JSON that is made once. */
struct hl_timeline_piece {
    char text[HL_TIMELINE_NAME];
    size_t size;
};

/* Owned by the trace that it is a sink of. */
struct hl_timeline {
    FILE *file;
    char *data; /* not in the file yet; has room for one more event */
    size_t used;
    struct hl_buf escaped; /* of the text that is put */
    struct hl_timeline_setup setup;
    struct haul_trace_stats stats;
    struct hl_timeline_track *tracks; /* by job */
    size_t tracks_size;
    size_t open_tracks;
    uint8_t *lanes; /* by worker: it has a name */
    size_t lanes_size;
    uint64_t last_ns;            /* latest end of an event */
    struct hl_event held;        /* a number not told yet; kind 0: none */
    int64_t totals[HL_EV_COUNT]; /* of numbers that are told by their change */
    struct hl_timeline_piece kinds[HL_EV_COUNT];     /* cat and name */
    struct hl_timeline_piece callbacks[HL_CB_COUNT]; /* to the event's end */
};

/* Literals: their size is known where they stand. */
#define HL_TIMELINE_PUT(timeline, literal) \
    hl_timeline_put(timeline, literal, sizeof(literal) - 1)

static inline void hl_timeline_put(struct hl_timeline *t, const char *text,
                                   size_t size)
{
    memcpy(t->data + t->used, text, size);
    t->used += size;
}

/* timeline_json.c: all append to data. */

/* Writes data out once it is long enough; the next event has room then. */
void hl_timeline_make_room(struct hl_timeline *timeline);
void hl_timeline_write(struct hl_timeline *timeline);
/* What every event begins with. */
void hl_timeline_begin(struct hl_timeline *timeline, char shape, uint64_t ns,
                       unsigned lane);
/* The same for a span on a lane. */
void hl_timeline_begin_span(struct hl_timeline *timeline, uint64_t ns,
                            uint64_t length_ns, unsigned lane);
/* Category and name of an event's kind. */
void hl_timeline_kind(struct hl_timeline *timeline, unsigned kind);
/* Neither is escaped. */
void hl_timeline_name(struct hl_timeline *timeline, const char *category,
                      const char *name);
void hl_timeline_digits(struct hl_timeline *timeline, int64_t value);
/* Args; *first is true before the first. A NULL name is left out. */
void hl_timeline_int(struct hl_timeline *timeline, bool *first,
                     const char *name, int64_t value);
void hl_timeline_flag(struct hl_timeline *timeline, bool *first,
                      const char *name, bool value);
void hl_timeline_text(struct hl_timeline *timeline, bool *first,
                      const char *name, const char *text);
void hl_timeline_end(struct hl_timeline *timeline, bool first);
/* Fills kinds and callbacks. */
void hl_timeline_make_pieces(struct hl_timeline *timeline);

/* timeline_tracks.c: what is told of URLs. ns is since the run's start. */

/* A URL waits: the first time, its track opens. */
void hl_timeline_queued(struct hl_timeline *timeline,
                        const struct hl_event *event, uint64_t ns);
void hl_timeline_step(struct hl_timeline *timeline,
                      const struct hl_event *event, uint64_t ns);
void hl_timeline_attempt(struct hl_timeline *timeline,
                         const struct hl_event *event, uint64_t zero_ns);
void hl_timeline_done(struct hl_timeline *timeline,
                      const struct hl_event *event, uint64_t ns);
/* Closes the tracks that are open still. */
void hl_timeline_close_tracks(struct hl_timeline *timeline);

#endif
