/* The URLs that haul status prints by --list: a list that haul can read. */
#ifndef HL_CLI_URL_LINES_H
#define HL_CLI_URL_LINES_H

#include <stdbool.h>

#include "cli/request_source.h"
#include "haul/haul.h"

struct hl_url_lines {
    bool comments;    /* a line before each URL tells what came of it */
    bool null;        /* a NUL ends each URL, in place of a line break */
    bool names_lists; /* comments name the list, as there are several */
};

/* Prints the URL of a result on standard output. row: its line in the list, or
 * NULL. @return 0; UV_ENOMEM; or a code for a URL that no list can hold, which
 * is passed over. */
int hl_url_lines_print(const struct hl_url_lines *lines,
                       const struct haul_result *result,
                       const struct hl_source_row *row);

#endif
