/*
 * The trace: typed events, stamped on one clock, copied into a bounded
 * buffer and formatted by a writer thread. Everything that haul tells about
 * its inner life goes through HL_TRACE(); nothing is evaluated when its
 * category is off. Messages to the user are not trace: they are the command
 * line's.
 *
 * Structure: trace.c takes events in and has them written; text.c and
 * timeline.c are the sinks; loop_watch.c watches a loop's turns and callbacks
 * and lag.c how late it is. hl_trace_open() makes of options what they ask.
 */
#ifndef HL_TRACE_TRACE_H
#define HL_TRACE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <uv.h>

#include "haul/haul.h"
#include "trace/events.h"

enum { HL_EVENT_TEXT_MAX = 1024 };

/* Zero means "has none" for job and worker. */
struct hl_event {
    uint64_t t_ns; /* uv_hrtime(); filled by hl_trace_emit() when 0 */
    uint64_t job;  /* hl_job.id */
    int64_t value;
    int64_t value2;
    const char *text; /* borrowed until the call returns; or NULL */
    uint32_t size;    /* of text; its end is kept where it is too long */
    uint16_t kind;    /* enum hl_event_kind */
    uint16_t worker;  /* lane: 0 the session's loop, else another loop, a
                         thread or a process */
};

/* What an attempt came to: the text of a HL_EV_ATTEMPT. */
struct hl_attempt {
    uint64_t start_ns;
    struct haul_times times; /* as of a reply, and queued */
    uint64_t lookup_us;      /* of queued, what the engine's lookup took */
    uint64_t bytes;
    enum haul_error error;
    bool reused;
};

struct hl_event_info {
    const char *name;
    const char *value_name;
    const char *value2_name;
    uint32_t category; /* one HAUL_TRACE_* bit */
    char shape;
};

struct hl_callback_info {
    const char *kind;
    const char *state;
    const char *name;
};

extern const struct hl_event_info hl_event_table[HL_EV_COUNT];
extern const struct hl_callback_info hl_callback_table[HL_CB_COUNT];

struct hl_trace;

/*
 * A place that events go to, on the writer thread or in a flush, one call at
 * a time, in order of arrival. event->text ends with a NUL. All but event()
 * may be NULL. close() adds to out, where dropped is filled in, what became of
 * the sink's output, up to its last byte.
 */
struct hl_trace_sink {
    const char *name;
    uint32_t mask; /* of HAUL_TRACE_*: what it wants */
    bool no_text;  /* it does not want the events that are for text alone */
    void (*event)(void *state, const struct hl_event *event, uint64_t zero_ns);
    void (*flush)(void *state); /* no more events for a while */
    void (*close)(void *state, struct haul_trace_stats *out);
    void *state;
};

/* What the macros need inline; the rest of struct hl_trace is private. */
struct hl_trace_head {
    uint64_t kinds;              /* a bit for each kind that a sink wants */
    struct hl_loop_watch *watch; /* NULL: nobody times callbacks */
};

/*
 * Starts a writer thread that feeds the sinks, at most HL_TRACE_SINKS; when
 * none wants anything there is no thread and every call is cheap. zero_ns is
 * the clock's zero (uv_hrtime). @return 0 or a libuv code.
 */
enum { HL_TRACE_SINKS = 2 };
int hl_trace_new(struct hl_trace **out, uint64_t zero_ns,
                 const struct hl_trace_sink *sinks, size_t count);
/* Those who transfer in a run, as a timeline shows them. */
struct hl_trace_workers {
    const char *word; /* for one of them: "thread"; static */
    bool block;       /* each waits for one transfer at a time */
    bool on_loop;     /* they run on the session's loop, and have no lane */
};

/* The sinks that the options ask for. @return 0, or a code: also that of the
 * file that cannot be made. */
int hl_trace_open(struct hl_trace **out, const struct haul_options *options,
                  const struct hl_trace_workers *workers, uint64_t zero_ns);
/* Writes out what the buffer holds, ends the thread, closes the sinks. NULL
 * is fine. */
void hl_trace_free(struct hl_trace *trace);
/* As hl_trace_free(). *out says what became of all events; all of it is 0 where
 * trace is NULL. */
void hl_trace_close(struct hl_trace *trace, struct haul_trace_stats *out);
/*
 * What a loop of its own emits by: whole, which outlives it, gets the events,
 * all on this lane, and callbacks are timed by a watch of its own. To be freed
 * before whole. Flushing and figures are for whole alone. @return 0 or
 * UV_ENOMEM.
 */
int hl_trace_lane(struct hl_trace **out, struct hl_trace *whole, uint16_t lane);
/* Returns when the sinks have had all events that were emitted before. Not
 * from a sink. NULL is fine. */
void hl_trace_flush(struct hl_trace *trace);
uint32_t hl_trace_mask(const struct hl_trace *trace);
/* Who times callbacks; NULL: nobody. On the thread that runs them. */
void hl_trace_set_watch(struct hl_trace *trace, struct hl_loop_watch *watch);

/* Any thread. A full buffer drops the event and counts it. */
void hl_trace_emit(struct hl_trace *trace, const struct hl_event *event);
/* The same with a text that ends with a NUL. */
void hl_trace_emit_text(struct hl_trace *trace, struct hl_event *event,
                        const char *text);
/* One attempt, for its URL's track. */
void hl_trace_attempt(struct hl_trace *trace, const struct hl_event *event,
                      const struct hl_attempt *attempt);

/* Text sink: a line an event, "   12.345 ms  loop      turn n=3". */
struct hl_trace_sink hl_trace_text_sink(FILE *stream, uint32_t mask);

/* How a timeline names what it shows. */
struct hl_timeline_setup {
    const char *path;
    uint64_t max_bytes; /* of the file */
    const char *mode_name;
    struct hl_trace_workers workers;
    uint32_t jobs;
    uint32_t mask;
};

/* Timeline sink: Chrome trace-event JSON. @return 0 or a code. */
int hl_trace_timeline_sink(struct hl_trace_sink *out,
                           const struct hl_timeline_setup *setup);

_Static_assert(HL_EV_COUNT <= 64, "a trace has a bit for each kind");

#define HL_TRACE_WANTS(trace, kind_) \
    ((trace) != NULL &&              \
     (((const struct hl_trace_head *)(trace))->kinds >> (kind_)&1) != 0)

/* HL_TRACE(trace, HL_EV_TIMER_SET, .job = id, .value = timeout_ms); */
#define HL_TRACE(trace, kind_, ...)                                            \
    do {                                                                       \
        if (HL_TRACE_WANTS(trace, kind_))                                      \
            hl_trace_emit(trace, &(struct hl_event){.kind = (uint16_t)(kind_), \
                                                    __VA_ARGS__});             \
    } while (0)

/* The same with a text, which is copied. */
#define HL_TRACE_TEXT(trace, kind_, text_, ...)                                \
    do {                                                                       \
        if (HL_TRACE_WANTS(trace, kind_)) {                                    \
            struct hl_event event_ = {.kind = (uint16_t)(kind_), __VA_ARGS__}; \
            hl_trace_emit_text(trace, &event_, text_);                         \
        }                                                                      \
    } while (0)

#endif
