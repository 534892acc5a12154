#include "cli/part_options.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/manifest.h"
#include "cli/print_message.h"
#include "util/parse.h"

enum { INDEX_MAX = 1000000000 };

#define PART(member) offsetof(struct hl_part_options, member)

const char *hl_part_count_parse(uint32_t *out, const char *value)
{
    uint64_t count;
    if (hl_parse_count(value, HL_PARTS_MAX, &count) < 0 || count == 0)
        return "is no number from 1 to 100000";
    *out = (uint32_t)count;
    return NULL;
}

static const char *set_attempts(void *base, const char *value)
{
    struct hl_part_options *options = base;
    return hl_part_count_parse(&options->attempts, value);
}

static const char *set_at_once(void *base, const char *value)
{
    struct hl_part_options *options = base;
    return hl_part_count_parse(&options->at_once, value);
}

static const char *set_offset(void *base, const char *value)
{
    struct hl_part_options *options = base;
    bool negative = value[0] == '-';
    uint64_t number;
    if (hl_parse_count(value + negative, INDEX_MAX, &number) < 0)
        return "is no number from -1000000000 to 1000000000";
    options->offset = negative ? -(int64_t)number : (int64_t)number;
    options->has_offset = true;
    return NULL;
}

const struct hl_opt hl_part_rows[] = {
    HL_OPT_ROW("plan", 0, "RUN", TEXT, PART(plan),
               "fetch one part of the list that haul plan has divided, into "
               "RUN/PART"),
    HL_OPT_ROW("shard", 0, "auto|I/N", TEXT, PART(shard),
               "with --plan: fetch part I, from 0, of N; auto (default) takes "
               "I from SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX or "
               "AWS_BATCH_JOB_ARRAY_INDEX"),
    HL_OPT_ROW("shard-offset", 0, "N", CALL, 0,
               "add N to the number of the part: -1 if the scheduler counts "
               "from 1",
               .call = set_offset),
    HL_OPT_ROW("part-attempts", 0, "N", CALL, 0,
               "with --plan: exit with 8 so that the scheduler repeats the "
               "task, as long as URLs failed for passing causes; the Nth such "
               "task counts the part as done (default: 3)",
               .call = set_attempts),
    HL_OPT_ROW("concurrent-shards", 0, "N", CALL, 0,
               "with --plan: N parts are fetched at once, so keep to 1/N of "
               "-x, of the rates and of --limit-rate (default: as the plan "
               "says, or all parts)",
               .call = set_at_once),
    {.name = NULL},
};

static const char *const variables[] = {
    "SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"};
enum { VARIABLES = sizeof(variables) / sizeof(*variables) };

/* Where the number of the part comes from. */
struct origin {
    const char *name;  /* "--shard", or a variable */
    const char *value; /* what it says */
};

/* Two schedulers that disagree are an error: one would run inside the other. */
static int find_variable(struct origin *out, uint32_t parts)
{
    *out = (struct origin){0};
    for (size_t i = 0; i < VARIABLES; i++) {
        const char *value = getenv(variables[i]);
        if (value == NULL || value[0] == '\0')
            continue;
        if (out->name != NULL && strcmp(out->value, value) != 0) {
            hl_error("--shard auto: %s is %s, but %s is %s; give --shard "
                     "I/%" PRIu32,
                     out->name, out->value, variables[i], value, parts);
            return HL_EXIT_USAGE;
        }
        if (out->name == NULL)
            *out = (struct origin){variables[i], value};
    }
    if (out->name != NULL)
        return HL_EXIT_OK;
    hl_error("--shard auto: none of SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX "
             "and AWS_BATCH_JOB_ARRAY_INDEX is set; give --shard I/%" PRIu32,
             parts);
    return HL_EXIT_USAGE;
}

static int out_of_range(const struct hl_part_options *options, uint32_t parts,
                        const struct origin *from, int64_t index)
{
    char offset[64] = "";
    if (options->has_offset)
        (void)snprintf(offset, sizeof(offset),
                       ", with --shard-offset it is %" PRId64, index);
    hl_error("%s %s%s: parts are 0 to %" PRIu32 "%s", from->name, from->value,
             offset, parts - 1,
             index == parts && !options->has_offset
                 ? "; for an array that begins at 1: --shard-offset -1"
                 : "");
    return HL_EXIT_USAGE;
}

/* Reads "I/N", where /N may be missing in a variable alone. */
static int read_index(const struct hl_part_options *options, uint32_t parts,
                      const struct origin *from, uint32_t *out)
{
    bool has_parts = from->value == options->shard;
    uint64_t index;
    uint64_t given = parts;
    const char *rest = hl_parse_digits(from->value, INDEX_MAX, &index);
    if (rest != NULL && has_parts)
        rest = rest[0] == '/' ? hl_parse_digits(rest + 1, INDEX_MAX, &given)
                              : NULL;
    if (rest == NULL || rest[0] != '\0') {
        hl_error("%s %s: is no number of a part%s", from->name, from->value,
                 has_parts ? ", as 0/64, and not auto" : "");
        return HL_EXIT_USAGE;
    }
    if (given != parts) {
        hl_error("%s %s: the plan has %" PRIu32 " parts", from->name,
                 from->value, parts);
        return HL_EXIT_USAGE;
    }
    int64_t sum = (int64_t)index + options->offset;
    if (sum < 0 || sum >= parts)
        return out_of_range(options, parts, from, sum);
    *out = (uint32_t)sum;
    return HL_EXIT_OK;
}

int hl_part_options_index(const struct hl_part_options *options, uint32_t parts,
                          uint32_t *out)
{
    struct origin from = {"--shard", options->shard};
    bool is_auto = from.value == NULL || strcmp(from.value, "auto") == 0;
    int status = is_auto ? find_variable(&from, parts) : HL_EXIT_OK;
    return status == HL_EXIT_OK ? read_index(options, parts, &from, out)
                                : status;
}

int hl_part_options_check_alone(const struct hl_part_options *o)
{
    const char *name = o->shard != NULL   ? "--shard"
                       : o->has_offset    ? "--shard-offset"
                       : o->attempts != 0 ? "--part-attempts"
                       : o->at_once != 0  ? "--concurrent-shards"
                                          : NULL;
    if (name == NULL)
        return HL_EXIT_OK;
    hl_error("%s: needs --plan RUN", name);
    return HL_EXIT_USAGE;
}
