/* --cause: which failures are meant, by their causes. */
#ifndef HL_CLI_CAUSE_OPTION_H
#define HL_CLI_CAUSE_OPTION_H

#include "cli/opt.h"

/* The causes but for statuses, for completions: from the second on, ended by
 * NULL. */
extern const char *const hl_cause_words[];

/* Checks the list of an option. @return NULL, or a reason that names all words;
 * it is valid until the next call. */
const char *hl_cause_option_check(const struct hl_opt *row, const char *value);

/* The row of the list, a string that stands there in the table's struct. */
#define HL_OPT_CAUSE_ROW(at, ...)                         \
    HL_OPT_ROW("cause", 0, "LIST", TEXT, at, __VA_ARGS__, \
               .check = hl_cause_option_check, .words = hl_cause_words + 1)

#endif
