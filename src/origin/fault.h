/*
 * What goes wrong at the origin on demand. Path and seed choose the faults, so
 * that a run repeats.
 */
#ifndef HL_ORIGIN_FAULT_H
#define HL_ORIGIN_FAULT_H

#include <stdint.h>

#include "util/table.h"

/* X(name, word) */
#define HL_FAULT_MAP(X)              \
    X(HL_FAULT_503, "503")           \
    X(HL_FAULT_429, "429")           \
    X(HL_FAULT_500, "500")           \
    X(HL_FAULT_404, "404")           \
    X(HL_FAULT_RESET, "reset")       \
    X(HL_FAULT_TRUNCATE, "truncate") \
    X(HL_FAULT_STALL, "stall")       \
    X(HL_FAULT_SLOW, "slow")

enum hl_fault {
#define X(name, word) name,
    HL_FAULT_MAP(X)
#undef X
        HL_FAULT_COUNT,
    HL_FAULT_NONE = HL_FAULT_COUNT
};

/* Owned by the origin; used on the daemon's thread only. */
struct hl_faults {
    uint32_t percent[HL_FAULT_COUNT];
    uint32_t times; /* first requests of a path that a fault strikes; UINT32_MAX
                       all */
    uint64_t seed;
    struct hl_table struck; /* by fault and path; "line" counts the strikes */
};

/* The index of a word of HL_FAULT_MAP, or -1. */
int hl_fault_by_word(const char *word);
/* The opposite; "-" for HL_FAULT_NONE. */
const char *hl_fault_word(enum hl_fault fault);
/* The fault that strikes this request for path, or HL_FAULT_NONE. */
enum hl_fault hl_fault_choose(struct hl_faults *faults, const char *path);
void hl_faults_release(struct hl_faults *faults);

#endif
