/*
 * What holds a run back, and what each host took of its time. The holds are a
 * clock that runs while transfers could be made and requests wait all the same;
 * a host that keeps requests waiting is counted by that clock.
 *
 * Loop thread only. Time is the caller's, in ns.
 */
#ifndef HL_SCHEDULE_HOST_FIGURES_H
#define HL_SCHEDULE_HOST_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "haul/debug.h"

/* All zero: nothing has waited. */
struct hl_holds {
    enum haul_held why; /* now */
    uint64_t since_ns;  /* without meaning where why is HAUL_HELD_NOT */
    uint64_t ns[HAUL_HELD_COUNT];
    uint64_t clock_ns; /* all of them */
};

/* From now_ns on, this keeps requests waiting. */
void hl_holds_note(struct hl_holds *holds, enum haul_held why, uint64_t now_ns);
/* For how long requests have been kept waiting. */
uint64_t hl_holds_clock(const struct hl_holds *holds, uint64_t now_ns);

/* The reasons that are a host's come first. */
enum { HL_HOST_HELDS = HAUL_HELD_BY_SILENCE + 1 };

/* What haul_host_stats says of the time so far. All zero: no time. */
struct hl_host_figures {
    struct haul_times spent;
    uint64_t held_ns[HL_HOST_HELDS];
    uint64_t alone_ns;
    uint64_t urls;
    uint64_t attempts;
    uint64_t asked_s;
    uint32_t busy_answers;
    uint16_t busy_status;
};

/* Adds the durations of an attempt to sum. */
void hl_times_add(struct haul_times *sum, const struct haul_times *times);

/* The figures of hosts that are not remembered themselves any more: of those
 * only that took most. All zero: of none. */
enum { HL_HOSTS_KEPT = 16 };
struct hl_kept_host {
    char *origin; /* NULL: unused */
    uint64_t weight;
    struct hl_host_figures figures;
};
struct hl_kept_hosts {
    struct hl_kept_host hosts[HL_HOSTS_KEPT];
};

void hl_kept_release(struct hl_kept_hosts *kept);
/* The host of origin is forgotten. */
void hl_kept_add(struct hl_kept_hosts *kept, const char *origin,
                 const struct hl_host_figures *figures);
/* It is back: *figures gets what was kept of it, if anything was. */
void hl_kept_take(struct hl_kept_hosts *kept, const char *origin,
                  struct hl_host_figures *figures);
/* Fills in what figures say. */
void hl_host_figures_tell(const struct hl_host_figures *figures,
                          struct haul_host_stats *out);

#endif
