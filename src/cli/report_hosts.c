#include "cli/report_hosts.h"

#include <inttypes.h>

#include "cli/diagnosis_words.h"

static const char *const held_words[HAUL_HELD_COUNT] = {
    [HAUL_HELD_BY_CAP] = "cap",       [HAUL_HELD_BY_BUSY] = "busy",
    [HAUL_HELD_BY_PAUSE] = "pause",   [HAUL_HELD_BY_RATE] = "rate",
    [HAUL_HELD_BY_LOOKUP] = "lookup", [HAUL_HELD_BY_SILENCE] = "silence",
    [HAUL_HELD_BY_START] = "start",   [HAUL_HELD_BY_RETRY] = "retry",
    [HAUL_HELD_BY_OUTAGE] = "outage",
};

/* What kept URLs of the host waiting longest. */
static enum haul_held held_by(const struct haul_host_stats *host)
{
    unsigned most = HAUL_HELD_NOT;
    for (unsigned why = HAUL_HELD_NOT + 1; why < HAUL_HELD_COUNT; why++)
        if (host->held_us[why] > host->held_us[most])
            most = why;
    return (enum haul_held)most;
}

static uint64_t by_time(const struct haul_host_stats *host)
{
    return hl_transfer_us(&host->spent) + host->held_us[held_by(host)];
}

void hl_report_hosts_read(struct hl_report_hosts *hosts,
                          const struct haul_session *session)
{
    hosts->count =
        haul_session_hosts(session, by_time, hosts->stats, HL_REPORT_HOSTS);
    for (size_t i = 0; i < hosts->count; i++) {
        hl_host_name(hosts->names[i], hosts->stats[i].origin);
        hosts->stats[i].origin = NULL;
    }
}

static void put_host(struct hl_buf *out, const char *name,
                     const struct haul_host_stats *host)
{
    enum haul_held why = held_by(host);
    hl_buf_text(out, "{\"host\":");
    hl_buf_json(out, name);
    hl_buf_printf(out,
                  ",\"urls\":%" PRIu64 ",\"attempts\":%" PRIu64
                  ",\"seconds\":%.3f,\"alone_seconds\":%.3f,\"cap\":",
                  host->urls, host->attempts,
                  (double)hl_transfer_us(&host->spent) / 1e6,
                  (double)host->alone_us / 1e6);
    if (host->cap == HAUL_NONE)
        hl_buf_text(out, "null");
    else
        hl_buf_printf(out, "%u", host->cap);
    hl_buf_text(out, ",\"held_by\":");
    hl_buf_json(out, held_words[why]);
    hl_buf_printf(out, ",\"held_seconds\":%.3f}",
                  (double)host->held_us[why] / 1e6);
}

void hl_report_hosts_json(struct hl_buf *out,
                          const struct hl_report_hosts *hosts)
{
    hl_buf_text(out, "[");
    for (size_t i = 0; i < hosts->count; i++) {
        hl_buf_text(out, i > 0 ? "," : "");
        put_host(out, hosts->names[i], &hosts->stats[i]);
    }
    hl_buf_text(out, "]");
}
