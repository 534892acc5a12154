/*
 * haul get --plan: one part of a list, as a task of somebody's scheduler. The
 * task may be killed, repeated, and run twice at once.
 */
#ifndef HL_CLI_PLANNED_PART_H
#define HL_CLI_PLANNED_PART_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/manifest.h"
#include "cli/opt.h"
#include "cli/part_state.h"

struct hl_get_options;
struct hl_part_options;
struct hl_source;
struct hl_summary;

/* All zero: no part. */
struct hl_planned_part {
    const struct hl_part_options *options;
    struct hl_manifest manifest;
    uint32_t index;
    const struct hl_opt_strings *inputs; /* the lists */
    char dir[PATH_MAX];
    struct hl_part_state state;
    bool is_done;                        /* there is nothing to do */
    char (*sha256)[HL_LIST_SHA256_SIZE]; /* of the lists, as they were read;
                                            owned */
    struct hl_opt_parsed pinned;         /* options that the plan has set */
    uint64_t passing; /* failures of this attempt by passing causes */
    uint64_t local;   /* those that this machine has caused */
};

/* Finds the part out and completes *options by the plan, before they are
 * checked; nothing where no plan was asked for. parsed is the command line.
 * @return 0, or the exit status after a line on stderr. Release *out in any
 * case. */
int hl_planned_part_open(struct hl_planned_part *out,
                         struct hl_get_options *options,
                         const struct hl_opt_parsed *parsed);
void hl_planned_part_release(struct hl_planned_part *part);
/* Has the source give the part's lines alone. */
void hl_planned_part_set_source(struct hl_planned_part *part,
                                struct hl_source *source);
/* Counts a result of this attempt. */
void hl_planned_part_note(struct hl_planned_part *part,
                          const struct haul_result *result);
/* The run has ended and its journal is closed; status is its exit status: marks
 * the part as done, if all its URLs have come to an end. @return the exit
 * status for the scheduler, after a line on stderr. */
int hl_planned_part_end(struct hl_planned_part *part,
                        const struct hl_summary *summary, int status);

#endif
