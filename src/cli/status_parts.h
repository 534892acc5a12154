/* What the files of haul status share: status.c, which reads and judges, and
 * status_tell.c, which prints what came of it. */
#ifndef HL_CLI_STATUS_PARTS_H
#define HL_CLI_STATUS_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/failures.h"
#include "cli/lookup.h"
#include "cli/report.h"
#include "cli/source.h"

/* In the order of list_words; none without --list. */
enum hl_status_list {
    HL_STATUS_OK,
    HL_STATUS_FAILED,
    HL_STATUS_LEFT,
    HL_STATUS_ALL,
    HL_STATUS_NONE
};

struct hl_status_options {
    struct hl_source_options source;
    int list; /* enum hl_status_list */
    bool json;
    bool keep_dirlinks;
    bool help;
};

/* Lives on status_of()'s stack. */
struct hl_status {
    const struct hl_status_options *options;
    struct hl_lookup lookup;
    struct hl_source source;
    struct hl_report report; /* rows for --json, to standard output */
    struct hl_buf url;       /* of the row at hand */
    struct hl_failures failures;
    struct haul_stats stats;
    uint64_t parts;
    uint64_t part_bytes;
    uint64_t unlisted; /* URLs that a plain list cannot name */
    int error;         /* a URL could not be printed: why */
};

/* Counts a result, and prints it where it is asked for. fit: a list of URLs
 * alone can name it. */
void hl_status_tell(struct hl_status *status, const struct haul_result *result,
                    bool fit);
/* The counts, or the summary of the rows. @return 0, UV_ENOMEM where a URL is
 * missing from what was printed, or what writing to standard output came to. */
int hl_status_finish(struct hl_status *status, const char *dir);

#endif
