#include "cli/waits.h"

#include <inttypes.h>
#include <string.h>

#include "cli/clock_text.h"
#include "cli/print_message.h"
#include "util/time_units.h"

/* A pause that is shorter is not worth a line of its own. */
enum { PAUSE_TOLD_S = 10, PAUSE_MOST_S = 3600 };

static int64_t seconds_to(uint64_t at_us)
{
    uint64_t now_us = uv_hrtime() / HL_NS_PER_US;
    return ((int64_t)at_us - (int64_t)now_us) / 1000000;
}

static uint64_t by_pause(const struct haul_host_stats *host)
{
    return host->paused_until_us;
}

static uint64_t by_slowing(const struct haul_host_stats *host)
{
    return host->is_slowed ? host->urls : 0;
}

static void say(bool quiet, const char *text)
{
    if (quiet)
        hl_error("%s", text);
    else
        hl_say("%s", text);
}

static void tell_down(struct hl_waits *waits, const struct haul_outage *outage,
                      bool quiet)
{
    struct hl_buf line = {0};
    char since[HL_CLOCK_SIZE];
    char until[HL_CLOCK_SIZE];
    waits->is_down = true;
    waits->is_one = outage->origin[0] != '\0';
    waits->begun_us = uv_hrtime() / HL_NS_PER_US - outage->silent_us;
    hl_host_name(waits->down, outage->origin);
    hl_clock_text(since, -(int64_t)(outage->silent_us / 1000000));
    hl_clock_text(until, (int64_t)(outage->left_us / 1000000));
    if (waits->is_one)
        hl_buf_printf(&line, "%s has not answered since %s", waits->down,
                      since);
    else
        hl_buf_printf(
            &line, "the network is down: no host has answered since %s", since);
    hl_buf_printf(&line, "; asking once a second, until %s (--max-outage)",
                  until);
    if (!line.failed)
        say(quiet, line.data);
    hl_buf_release(&line);
}

static void tell_back(struct hl_waits *waits, bool quiet)
{
    struct hl_buf line = {0};
    hl_buf_printf(&line, "%s%s after %" PRId64 " s",
                  waits->is_one ? waits->down : "the network",
                  waits->is_one ? " answers again" : " is back",
                  -seconds_to(waits->begun_us));
    if (!line.failed)
        say(quiet, line.data);
    hl_buf_release(&line);
    waits->is_down = false;
}

static void look_down(struct hl_waits *waits,
                      const struct haul_session *session, bool quiet)
{
    struct haul_outage outage;
    bool is_down = haul_session_outage(session, &outage);
    bool is_one = is_down && outage.origin[0] != '\0';
    if (is_down && (!waits->is_down || (waits->is_one && !is_one)))
        tell_down(waits, &outage, quiet);
    else if (!is_down && waits->is_down)
        tell_back(waits, quiet);
}

/* What was told of the host; a new entry where there is room. NULL: none is. */
static struct hl_wait *told_of(struct hl_waits *waits, const char *origin)
{
    char name[HL_HOST_NAME_SIZE];
    hl_host_name(name, origin);
    for (unsigned i = 0; i < waits->told_count; i++)
        if (strcmp(waits->told[i].host, name) == 0)
            return &waits->told[i];
    if (waits->told_count == HL_WAITS_TOLD) {
        if (!waits->more)
            hl_say("further hosts that ask to wait are not named");
        waits->more = true;
        return NULL;
    }
    struct hl_wait *wait = &waits->told[waits->told_count++];
    memcpy(wait->host, name, sizeof(name));
    return wait;
}

static void tell_pause(struct hl_waits *waits,
                       const struct haul_host_stats *host)
{
    char until[HL_CLOCK_SIZE];
    if (host->asked_s < PAUSE_TOLD_S)
        return;
    struct hl_wait *wait = told_of(waits, host->origin);
    if (wait == NULL || host->asked_s <= wait->asked_s)
        return;
    wait->asked_s = host->asked_s;
    hl_clock_text(until, seconds_to(host->paused_until_us));
    if (host->asked_s > PAUSE_MOST_S)
        hl_say("%s answered %ld and asked to wait %.1f h (Retry-After): "
               "nothing is sent to it for an hour, until %s; then it is asked "
               "again",
               wait->host, host->busy_status, (double)host->asked_s / 3600,
               until);
    else
        hl_say("%s answered %ld and asked to wait %" PRIu64
               " s (Retry-After): nothing is sent to it until %s",
               wait->host, host->busy_status, host->asked_s, until);
}

static void tell_slowing(struct hl_waits *waits,
                         const struct haul_host_stats *host)
{
    struct hl_wait *wait = told_of(waits, host->origin);
    if (wait == NULL || wait->slowed)
        return;
    wait->slowed = true;
    hl_say("%s answered %ld: at most %u at a time are sent to it for now, more "
           "again as it answers (--no-adapt)",
           wait->host, host->busy_status, host->cap);
}

void hl_waits_look(struct hl_waits *waits, const struct haul_session *session,
                   const struct haul_stats *stats, bool quiet)
{
    struct haul_host_stats hosts[HL_WAITS_TOLD + 1];
    size_t count = 0;
    look_down(waits, session, quiet);
    if (stats->hosts_held[HAUL_HELD_BY_PAUSE] > 0)
        count = haul_session_hosts(session, by_pause, hosts, HL_WAITS_TOLD + 1);
    for (size_t i = 0; i < count; i++)
        tell_pause(waits, &hosts[i]);
    count = 0;
    if (stats->hosts_held[HAUL_HELD_BY_BUSY] > 0)
        count =
            haul_session_hosts(session, by_slowing, hosts, HL_WAITS_TOLD + 1);
    for (size_t i = 0; i < count; i++)
        tell_slowing(waits, &hosts[i]);
}

void hl_waits_too_long(const struct hl_waits *waits, uint32_t max_outage_s)
{
    if (waits->is_down && waits->is_one)
        hl_error("%s has not answered for more than %u s (--max-outage); the "
                 "same command goes on where this one stopped",
                 waits->down, max_outage_s);
    else
        hl_error("no host has answered for more than %u s (--max-outage); the "
                 "same command goes on where this one stopped",
                 max_outage_s);
}

void hl_waits_put(struct hl_buf *out, const struct haul_session *session)
{
    struct haul_outage outage;
    struct haul_host_stats host;
    char name[HL_HOST_NAME_SIZE];
    char at[HL_CLOCK_SIZE];
    if (haul_session_outage(session, &outage)) {
        hl_host_name(name, outage.origin);
        hl_clock_text(at, -(int64_t)(outage.silent_us / 1000000));
        if (name[0] != '\0')
            hl_buf_printf(out, "%s has not answered since %s", name, at);
        else
            hl_buf_printf(out, "no host has answered since %s", at);
        return;
    }
    if (haul_session_hosts(session, by_pause, &host, 1) == 0)
        return;
    hl_host_name(name, host.origin);
    hl_buf_printf(out, "%s is paused until %s (%ld)", name,
                  hl_clock_text(at, seconds_to(host.paused_until_us)),
                  host.busy_status);
}
