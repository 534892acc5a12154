/*
 * A watch measures a loop: its turns, the time it waits in poll, the callbacks
 * that it runs, and how late it is. All calls are made on the loop's thread.
 */
#ifndef HL_TRACE_LOOP_WATCH_H
#define HL_TRACE_LOOP_WATCH_H

#include <stdbool.h>
#include <uv.h>

#include "trace/trace.h"

struct hl_loop_watch;

/* Figures of the session that a watch puts into the trace. */
struct hl_gauges {
    uint64_t queue; /* URLs that were taken and wait */
    uint64_t bytes; /* received so far */
};

struct hl_loop_watch_setup {
    uv_loop_t *loop;
    struct hl_trace *trace; /* gets the events */
    bool stats;             /* figures are wanted */
    bool lag;               /* how late the loop is, is wanted */
    /* Called now and then for the trace's counters; may be NULL. */
    void (*gauges)(void *arg, struct hl_gauges *out);
    void *arg;
};

/* *out is NULL where neither the setup nor a sink of the trace wants anything.
 * The handles are unref'd, so that a watch does not keep its loop alive.
 * @return 0 or UV_ENOMEM. */
int hl_loop_watch_open(struct hl_loop_watch **out,
                       const struct hl_loop_watch_setup *setup);
/* Asynchronous: run the loop until closed is called. */
void hl_loop_watch_close(struct hl_loop_watch *watch, void (*closed)(void *),
                         void *arg);
/* Gives the figures so far. Where watch is NULL, all are zero. */
void hl_loop_watch_stats(const struct hl_loop_watch *watch,
                         struct haul_loop_stats *out);

/* A callback, or a part of one, that is running: a variable of its function. */
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
 * To be the first line of a function that the loop calls: the function is timed
 * from here until it returns. Costs a test where there is no watch. The watch
 * must stay until the function has returned.
 */
#define HL_IN_CALLBACK(trace, id) HL_TIMED(callback_scope, trace, id)
/* The same for the rest of a block in such a function. */
#define HL_IN_PART(trace, id) HL_TIMED(part_scope, trace, id)

#endif
