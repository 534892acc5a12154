/*
 * Whether the disk is so fast that a loop may store bytes on its own thread.
 * That saves the copy and the thread's wake-ups that another thread costs; but
 * while the disk takes its time, all transfers of the loop wait.
 *
 * A loop learns it from what other threads took to store, and from what it took
 * itself. Time is the caller's, in ns. Plain data, no lock.
 */
#ifndef HL_MODES_DISK_WATCH_H
#define HL_MODES_DISK_WATCH_H

#include <stdbool.h>
#include <stdint.h>

/* Zero: nothing is known yet. */
struct hl_disk_watch {
    uint64_t average_ns;    /* of the last few pieces */
    uint64_t slow_until_ns; /* what is told before then does not count */
    uint64_t wait_ns;       /* until then, from when the disk was slow */
    bool known;             /* to be fast */
};

/* Storing a piece has just taken so long. */
void hl_disk_watch_took(struct hl_disk_watch *watch, uint64_t took_ns,
                        uint64_t now_ns);
/* May the loop's thread store a piece now? False while nothing is known, and
 * after a disk was slow until another thread has found it fast. */
bool hl_disk_watch_is_fast(const struct hl_disk_watch *watch);

#endif
