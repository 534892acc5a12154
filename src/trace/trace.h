/*
 * The trace: typed events, stamped on one clock, copied into a bounded
 * buffer and formatted by a writer thread. Everything that haul shows of its
 * inner life goes through HL_TRACE(), which evaluates nothing when nobody wants
 * the event. Messages to the user are not trace: the command line writes them.
 *
 * Structure: trace.c takes events in and hands them to the sinks, which are
 * text_output.c and timeline.c; open_trace.c makes a trace as a run's options
 * ask for it. loop_watch.c watches a loop's turns and callbacks, and lag.c how
 * late the loop is.
 */
#ifndef HL_TRACE_TRACE_H
#define HL_TRACE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "haul/debug.h"
#include "trace/events.h"

enum { HL_EVENT_TEXT_MAX = 1024 };

struct hl_event {
    uint64_t t_ns; /* uv_hrtime(); hl_trace_emit() fills it in where it is 0 */
    uint64_t job;  /* hl_job.id; 0: the event is of no job */
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
    uint64_t start_ns; /* when it was given to a worker; the event's t_ns is
                          its end */
    struct haul_times times;
    uint64_t ready_first_us; /* the part of ready that was before an answer */
    uint64_t ready_pool_us;  /* the part of it in the line of the pool, after
                                the answer */
    uint64_t ready_last_us;  /* the part of it that was after all else */
    uint64_t work_cpu_us;    /* the processor time of work */
    uint64_t file_pool_us;   /* the part of file in the line of the pool */
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
 * A sink: where events go to. It is called on the writer thread or in a flush,
 * one call at a time, with the events in the order of their arrival.
 * event->text ends with a NUL. All calls but event() may be NULL. close()
 * writes the rest, and fills in what became of the output; out->dropped is
 * filled in already.
 */
struct hl_trace_sink {
    const char *name;
    uint32_t mask; /* of HAUL_TRACE_*: what it wants */
    bool no_text;  /* it leaves out the events that are for text alone */
    void (*event)(void *state, const struct hl_event *event, uint64_t zero_ns);
    void (*flush)(void *state); /* no more events come for a while */
    void (*close)(void *state, struct haul_trace_stats *out);
    void *state;
};

/* The beginning of struct hl_trace, which the macros read; the rest is
 * private. */
struct hl_trace_head {
    uint64_t kinds;              /* a bit for each kind that a sink wants */
    struct hl_loop_watch *watch; /* NULL: nobody times callbacks */
};

enum { HL_TRACE_SINKS = 2 };
/*
 * Starts a writer thread that feeds the sinks, at most HL_TRACE_SINKS. Where no
 * sink wants anything, there is no thread and every call is cheap. zero_ns is
 * the time that sinks show as 0, by uv_hrtime(). @return 0 or a libuv code; the
 * sinks are then still the caller's.
 */
int hl_trace_new(struct hl_trace **out, uint64_t zero_ns,
                 const struct hl_trace_sink *sinks, size_t count);
/* Writes the events that are in the buffer, ends the thread, closes the sinks
 * and frees. NULL is fine. *out says what became of all events, and is all 0
 * where trace is NULL; out may be NULL. */
void hl_trace_close(struct hl_trace *trace, struct haul_trace_stats *out);
/*
 * Makes a trace for a further loop. It puts its events on this lane and hands
 * them to whole, but it has its own watch for callbacks. Free it before whole.
 * Only whole can be flushed or closed for its figures. @return 0 or UV_ENOMEM.
 */
int hl_trace_lane(struct hl_trace **out, struct hl_trace *whole, uint16_t lane);
/* Returns once the sinks have got all events that were emitted before. Must not
 * be called from a sink. NULL is fine. */
void hl_trace_flush(struct hl_trace *trace);
/* The categories that the sinks want; NULL: none. */
uint32_t hl_trace_mask(const struct hl_trace *trace);
/* The word for a category: one HAUL_TRACE_* bit. */
const char *hl_trace_category_word(uint32_t category);
/* Sets the watch that times callbacks; NULL: none does. To be called on the
 * thread that runs the callbacks. */
void hl_trace_set_watch(struct hl_trace *trace, struct hl_loop_watch *watch);

/* Any thread. Where the buffer is full, the event is dropped and counted. */
void hl_trace_emit(struct hl_trace *trace, const struct hl_event *event);
/* The same with a text that ends with a NUL. */
void hl_trace_emit_text(struct hl_trace *trace, struct hl_event *event,
                        const char *text);
/* Emits a HL_EV_ATTEMPT, for the track of its URL. */
void hl_trace_attempt(struct hl_trace *trace, const struct hl_event *event,
                      const struct hl_attempt *attempt);

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
