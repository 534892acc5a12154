/*
 * How many transfers should be in flight, where nobody has set a number: as
 * many as goodput grows with. Goodput is what the run is there for, bytes and
 * files a second: a file counts as its bytes and a fixed number of bytes more,
 * so that small files count by their number and large ones by their size.
 *
 * Pure: the owner brings figures of the run at intervals of a few ms, with the
 * time, and gets a number of slots.
 *
 * Structure: the figures are cut into windows, in each of which every slot has
 * brought about one file, or enough time has passed for bytes to be counted. A
 * window in which slots stood free for long tells nothing: something else
 * holds the run back.
 *
 *   start   the slots double from window to window while goodput grows. Then
 *           the knee is known: the best goodput of all, divided by the best
 *           goodput of one transfer (so also BBR finds what is in flight in a
 *           path that is full, but not queueing).
 *   hold    the slots stay, and goodput is averaged. Now and then some more
 *           are tried, or some fewer, in turn; the less often, the longer that
 *           has changed nothing. Where goodput changes by much although the
 *           slots have not, other files are fetched now, or the path is
 *           another: it begins anew from these slots.
 *   probe   transfers from before the change have to end first, then goodput is
 *           compared. More slots must bring something to stay, fewer may cost
 *           next to nothing: where latency alone has grown, the slots fall.
 *
 * Errors that tell of a server with too much to do, more than come by chance,
 * lower the slots at once, and for a while they stay below the number that
 * brought the errors (the ceiling). A host that refuses is also let have fewer
 * by schedule/host.h, and then more and more until it refuses again: where that
 * leaves slots free, a single refusal puts the slots just below what was in
 * flight. Errors that fewer slots do not make rarer are not about the number of
 * slots: they are left out from then on.
 */
#ifndef HL_SCHEDULE_AUTO_SLOTS_H
#define HL_SCHEDULE_AUTO_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

enum { HL_AUTO_FIRST = 16 }; /* slots to begin with */

/* The run so far. All numbers but in_flight only grow. */
struct hl_flow {
    uint64_t now_ns;
    uint64_t files;        /* attempts that were answered in order */
    uint64_t last_file_ns; /* when the last of them ended */
    uint64_t bytes;        /* of bodies that came */
    uint64_t errors;       /* attempts that tell of a server with too much to
                              do, begun after hl_auto_slots.lowered_ns */
    uint32_t failed_at;    /* transfers in flight when the last of the errors
                              came, with that one */
    uint64_t idle_ns;      /* time with free slots that nothing could use */
    uint32_t in_flight;    /* now */
};

enum hl_auto_phase { HL_AUTO_START, HL_AUTO_HOLD, HL_AUTO_PROBE };

/* Embedded in its owner. All members but slots, most and lowered_ns are for
 * auto_slots.c alone. */
struct hl_auto_slots {
    uint32_t slots;
    uint32_t most;       /* the owner may lower it */
    uint64_t lowered_ns; /* when errors last lowered slots; 0 never */

    enum hl_auto_phase phase;
    struct hl_flow mark; /* the run when the window began */
    /* In work (see there) per second. */
    double last;      /* start: of the level before this one */
    double best;      /* start: of any level */
    double single;    /* start: the best of one transfer */
    double base;      /* hold: the average at these slots */
    double tried;     /* probe: the average at the slots that are tried */
    double noise;     /* how much windows differ, as a share */
    unsigned windows; /* in base, or in tried */
    bool is_changing; /* transfers from before the last change still end */
    unsigned strange; /* hold: windows in a row that are far from base */
    unsigned flat;    /* start: windows in a row without growth */
    double step;      /* of the next probe with more, as a share of the slots */
    uint64_t probe_errors; /* probe: the errors when it began */
    uint32_t held;         /* start and probe: the slots before this step */
    bool down;             /* the next probe, or this one, is with fewer */
    bool streak;           /* the last probe has brought a clear gain */
    uint64_t wait_ns;      /* between two probes */
    uint64_t probe_ns;     /* when the next is due */
    /* Errors. */
    struct hl_flow errors_mark; /* the run when they were last looked at */
    bool clean;                 /* there were few then */
    uint32_t ceiling;           /* slots that brought errors; 0 none */
    uint64_t ceiling_ns;        /* no more are tried until then */
    uint64_t ceiling_for_ns;
    unsigned falls;  /* in a row, without fewer errors */
    uint32_t before; /* the slots before the first of them */
    double odds;     /* errors for each file before the second of them */
    double usual;    /* share of errors that slots do not change */
};

void hl_auto_slots_init(struct hl_auto_slots *a, uint32_t most);
/* The run has come so far. Sets a->slots. @return whether they have changed. */
bool hl_auto_slots_note(struct hl_auto_slots *a, const struct hl_flow *flow);

#endif
