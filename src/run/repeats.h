/*
 * URLs that the list has more than once: fetched once, and linked to each name.
 * Lines whose URL has not come to its end yet wait on disk for a last pass,
 * after all other requests. Loop thread only.
 */
#ifndef HL_RUN_REPEATS_H
#define HL_RUN_REPEATS_H

#include <stdbool.h>
#include <stdint.h>

#include "haul/haul.h"
#include "journal/key.h"
#include "policy/name.h"
#include "run/results.h"
#include "schedule/spill.h"
#include "schedule/task.h"
#include "transfer/shared.h"

/* Zero but for what is borrowed, no line waits. */
struct hl_repeats {
    struct hl_journal *journal;
    const struct hl_shared *shared; /* directory, options and token */
    struct hl_spill *spill;
    /* Something could not be recorded: the run must end. */
    void (*failed)(void *arg, int code);
    void *arg;
    struct hl_chain waiting;      /* in the spill */
    struct hl_buf record;         /* of one of them */
    char message[HL_MESSAGE_MAX]; /* of the last result */
};

void hl_repeats_release(struct hl_repeats *repeats);
/* Fills in what a repeated line comes to, when its URL is done or has failed:
 * links the file to name, which is what the line asks for; or where another URL
 * or file has that name, to NAME-HASH; name becomes the file's. is_over: as for
 * hl_decide_repeat(). taken: another URL has the name. result->message is valid
 * until the next call. Blocks the loop's thread on the disk: stat, hash, link
 * or copy of the file. @return false: the URL has not come to its end; then
 * *result is undefined, but for result->dup_of. */
bool hl_repeats_end(struct hl_repeats *repeats, const struct hl_key *key,
                    bool is_over, bool taken, char name[HL_NAME_SIZE],
                    struct haul_result *result);
/* Keeps task for the last pass, and frees it. @return 0, or a libuv code; then
 * task is still the caller's. */
int hl_repeats_add(struct hl_repeats *repeats, struct hl_task *task);
/* How many lines wait. */
uint64_t hl_repeats_count(const struct hl_repeats *repeats);
/* Takes one of them out, in *task, and ends it in *result. Its URL may have
 * come to no end: then the line is left, or skipped. @return 0, or a libuv
 * code: none of them can be read. */
int hl_repeats_pop(struct hl_repeats *repeats, struct hl_task **task,
                   struct haul_result *result);

#endif
