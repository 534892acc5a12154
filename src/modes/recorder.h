/*
 * Puts parts on record for threads that are not the loop's, which keeps the
 * record: they wait until it has done so.
 */
#ifndef HL_MODES_RECORDER_H
#define HL_MODES_RECORDER_H

#include <uv.h>

#include "modes/mode.h"

/* Embedded in a mode; its fields are the recorder's own. */
struct hl_recorder {
    struct hl_mode_owner *owner; /* borrowed */
    uv_async_t asked; /* unref'd: the work of who asks holds the loop */
    uv_mutex_t lock;
    uv_cond_t recorded;
    struct hl_recorder_ask *asks; /* under lock, as is what is in them */
    void (*closed)(void *arg);
    void *closed_arg;
};

/* On the owner's loop. @return 0 or a libuv code: then nothing is open. */
int hl_recorder_init(struct hl_recorder *recorder, struct hl_mode_owner *owner);
/* owner->part_begun(), from any thread but the loop's, which must be free to
 * turn. @return as that. */
int hl_recorder_put(struct hl_recorder *recorder, struct hl_job *job,
                    const struct hl_part *part);
/* Nobody may ask any more. Asynchronous. */
void hl_recorder_close(struct hl_recorder *recorder, void (*closed)(void *arg),
                       void *arg);

#endif
