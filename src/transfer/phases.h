/*
 * How the time of an attempt is divided. A transfer is in one phase at any
 * moment, and to enter the next phase ends the one before: so the phases add up
 * to the whole. Times are those of uv_hrtime().
 */
#ifndef HL_TRANSFER_PHASES_H
#define HL_TRANSFER_PHASES_H

#include <stdbool.h>
#include <stdint.h>

#include "haul/haul.h"

enum hl_phase {
    HL_PHASE_START, /* libcurl has not begun with the transfer yet */
    HL_PHASE_DNS,
    HL_PHASE_CONNECT,
    HL_PHASE_TLS,
    HL_PHASE_WAIT,
    HL_PHASE_BODY,
    HL_PHASE_READY,
    HL_PHASE_WORK,
    HL_PHASE_FILE,
    HL_PHASE_COUNT
};

struct hl_phases {
    enum hl_phase now;
    bool begun;        /* libcurl has, with this try or one before */
    bool heard;        /* a byte of this try's answer has come */
    uint64_t begun_ns; /* the attempt's start */
    uint64_t at_ns;    /* all time before is in ns[] */
    uint64_t ns[HL_PHASE_COUNT];
    uint64_t ready_first_ns; /* the part of READY that was before an answer */
    uint64_t handed_ns;      /* when it was last handed to the pool */
    uint64_t ready_pool_ns;  /* the part of READY in which the pool's threads
                                were busy with others */
    uint64_t file_pool_ns;   /* the same of FILE */
    uint64_t work_cpu_ns;    /* the processor time of WORK */
};

/* An attempt begins, with its first try. */
void hl_phases_init(struct hl_phases *phases, uint64_t now_ns);
/* The attempt goes on with another try. */
void hl_phases_again(struct hl_phases *phases, uint64_t now_ns);
/* libcurl began with the try at this time. What the first try waited for that
 * is left out: the attempt starts only then. */
void hl_phases_begin(struct hl_phases *phases, uint64_t now_ns);
/* The phase that the transfer is in ends now, and this one begins. */
void hl_phases_enter(struct hl_phases *phases, enum hl_phase phase,
                     uint64_t now_ns);
/* The transfer stays in its phase. But what it waited for had come at from_ns,
 * and only now somebody comes to it: the time since is READY. */
void hl_phases_late(struct hl_phases *phases, uint64_t from_ns,
                    uint64_t now_ns);
/* The transfer stays in its phase, and is in the line of the thread pool; a
 * thread of the pool has come to it. */
void hl_phases_hand_over(struct hl_phases *phases, uint64_t now_ns);
void hl_phases_take_up(struct hl_phases *phases, uint64_t now_ns);
/* All but queued; total is from the start to the last phase that has ended. */
void hl_phases_times(const struct hl_phases *phases, struct haul_times *out);

#endif
