/* What the files of the dry run share: dry_run.c, which reads and counts,
 * and forecast_say.c, which says what came of it. */
#ifndef HL_CLI_DRY_RUN_PARTS_H
#define HL_CLI_DRY_RUN_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/dry_run.h"
#include "journal/journal.h"
#include "util/beneath.h"
#include "util/buf.h"
#include "util/census.h"

/* Lives on hl_dry_run()'s stack. */
struct hl_dry_run {
    const struct hl_dry_run_options *options;
    const struct haul_options *run;
    const char *dir;
    int dir_fd;              /* -1: it is not there yet */
    struct hl_beneath *root; /* the files below dir_fd */
    bool has_files;          /* that haul may not have written */
    struct hl_journal *journal;
    struct hl_census *hosts;   /* of what is asked for, by origin */
    struct hl_census *folders; /* of names */
    struct hl_buf key;
    struct hl_buf headers;
    uint64_t lines;
    uint64_t bad;
    uint64_t repeated;
    uint64_t done;
    uint64_t final;        /* failed for good, under these options */
    uint64_t skipped;      /* by --retry-failed or --if-exists skip */
    uint64_t requests;     /* that a run would begin with */
    uint64_t new_files;    /* that it would make */
    uint64_t clashes;      /* names that an earlier line has */
    uint64_t foreign;      /* names that a file of another has */
    uint64_t behind_links; /* names that a link leads to, which are refused */
};

void hl_dry_run_say(const struct hl_dry_run *dry_run);

#endif
