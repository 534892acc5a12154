/*
 * The tracks of URLs in a timeline: a URL from its first wait to its result, in
 * there its attempts, and in there their phases.
 */
#ifndef HL_TRACE_TIMELINE_TRACKS_H
#define HL_TRACE_TIMELINE_TRACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/trace.h"

struct hl_trace_json;

/* Those who transfer in a run, as a timeline shows them. */
struct hl_trace_workers {
    const char *word;     /* for one of them: "thread"; static */
    bool block;           /* each waits for one transfer at a time */
    bool on_loop;         /* they run on the session's loop, and have no lane */
    uint32_t with_arrows; /* for the workers up to this one that loop alone
                             receives and stores: arrows on its lane lead from
                             an answer to its file */
};

struct hl_url_track;

/* Embedded by the timeline. Times below are in ns since the run's start. */
struct hl_url_tracks {
    struct hl_trace_json *json; /* borrowed */
    struct hl_trace_workers workers;
    struct hl_url_track *tracks; /* by job */
    size_t size;
    size_t open;     /* tracks that are open */
    uint64_t arrows; /* so far */
};

/* A URL waits: the first time, its track opens. */
void hl_url_tracks_queued(struct hl_url_tracks *tracks,
                          const struct hl_event *event, uint64_t ns);
void hl_url_tracks_step(struct hl_url_tracks *tracks,
                        const struct hl_event *event, uint64_t ns);
/* zero_ns is the run's start by uv_hrtime(). */
void hl_url_tracks_attempt(struct hl_url_tracks *tracks,
                           const struct hl_event *event, uint64_t zero_ns);
void hl_url_tracks_done(struct hl_url_tracks *tracks,
                        const struct hl_event *event, uint64_t ns);
/* Closes the tracks that are still open, and frees. */
void hl_url_tracks_close(struct hl_url_tracks *tracks);

#endif
