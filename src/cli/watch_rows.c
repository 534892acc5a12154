/* Options for watching a run at work. */
#include <string.h>

#include "cli/run_options.h"

#define RUN(member) offsetof(struct hl_run_options, run.member)
#define OWN(member) offsetof(struct hl_run_options, member)

static const char *set_debug(void *base, const char *value)
{
    static const char *const words[] = {
#define X(name, word) word,
        HAUL_TRACE_MAP(X)
#undef X
    };
    struct hl_run_options *options = base;
    for (const char *p = value; *p != '\0';) {
        size_t n = strcspn(p, ",");
        uint32_t bit = n == 3 && strncmp(p, "all", 3) == 0 ? HAUL_TRACE_ALL : 0;
        for (unsigned i = 0; i < HAUL_TRACE_COUNT; i++)
            if (strlen(words[i]) == n && strncmp(words[i], p, n) == 0)
                bit = 1u << i;
        if (bit == 0)
            return "is none of loop, timer, socket, curl, transfer, "
                   "schedule, worker, file, all";
        options->run.trace |= bit;
        p += n + (p[n] == ',');
    }
    return NULL;
}

const struct hl_opt hl_watch_rows[] = {
    {.name = "debug",
     .argument = "LIST",
     .kind = HL_OPT_CALL,
     .call = set_debug,
     .adds = true,
     .help = "show loop, timer, socket, curl, transfer, schedule, "
             "worker, file or all on stderr"},
    {.name = "trace",
     .argument = "FILE",
     .kind = HL_OPT_TEXT,
     .offset = RUN(trace_file),
     .help = "a timeline of the run, for ui.perfetto.dev or haul page"},
    {.name = "trace-limit",
     .argument = "B",
     .kind = HL_OPT_BYTES,
     .offset = RUN(trace_max_bytes),
     .help = "its size at most (512M)"},
    {.name = "loop-stats",
     .kind = HL_OPT_FLAG,
     .offset = OWN(loop_stats),
     .help = "at the end: the loop's turns, idle time, lag, callbacks"},
    {.name = "cpu-work",
     .argument = "T",
     .kind = HL_OPT_US,
     .offset = RUN(cpu_work_us),
     .help = "burn this much CPU time on each file, to see what it does"},
    {.name = NULL},
};
