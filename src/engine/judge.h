/* What follows from a reply. Pure policy: no clock, no list, no I/O. */
#ifndef HL_ENGINE_JUDGE_H
#define HL_ENGINE_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/task.h"
#include "haul/haul.h"
#include "transfer/job.h"

enum hl_next {
    HL_NEXT_DONE,     /* the file is there */
    HL_NEXT_RETRY,    /* another attempt, after hl_judge_delay_ms() */
    HL_NEXT_REDIRECT, /* the same task at reply->location */
    HL_NEXT_RENAME,   /* its name was taken meanwhile */
    HL_NEXT_FAILED,   /* that was it */
    HL_NEXT_LEFT,     /* not this task's fault: the next run takes it up */
};

/* stopping: no attempt may follow. Counts the attempt in the task. */
enum hl_next hl_judge(struct hl_task *task, const struct hl_reply *reply,
                      const struct haul_options *options, bool stopping);

/* How long to wait before the next attempt: full jitter over a doubling
 * delay, never less than the server asked for. random is any number. */
uint64_t hl_judge_delay_ms(const struct hl_task *task,
                           const struct hl_reply *reply,
                           const struct haul_options *options, uint64_t random);

#endif
