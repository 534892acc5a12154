/*
 * The trace: typed events, stamped on one clock, copied into a bounded ring
 * and formatted by a writer thread. Everything that haul tells about its
 * inner life goes through HL_TRACE(); nothing is evaluated when its category
 * is off. Messages to the user are not trace: they are the command line's.
 */
#ifndef HL_TRACE_TRACE_H
#define HL_TRACE_TRACE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <uv.h>

#include "haul/haul.h"
#include "trace/events.h"

enum { HL_EVENT_TEXT_MAX = 64 };

/* One event, copied by value. Zero means "has none" for job and worker. */
struct hl_event {
    uint64_t t_ns; /* uv_hrtime(); filled by hl_trace_emit() when 0 */
    uint64_t job;  /* hl_job.id */
    int64_t value;
    int64_t value2;
    uint16_t kind;                /* enum hl_event_kind */
    uint16_t worker;              /* lane: 0 the loop, else thread or process */
    char text[HL_EVENT_TEXT_MAX]; /* NUL-terminated, printable */
};

struct hl_event_info {
    const char *name;
    const char *value_name;
    const char *value2_name;
    uint32_t category; /* one HAUL_TRACE_* bit */
    char phase;
};

extern const struct hl_event_info hl_event_table[HL_EV_COUNT];

struct hl_trace;

/* A place that events go to. event() is called on the writer thread, in
 * order of arrival, with the session's start as its clock's zero. */
struct hl_trace_sink {
    const char *name;
    void (*event)(void *state, const struct hl_event *event, uint64_t zero_ns);
    void (*close)(void *state, uint64_t dropped);
    void *state;
};

/* What a HL_TRACE() needs inline; the rest of struct hl_trace is private. */
struct hl_trace_head {
    uint32_t mask;
};

/*
 * Starts a writer thread that feeds sink; with mask 0 there is no thread and
 * every call is cheap. zero_ns is the clock's zero (uv_hrtime).
 * @return 0 or a libuv code.
 */
int hl_trace_new(struct hl_trace **out, uint32_t mask, uint64_t zero_ns,
                 struct hl_trace_sink sink);
/* Writes out what the ring holds, ends the thread, closes the sink. NULL is
 * fine. */
void hl_trace_free(struct hl_trace *trace);
/* Returns when the sink has had all events that were emitted before. Not from
 * a sink. NULL is fine. */
void hl_trace_flush(struct hl_trace *trace);
uint64_t hl_trace_zero(const struct hl_trace *trace);

/* Any thread. A full ring drops the event and counts it. */
void hl_trace_emit(struct hl_trace *trace, const struct hl_event *event);
/* Copies the printable tail of text (the telling end of a URL) into event. */
void hl_event_set_text(struct hl_event *event, const char *text);

/*
 * Shows loop turns and poll waits by unref'd prepare and check handles;
 * nothing when category loop is off. close is asynchronous: run the loop
 * until closed was called.
 */
struct hl_loop_watch;
int hl_loop_watch_open(struct hl_loop_watch **out, uv_loop_t *loop,
                       struct hl_trace *trace);
void hl_loop_watch_close(struct hl_loop_watch *watch, void (*closed)(void *),
                         void *arg);

/* Text sink: a line an event, "   12.345 ms  loop      turn n=3". */
struct hl_trace_sink hl_trace_text_sink(FILE *stream);

#define HL_TRACE_WANTS(trace, kind_)                                     \
    ((trace) != NULL && (((const struct hl_trace_head *)(trace))->mask & \
                         hl_event_table[kind_].category) != 0)

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
            hl_event_set_text(&event_, text_);                                 \
            hl_trace_emit(trace, &event_);                                     \
        }                                                                      \
    } while (0)

#endif
