/*
 * The options that a plan pins: all who work on its parts must have the same,
 * as they decide which names and which bytes the files get. get takes those
 * that it was not given from the plan.
 */
#ifndef HL_CLI_PINNED_H
#define HL_CLI_PINNED_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/opt.h"
#include "cli/request_source.h"
#include "cli/run_options.h"

enum { HL_PINNED_MAX = 16, HL_PINNED_TEXT_SIZE = 32 };

/* One of these options, and the struct that it sets. */
struct hl_pinned {
    const struct hl_opt *row;
    void *base;
};

/* The rows of those options of a run that are pinned, for struct
 * hl_run_options. Static. */
const struct hl_opt *hl_pinned_rows(void);
/* Fills out with all options that are pinned, those of lists too. @return how
 * many. */
size_t hl_pinned_list(struct hl_pinned out[HL_PINNED_MAX],
                      struct hl_source_options *list,
                      struct hl_run_options *run);
/* The value of the option as one would type it, "" of a flag; room may hold it.
 * NULL: the option has its default. */
const char *hl_pinned_value(const struct hl_pinned *pinned,
                            char room[HL_PINNED_TEXT_SIZE]);

/* Sets the options that the plan in the directory plan has, an object as in its
 * file; the command line may only have set the same. *out keeps what was set,
 * and the caller releases it. @return 0, or the exit status after a line on
 * stderr. */
int hl_pinned_apply(const json_t *options, const char *plan,
                    struct hl_source_options *list, struct hl_run_options *run,
                    struct hl_opt_parsed *out);

#endif
