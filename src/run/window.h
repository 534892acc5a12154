/*
 * The transfers that are under way at a time: which, how many at most, and for
 * how long there were as many, or none. When the machine has no
 * more files, ports or memory to give, fewer may run at a time. Where only one
 * may run, it is tried again until idle connections have been closed.
 *
 * Loop thread only. Time is the caller's, in ns.
 */
#ifndef HL_RUN_WINDOW_H
#define HL_RUN_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "schedule/schedule.h"
#include "schedule/task.h"

/* All zero but for slots, most and trace, nothing is in flight. */
struct hl_window {
    struct hl_trace *trace;
    struct hl_task *tasks; /* in flight, the longest first */
    uint32_t in_flight;
    uint32_t most_in_flight; /* so far */
    uint32_t slots;          /* transfers at most, now */
    uint32_t most;           /* that slots may be; lowered where the machine
                                lacks files, ports or memory */
    uint64_t full_since;     /* ns; 0: slots are free */
    uint64_t full_ns;
    uint64_t still_since; /* ns; 0: something is in flight, or nothing was */
    uint64_t still_ns;
    uint64_t lowered_ns; /* when slots last were lowered, or could not be */
    uint64_t lacked_ns;  /* when the only slot last lacked a file or port */
};

/* task begins, and ends. */
void hl_window_add(struct hl_window *window, struct hl_task *task);
void hl_window_remove(struct hl_window *window, struct hl_task *task,
                      uint64_t now);
/* From now on there are so many slots. */
void hl_window_set(struct hl_window *window, uint32_t slots, uint64_t now);
/* An attempt found no file, port or memory: lowers slots to running, the number
 * of transfers that run, and what slots may be at most. Further shortages
 * change nothing until that has had time to help. */
void hl_window_lower(struct hl_window *window, uint32_t running);
/* Notes that an attempt that began at began_ns found no file, port or memory;
 * to be called before hl_window_was_alone(). */
void hl_window_note_shortage(struct hl_window *window, uint64_t began_ns,
                             uint64_t now);
/* Did an attempt that began at began_ns and is over run alone, with all the
 * time there is for a shortage to pass? */
bool hl_window_was_alone(const struct hl_window *window, uint64_t began_ns);
/* Fills in what of the run's figures is known here. */
void hl_window_stats(const struct hl_window *window, struct haul_stats *out);

#endif
