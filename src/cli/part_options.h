/* The options of haul get that tell which part of a plan to fetch. */
#ifndef HL_CLI_PART_OPTIONS_H
#define HL_CLI_PART_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/opt.h"

struct hl_part_options {
    const char *plan;  /* the directory; NULL: there is no plan */
    const char *shard; /* as typed; NULL: auto */
    int64_t offset;
    bool has_offset;
    uint32_t attempts; /* 0: the default */
    uint32_t at_once;  /* parts that are fetched at once; 0: as the plan says */
};

/* Reads a number of parts, or of tasks: 1 to HL_PARTS_MAX. @return NULL or why
 * it is refused. */
const char *hl_part_count_parse(uint32_t *out, const char *value);
/* Rows for struct hl_part_options. */
extern const struct hl_opt hl_part_rows[];

/* Finds the number of the part, of so many, from these options and from what
 * the scheduler has put into the environment. @return 0, or the exit status
 * after a line on stderr. */
int hl_part_options_index(const struct hl_part_options *options, uint32_t parts,
                          uint32_t *out);
/* Checks the options where no plan was given. @return as above. */
int hl_part_options_check_alone(const struct hl_part_options *options);

#endif
