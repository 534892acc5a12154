/*
 * Puts parts on record for other threads: a thread that has begun a part waits
 * here until the loop's thread, which keeps the record, has called
 * part_begun().
 */
#ifndef HL_MODES_PART_RECORDER_H
#define HL_MODES_PART_RECORDER_H

#include <uv.h>

#include "modes/mode.h"

/* Embedded in a mode, which does not touch its fields. */
struct hl_part_recorder {
    struct hl_mode_owner *owner; /* borrowed */
    uv_async_t asked; /* unref'd: the job of the thread that asks holds the
                         loop */
    uv_mutex_t lock;
    struct hl_part_recorder_ask *asks; /* a list, under lock */
    void (*closed)(void *arg);
    void *closed_arg;
};

/* On the thread of owner->loop. @return 0, or a libuv code: then nothing is
 * open. */
int hl_part_recorder_init(struct hl_part_recorder *recorder,
                          struct hl_mode_owner *owner);
/* Calls owner->part_begun() on the loop's thread, waits for it and returns its
 * code. On any other thread; the loop must be running. */
int hl_part_recorder_put(struct hl_part_recorder *recorder, struct hl_job *job,
                         const struct hl_part *part);
/* No thread may ask any more. Asynchronous: ends with closed(). */
void hl_part_recorder_close(struct hl_part_recorder *recorder,
                            void (*closed)(void *arg), void *arg);

#endif
