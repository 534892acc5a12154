/* What the files of the timeline sink share: its state, and the JSON that all
 * events are made of. */
#ifndef HL_TRACE_TIMELINE_PARTS_H
#define HL_TRACE_TIMELINE_PARTS_H

#include <stdbool.h>
#include <stdio.h>

#include "trace/trace.h"
#include "util/buf.h"

enum { HL_TIMELINE_LOOP = 1 }; /* the loop's lane; a worker's is 1 + number */

struct hl_timeline_track {
    char *name; /* JSON; NULL: not seen yet */
    uint64_t open_ns;
};

/* Owned by the trace that it is a sink of. */
struct hl_timeline {
    FILE *file;
    struct hl_buf buf; /* not in the file yet */
    struct hl_timeline_setup setup;
    struct haul_trace_stats stats;
    struct hl_timeline_track *tracks; /* by job */
    size_t tracks_size;
    size_t open_tracks;
    uint8_t *lanes; /* by worker: it has a name */
    size_t lanes_size;
    uint64_t last_ns;            /* latest end of an event */
    int64_t totals[HL_EV_COUNT]; /* of numbers that are told by their change */
};

/* timeline_json.c: all append to buf, "}" and all but the last arg excepted. */

/* What every event begins with. */
void hl_timeline_begin(struct hl_timeline *timeline, char shape, uint64_t ns,
                       unsigned lane);
/* The same for a span on a lane. */
void hl_timeline_begin_span(struct hl_timeline *timeline, uint64_t ns,
                            uint64_t length_ns, unsigned lane);
/* category may be NULL. Neither is escaped. */
void hl_timeline_name(struct hl_timeline *timeline, const char *category,
                      const char *name);
/* Args; *first is true before the first. A NULL name is left out. */
void hl_timeline_int(struct hl_timeline *timeline, bool *first,
                     const char *name, int64_t value);
void hl_timeline_flag(struct hl_timeline *timeline, bool *first,
                      const char *name, bool value);
void hl_timeline_text(struct hl_timeline *timeline, bool *first,
                      const char *name, const char *text);
void hl_timeline_end(struct hl_timeline *timeline, bool first);

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
