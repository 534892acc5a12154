#include "support/opt_rows.h"

#include <stdio.h>
#include <string.h>

#define AT(member) offsetof(struct opt_values, member)

static const char *const modes[] = {"async", "threads", "processes", NULL};

static const char *on_call(void *base, const char *value)
{
    struct opt_values *values = base;
    if (strlen(value) >= sizeof(values->called))
        return "is too long";
    snprintf(values->called, sizeof(values->called), "%s", value);
    return NULL;
}

/* clang-format off */
static const struct hl_opt first_rows[] = {
    {.name = "quiet", .letter = 'q', .kind = HL_OPT_FLAG,
     .offset = AT(quiet), .help = "say less"},
    {.name = "verbose", .letter = 'v', .kind = HL_OPT_FLAG,
     .offset = AT(verbose), .help = "say more"},
    {.name = "dir", .letter = 'd', .argument = "DIR", .kind = HL_OPT_TEXT,
     .offset = AT(dir), .help = "where to"},
    {.name = "header", .letter = 'H', .argument = "LINE",
     .kind = HL_OPT_STRINGS, .offset = AT(headers), .help = "send it"},
    {.name = "jobs", .letter = 'j', .argument = "N", .kind = HL_OPT_COUNT,
     .offset = AT(jobs), .help = "how many"},
    {.name = "retry", .argument = "N", .kind = HL_OPT_COUNT,
     .offset = AT(retry), .zero = UINT32_MAX, .help = "how often"},
    {.name = "mode", .letter = 'm', .argument = "M", .kind = HL_OPT_CHOICE,
     .offset = AT(mode), .words = modes, .help = "how"},
    {.name = NULL},
};

static const struct hl_opt second_rows[] = {
    {.name = "size", .argument = "B", .kind = HL_OPT_BYTES,
     .offset = AT(size), .help = "how large"},
    {.name = "limit", .argument = "B", .kind = HL_OPT_BYTES32,
     .offset = AT(limit), .zero = UINT32_MAX, .help = "how large at most"},
    {.name = "wait", .argument = "T", .kind = HL_OPT_MS,
     .offset = AT(wait_ms), .help = "ms"},
    {.name = "work", .argument = "T", .kind = HL_OPT_US,
     .offset = AT(work_us), .help = "us"},
    {.name = "a-timeout-with-a-long-name", .argument = "SECONDS",
     .kind = HL_OPT_SECONDS, .offset = AT(timeout_s),
     .zero = UINT32_MAX, .help = "s"},
    {.name = "latency", .argument = "T", .kind = HL_OPT_NS,
     .offset = AT(latency_ns), .help = "ns"},
    {.name = "call", .argument = "X", .kind = HL_OPT_CALL, .call = on_call,
     .help = "call"},
    {.name = "location", .letter = 'L', .kind = HL_OPT_ACCEPTED},
    {.name = "", .letter = 'Z', .kind = HL_OPT_REFUSED,
     .help = "use --jobs instead"},
    {.name = NULL},
};
/* clang-format on */

void opt_tables_init(struct hl_opt_table tables[3], struct opt_values *values)
{
    *values = (struct opt_values){0};
    tables[0] = (struct hl_opt_table){"First", first_rows, values};
    tables[1] = (struct hl_opt_table){"Second", second_rows, values};
    tables[2] = (struct hl_opt_table){0};
}
