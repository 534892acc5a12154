/* What -N has found: which files were replaced, and which are kept that the
 * server does not give any more. */
#ifndef HL_CLI_CHANGES_H
#define HL_CLI_CHANGES_H

#include <stdbool.h>
#include <stdint.h>

#include "haul/haul.h"

/* Of files that were there before the run. All zero but for names is what to
 * begin with. */
struct hl_changes {
    bool names; /* name each that was replaced */
    uint64_t unchanged;
    uint64_t replaced;
    uint64_t gone; /* 404 or 410: kept */
    uint64_t kept; /* fetching it anew failed */
};

/* Is the file gone from the server? */
bool hl_changes_is_gone(const struct haul_result *result);
/* Counts a result, and names a file that was replaced. Those that are kept are
 * named as failures. */
void hl_changes_note(struct hl_changes *changes,
                     const struct haul_result *result);
/* Prints the counts, where anything but "unchanged" came. */
void hl_changes_say(const struct hl_changes *changes);

#endif
