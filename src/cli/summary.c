#include "cli/summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/message.h"
#include "cli/progress.h"

static void put_causes(const struct haul_stats *stats, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (int i = 1; i < HAUL_ERROR_COUNT && used < size; i++) {
        if (stats->errors[i] == 0 || i == HAUL_ERR_CANCELLED)
            continue;
        int n = snprintf(out + used, size - used, "%s%s %" PRIu64,
                         used > 0 ? ", " : " (",
                         haul_error_word((enum haul_error)i), stats->errors[i]);
        used += n > 0 ? (size_t)n : 0;
    }
    if (used > 0 && used + 1 < size)
        memcpy(out + used, ")", 2);
}

static void put_counts(const struct hl_summary *sum, char *out, size_t size)
{
    const struct haul_stats *s = &sum->stats;
    char causes[256];
    char there[64] = "";
    char rest[96] = "";
    put_causes(s, causes, sizeof(causes));
    if (s->already_done > 0)
        snprintf(there, sizeof(there), " (%" PRIu64 " were there)",
                 s->already_done);
    if (s->outcomes[HAUL_OUTCOME_SKIPPED] > 0)
        snprintf(rest, sizeof(rest), ", %" PRIu64 " skipped",
                 s->outcomes[HAUL_OUTCOME_SKIPPED]);
    snprintf(out, size, "%" PRIu64 " ok%s, %" PRIu64 " failed%s%s",
             s->outcomes[HAUL_OUTCOME_OK], there,
             s->outcomes[HAUL_OUTCOME_FAILED], causes, rest);
}

void hl_summary_say(const struct hl_summary *sum)
{
    const struct haul_options *run = sum->run;
    char counts[512];
    char bytes[32];
    put_counts(sum, counts, sizeof(counts));
    hl_progress_bytes(bytes, sizeof(bytes), (double)sum->stats.bytes);
    hl_say("%s, %s in %.2f s: %s", counts, bytes, sum->seconds,
           run->dir != NULL ? run->dir : ".");
    double held = (double)sum->stats.held_by_host_us / 1e6;
    if (held > 0.2 * sum->seconds && held > 0.1)
        hl_say("-x (transfers to one host, %u) held it back for %.1f s; "
               "-x 0 lifts that",
               run->max_per_host > 0 ? run->max_per_host : 6, held);
    if (run->insecure)
        hl_say("certificates were not checked (-k)");
}

bool hl_summary_interrupted(const struct hl_summary *sum)
{
    bool left = sum->stats.outcomes[HAUL_OUTCOME_LEFT] > 0 || !sum->list_ended;
    return sum->stats.cancelled && left;
}

/* The strongest of what holds: 1, 9, 3, 7, 8 in this order. */
int hl_summary_exit_status(const struct hl_summary *sum)
{
    const struct haul_stats *s = &sum->stats;
    int error = sum->error;
    if (error == UV_ENOMEM)
        return HL_EXIT_OTHER;
    if (error == UV_ENOSPC || s->errors[HAUL_ERR_DISK_FULL] > 0)
        return HL_EXIT_DISK_FULL;
    if (error < 0 || sum->local_error < 0 || s->errors[HAUL_ERR_IO] > 0)
        return HL_EXIT_IO;
    if (hl_summary_interrupted(sum))
        return HL_EXIT_INTERRUPTED;
    return s->outcomes[HAUL_OUTCOME_FAILED] > 0 ? HL_EXIT_FAILED : HL_EXIT_OK;
}
