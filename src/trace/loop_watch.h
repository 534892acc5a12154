/*
 * A watch on a loop: its turns, the time it waits in poll, the callbacks that
 * it runs and how late it is. Everything here is on the loop's thread.
 */
#ifndef HL_TRACE_LOOP_WATCH_H
#define HL_TRACE_LOOP_WATCH_H

#include <stdbool.h>
#include <uv.h>

#include "trace/trace.h"

struct hl_loop_watch;

/* What a session knows of itself. */
struct hl_gauges {
    uint64_t queue; /* URLs taken up that wait */
    uint64_t bytes; /* received so far */
};

struct hl_loop_watch_setup {
    uv_loop_t *loop;
    struct hl_trace *trace; /* gets the events; callbacks are timed by it */
    bool stats;             /* figures are wanted */
    bool lag;               /* and how late the loop is */
    /* Asked for now and then, for the trace's counters; may be NULL. */
    void (*gauges)(void *arg, struct hl_gauges *out);
    void *arg;
};

/* *out is NULL where nobody asks for anything: neither the setup nor who reads
 * the trace. Its handles are unref'd, so that watching a loop does not keep it
 * alive. @return 0 or UV_ENOMEM. */
int hl_loop_watch_open(struct hl_loop_watch **out,
                       const struct hl_loop_watch_setup *setup);
/* Asynchronous: run the loop until closed was called. */
void hl_loop_watch_close(struct hl_loop_watch *watch, void (*closed)(void *),
                         void *arg);
/* What was seen so far; NULL for watch is all zero. */
void hl_loop_watch_stats(const struct hl_loop_watch *watch,
                         struct haul_loop_stats *out);

/* A callback under way, or a part of one, in the frame that it is. */
struct hl_callback_scope {
    struct hl_loop_watch *watch; /* NULL: not timed */
    enum hl_callback id;
    uint64_t begin_ns;
};

struct hl_callback_scope hl_callback_begin(struct hl_loop_watch *watch,
                                           enum hl_callback id);
void hl_callback_end(struct hl_callback_scope *scope);

static inline struct hl_callback_scope hl_callback_enter(const void *trace,
                                                         enum hl_callback id)
{
    const struct hl_trace_head *head = trace;
    if (head == NULL || head->watch == NULL)
        return (struct hl_callback_scope){.watch = NULL};
    return hl_callback_begin(head->watch, id);
}

static inline void hl_callback_leave(struct hl_callback_scope *scope)
{
    if (scope->watch != NULL)
        hl_callback_end(scope);
}

#define HL_TIMED(scope, trace, id)                                            \
    __attribute__((                                                           \
        unused, cleanup(hl_callback_leave))) struct hl_callback_scope scope = \
        hl_callback_enter(trace, id)

/*
 * First line of a function that the loop calls: it is timed from here to its
 * end, by whatever way it is left. Costs a test when nobody watches. The watch
 * must outlive the function.
 */
#define HL_IN_CALLBACK(trace, id) HL_TIMED(callback_scope, trace, id)
/* The same for the rest of a block within one, on the loop's thread. */
#define HL_IN_PART(trace, id) HL_TIMED(part_scope, trace, id)

#endif
