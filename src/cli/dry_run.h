/* --dry-run: reads a list, finds the names of its files and looks into the
 * journal, as a run would, and prints on stdout what a run would do. It
 * contacts no server and writes no file. */
#ifndef HL_CLI_DRY_RUN_H
#define HL_CLI_DRY_RUN_H

#include "cli/failures.h"
#include "cli/request_source.h"
#include "cli/summary.h"
#include "haul/haul.h"

struct hl_dry_run_options {
    const struct haul_options *run;
    const struct hl_allowance *allowed;
    struct hl_failures *failures; /* prints the bad lines */
    struct hl_source *source;     /* read to its end */
};

/* @return the exit status: 0; 8 for bad lines; 1, 2 or 3 after a line on
 * stderr. */
int hl_dry_run(const struct hl_dry_run_options *options);

#endif
