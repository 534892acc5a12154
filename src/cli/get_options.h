/* The options of haul get. */
#ifndef HL_CLI_GET_OPTIONS_H
#define HL_CLI_GET_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/checksums.h"
#include "cli/config.h"
#include "cli/local_origin.h"
#include "cli/opt.h"
#include "cli/part_options.h"
#include "cli/request_source.h"
#include "cli/run_options.h"
#include "cli/summary.h"

struct hl_get_options {
    struct hl_source_options list;
    int progress;
    bool quiet;
    bool verbose;
    bool dry_run;
    struct hl_config_options config;
    struct hl_checksums_options checksums;
    struct hl_allowance allowed;
    const char *report;
    bool local;
    uint32_t local_count;
    struct hl_origin_options origin;
    struct hl_run_options run;
    struct hl_part_options part;
    bool without_list; /* the URLs are those that the journal says failed */
};

/* Rows for struct hl_get_options. */
extern const struct hl_opt hl_get_rows[];
extern const struct hl_opt hl_get_local_rows[];

/* Checks and completes options; parsed is the command line. Prepares the run,
 * as hl_run_prepare() does. @return 0, or 2 or 3 after a line on
 * stderr. */
int hl_get_options_check(struct hl_get_options *options,
                         const struct hl_opt_parsed *parsed);

/* Says that word, where a command or a URL should be, is neither. */
void hl_get_options_no_url(const char *word);

#endif
