/* What follows from a reply. Pure policy: no clock, no list, no I/O. */
#ifndef HL_POLICY_JUDGE_H
#define HL_POLICY_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "haul/haul.h"
#include "journal/journal.h"
#include "schedule/schedule.h"
#include "schedule/task.h"
#include "transfer/job.h"

/* How lasting the cause of a failure is. */
enum hl_cause {
    HL_CAUSE_PASSING, /* may be gone at the next attempt, or in the next run */
    HL_CAUSE_LOCAL,   /* this machine's: never counted, always taken up again */
    HL_CAUSE_OPTIONS, /* final as long as some options are what they are */
    HL_CAUSE_FINAL,
};

/* http_status counts for HAUL_ERR_HTTP alone. */
enum hl_cause hl_judge_cause(enum haul_error error, long http_status);
/* Has it failed of a cause that is still there under these options, with the
 * defaults filled in? checksum is the digits that its file has to have, or
 * NULL. */
bool hl_judge_is_final(const struct hl_journal_entry *entry,
                       const struct haul_options *options,
                       const char *checksum);

enum hl_next {
    HL_NEXT_DONE,     /* the file is there */
    HL_NEXT_RETRY,    /* another attempt, after hl_judge_delay_ms() */
    HL_NEXT_AGAIN,    /* the same attempt: this one said nothing of the URL */
    HL_NEXT_REDIRECT, /* the same task at reply->location */
    HL_NEXT_RENAME,   /* its name was taken meanwhile */
    HL_NEXT_FAILED,   /* that was it */
    HL_NEXT_LEFT,     /* not this task's fault: the next run takes it up */
};

/* What else is known when a reply comes. */
struct hl_circumstances {
    bool stopping; /* no attempt may follow */
    bool offline;  /* the network is down */
    bool rotated;  /* the host has another address to try */
    bool alone; /* it had all of the machine: only one runs at a time, and has
                   for a while */
};

/* Counts the attempt in the task, where it counts. */
enum hl_next hl_judge(struct hl_task *task, const struct hl_reply *reply,
                      const struct haul_options *options,
                      const struct hl_circumstances *now);

/* What the reply tells of the host. */
enum hl_host_answer hl_judge_host_answer(const struct hl_reply *reply);
/* Could it be the network's fault, and not the server's? */
bool hl_judge_is_silence(const struct hl_reply *reply);
/* Was the server reached? Whoever accepts a connection and then says nothing
 * is there, and so is the network. */
bool hl_judge_is_life(const struct hl_reply *reply);

/* How long the server asked to be left alone; an hour at most. */
uint64_t hl_judge_pause_ms(const struct hl_reply *reply);
/* How long to wait before the next attempt: full jitter over a doubling
 * delay, never less than the server asked for. random is any number. */
uint64_t hl_judge_delay_ms(const struct hl_task *task,
                           const struct hl_reply *reply,
                           const struct haul_options *options, uint64_t random);

#endif
