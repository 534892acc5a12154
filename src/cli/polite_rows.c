/* Options of how much a run asks of the hosts, and when it gives one up. */
#include "cli/run_options.h"
#include "util/parse.h"

#define RUN(member) offsetof(struct hl_run_options, run.member)

static const char *const not_a_rate = "is no rate (as 10/s, 90/m)";

static const char *set_rate(void *base, const char *value)
{
    struct hl_run_options *options = base;
    return hl_parse_rate(value, &options->run.start_interval_ns) < 0
               ? not_a_rate
               : NULL;
}

static const char *set_rate_per_host(void *base, const char *value)
{
    struct hl_run_options *options = base;
    return hl_parse_rate(value, &options->run.host_start_interval_ns) < 0
               ? not_a_rate
               : NULL;
}

const struct hl_opt hl_polite_rows[] = {
    {.name = "max-per-host",
     .letter = 'x',
     .argument = "N",
     .kind = HL_OPT_COUNT,
     .offset = RUN(max_per_host),
     .zero = HAUL_NONE,
     .help = "transfers in flight to one host (6; 0 no limit)"},
    {.name = "no-adapt",
     .kind = HL_OPT_FLAG,
     .offset = RUN(no_adapt),
     .help = "do not slow down for hosts that answer 429 or 503"},
    {.name = "rate",
     .argument = "N/s",
     .kind = HL_OPT_CALL,
     .call = set_rate,
     .help = "starts per second, of the whole run"},
    {.name = "rate-per-host",
     .argument = "N/s",
     .kind = HL_OPT_CALL,
     .call = set_rate_per_host,
     .help = "the same for each host"},
    {.name = "limit-rate",
     .argument = "R",
     .kind = HL_OPT_BYTES,
     .offset = RUN(limit_rate),
     .help = "bytes/s of the whole run"},
    {.name = "host-give-up",
     .argument = "N",
     .kind = HL_OPT_COUNT,
     .offset = RUN(host_give_up),
     .zero = 1,
     .help = "failures to connect in a row, over a minute or more, "
             "after which a host's URLs fail (5)"},
    {.name = "max-outage",
     .argument = "S",
     .kind = HL_OPT_SECONDS,
     .offset = RUN(max_outage_s),
     .zero = HAUL_NONE,
     .help = "how long to wait for a network that went down (3600)"},
    {.name = "dns-jobs",
     .argument = "N",
     .kind = HL_OPT_COUNT,
     .offset = RUN(dns_jobs),
     .zero = 1,
     .help = "lookups at a time (16)"},
    {.name = NULL},
};
