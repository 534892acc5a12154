#include "cli/run_options.h"

#include <stdlib.h>
#include <string.h>

#include "haul/debug.h"
#include "util/header.h"
#include "util/parse.h"

#define RUN(member) offsetof(struct hl_run_options, run.member)
#define OWN(member) offsetof(struct hl_run_options, member)

/* In the order of enum haul_mode_id. */
const char *const hl_mode_words[] = {
#define X(id, word) #word,
    HAUL_MODE_MAP(X)
#undef X
        NULL};
static const char *const http_words[] = {"auto", "1.1", "2", NULL};
static const char *const if_exists_words[] = {"rename", "skip", "overwrite",
                                              "adopt", NULL};

static const char *set_header(void *base, const char *value)
{
    struct hl_run_options *options = base;
    const char *why = hl_header_line_objection(value);
    if (why != NULL)
        return why + strlen("a header that ");
    return hl_opt_strings_add(&options->headers, value);
}

/* What the library says of these options, without the member's name. */
static const char *objection(const struct haul_options *run)
{
    const char *why = haul_options_objection(run);
    const char *colon = why != NULL ? strchr(why, ':') : NULL;
    return colon != NULL ? colon + 2 : why;
}

/* A text of the run's options by itself. */
static const char *check_run(const struct hl_opt *row, const char *value)
{
    struct haul_options run = {0};
    size_t at = row->offset - offsetof(struct hl_run_options, run);
    *(const char **)((char *)&run + at) = value;
    return objection(&run);
}

static const char *check_cookie(const struct hl_opt *row, const char *value)
{
    if (strchr(value, '=') == NULL)
        return "is not NAME=VALUE";
    return check_run(row, value);
}

static const char *check_resolve(const struct hl_opt *row, const char *value)
{
    const char *const one[] = {value, NULL};
    const struct haul_options run = {.resolve = one};
    const char *colon = strchr(value, ':');
    const char *second = colon != NULL ? strchr(colon + 1, ':') : NULL;
    (void)row;
    if (second == NULL || second[1] == '\0')
        return "is not HOST:PORT:ADDRESS";
    return objection(&run);
}

const char *hl_run_check_output(const struct hl_opt *row, const char *value)
{
    const struct haul_options run = {.output = value};
    (void)row;
    return objection(&run);
}

static const char *set_loops(void *base, const char *value)
{
    struct hl_run_options *options = base;
    uint64_t loops = HAUL_AUTO;
    bool is_auto = strcmp(value, "auto") == 0;
    if (!is_auto &&
        (hl_parse_count(value, HAUL_LOOPS_MAX, &loops) < 0 || loops < 1))
        return "is neither auto nor a number from 1 to 256";
    options->run.loops = (uint32_t)loops;
    options->loops = value;
    return NULL;
}

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

const struct hl_opt hl_transfer_rows[] = {
    {.name = "mode",
     .letter = 'm',
     .argument = "M",
     .kind = HL_OPT_CHOICE,
     .offset = RUN(mode),
     .words = hl_mode_words,
     .help = "async (default), threads, processes or sequential"},
    {.name = "jobs",
     .letter = 'j',
     .argument = "N",
     .kind = HL_OPT_COUNT,
     .offset = RUN(jobs),
     .help = "transfers in flight (256, 10, 5 or 1 by mode)"},
    {.name = "loops",
     .argument = "N",
     .kind = HL_OPT_CALL,
     .call = set_loops,
     .help = "async: on this many event loops (1); auto: one per core"},
    {.name = "retry",
     .argument = "N",
     .kind = HL_OPT_COUNT,
     .offset = RUN(retry),
     .zero = HAUL_NONE,
     .help = "extra attempts (5)"},
    {.name = "retry-delay",
     .argument = "S",
     .kind = HL_OPT_MS,
     .offset = RUN(retry_delay_ms),
     .zero = HAUL_NONE,
     .help = "first wait, doubled each time, with full jitter (1)"},
    {.name = "retry-max-delay",
     .argument = "S",
     .kind = HL_OPT_MS,
     .offset = RUN(retry_max_delay_ms),
     .zero = 1,
     .help = "longest wait (60)"},
    {.name = "retry-on",
     .argument = "LIST",
     .kind = HL_OPT_TEXT,
     .offset = RUN(retry_on),
     .check = check_run,
     .help = "more to retry: statuses, 5xx, error names"},
    {.name = "connect-timeout",
     .argument = "S",
     .kind = HL_OPT_MS,
     .offset = RUN(connect_timeout_ms),
     .zero = 1,
     .help = "for lookup, TCP and TLS (10)"},
    {.name = "max-time",
     .argument = "S",
     .kind = HL_OPT_MS,
     .offset = RUN(max_time_ms),
     .help = "for an attempt (0: no limit)"},
    {.name = "speed-limit",
     .argument = "B",
     .kind = HL_OPT_BYTES32,
     .offset = RUN(speed_limit),
     .zero = HAUL_NONE,
     .help = "slower than this many bytes/s (1000) ..."},
    {.name = "speed-time",
     .argument = "S",
     .kind = HL_OPT_SECONDS,
     .offset = RUN(speed_time_s),
     .zero = 1,
     .help = "... for this long (30) is stalled"},
    {.name = "worker-timeout",
     .argument = "S",
     .kind = HL_OPT_MS,
     .offset = RUN(worker_timeout_ms),
     .zero = 1,
     .help = "processes: kill a worker that gives no sign of life for this "
             "long (30)"},
    {.name = "max-filesize",
     .argument = "B",
     .kind = HL_OPT_BYTES,
     .offset = RUN(max_filesize),
     .help = "larger files fail"},
    {.name = "max-redirs",
     .argument = "N",
     .kind = HL_OPT_COUNT,
     .offset = RUN(max_redirs),
     .zero = HAUL_NONE,
     .help = "redirects that are followed (10)"},
    {.name = NULL},
};

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

const struct hl_opt hl_request_rows[] = {
    {.name = "header",
     .letter = 'H',
     .argument = "LINE",
     .kind = HL_OPT_CALL,
     .call = set_header,
     .adds = true,
     .secret = HL_SECRET_REST,
     .help = "send this header; repeatable"},
    {.name = "user-agent",
     .letter = 'A',
     .argument = "TEXT",
     .kind = HL_OPT_TEXT,
     .offset = RUN(user_agent),
     .check = check_run,
     .help = "instead of haul/VERSION"},
    {.name = "user",
     .letter = 'u',
     .argument = "NAME:PASSWORD",
     .kind = HL_OPT_TEXT,
     .offset = RUN(user),
     .check = check_run,
     .secret = HL_SECRET_REST,
     .help = "basic authentication"},
    {.name = "netrc",
     .kind = HL_OPT_FLAG,
     .offset = RUN(netrc),
     .help = "names and passwords from ~/.netrc"},
    {.name = "cookie",
     .letter = 'b',
     .argument = "NAME=VALUE",
     .kind = HL_OPT_TEXT,
     .offset = RUN(cookie),
     .check = check_cookie,
     .secret = HL_SECRET_REST,
     .help = "send this cookie"},
    {.name = "accept-type",
     .argument = "LIST",
     .kind = HL_OPT_TEXT,
     .offset = RUN(accept_type),
     .check = check_run,
     .help = "other Content-Types fail, as 'image/*,text/html'"},
    {.name = NULL},
};

const struct hl_opt hl_connection_rows[] = {
    {.name = "proxy",
     .argument = "URL",
     .kind = HL_OPT_TEXT,
     .offset = RUN(proxy),
     .check = check_run,
     .secret = HL_SECRET_USER,
     .help = "instead of the environment's"},
    {.name = "noproxy",
     .argument = "LIST",
     .kind = HL_OPT_TEXT,
     .offset = RUN(noproxy),
     .check = check_run,
     .help = "hosts without the proxy; * all"},
    {.name = "cacert",
     .argument = "FILE",
     .kind = HL_OPT_TEXT,
     .offset = RUN(cacert),
     .help = "trust these certificates"},
    {.name = "cert",
     .argument = "FILE",
     .kind = HL_OPT_TEXT,
     .offset = RUN(cert),
     .help = "client certificate, PEM"},
    {.name = "key",
     .argument = "FILE",
     .kind = HL_OPT_TEXT,
     .offset = RUN(key),
     .help = "its key"},
    {.name = "insecure",
     .letter = 'k',
     .kind = HL_OPT_FLAG,
     .offset = RUN(insecure),
     .help = "check no certificates"},
    {.name = "http",
     .argument = "V",
     .kind = HL_OPT_CHOICE,
     .offset = RUN(http),
     .words = http_words,
     .help = "1.1, 2 or auto (default: h2 where TLS offers it)"},
    {.name = "resolve",
     .argument = "HOST:PORT:ADDR",
     .kind = HL_OPT_TEXTS,
     .offset = OWN(resolve),
     .check = check_resolve,
     .help = "connect to ADDR for HOST and PORT; repeatable"},
    {.name = "block-private",
     .kind = HL_OPT_FLAG,
     .offset = RUN(block_private),
     .help = "refuse loopback and private addresses"},
    {.name = "if-exists",
     .argument = "A",
     .kind = HL_OPT_CHOICE,
     .offset = RUN(if_exists),
     .words = if_exists_words,
     .help = "a file that haul did not write: rename (default), skip, "
             "overwrite, adopt"},
    {.name = "keep-dirlinks",
     .kind = HL_OPT_FLAG,
     .offset = RUN(keep_dirlinks),
     .help = "follow symbolic links to directories below DIR"},
    {.name = "update",
     .letter = 'N',
     .kind = HL_OPT_FLAG,
     .offset = RUN(update),
     .help = "ask whether files that are there have changed"},
    {.name = "restart",
     .kind = HL_OPT_FLAG,
     .offset = RUN(restart),
     .help = "fetch all again; each file is replaced when complete"},
    {.name = "retry-failed",
     .kind = HL_OPT_FLAG,
     .offset = RUN(retry_failed),
     .help = "only what failed in runs before, whatever the cause; "
             "without a list, all of it"},
    {.name = "trust-journal",
     .kind = HL_OPT_FLAG,
     .offset = RUN(trust_journal),
     .help = "don't look whether files that are done are still there"},
    {.name = "no-dedupe",
     .kind = HL_OPT_FLAG,
     .offset = RUN(no_dedupe),
     .help = "fetch a URL as often as the list has it"},
    {.name = "remote-time",
     .letter = 'R',
     .kind = HL_OPT_FLAG,
     .offset = RUN(remote_time),
     .help = "the server's modification times"},
    {.name = "fsync",
     .kind = HL_OPT_FLAG,
     .offset = RUN(fsync),
     .help = "sync each file before its name appears"},
    {.name = "sha256",
     .kind = HL_OPT_FLAG,
     .offset = RUN(sha256),
     .help = "record the SHA-256 of each file"},
    {.name = NULL},
};

/* Options that users know from other tools: those that say what haul does
 * anyway, and letters that mean another thing here. */
const struct hl_opt hl_foreign_rows[] = {
    {.name = "continue", .letter = 'c', .kind = HL_OPT_ACCEPTED},
    {.name = "location", .letter = 'L', .kind = HL_OPT_ACCEPTED},
    {.name = "fail", .letter = 'f', .kind = HL_OPT_ACCEPTED},
    {.name = "silent", .letter = 's', .kind = HL_OPT_ACCEPTED},
    {.name = "show-error", .letter = 'S', .kind = HL_OPT_ACCEPTED},
    {.name = "",
     .letter = 'Z',
     .kind = HL_OPT_REFUSED,
     .help = "transfers are parallel by default; -j N says how many"},
    {.name = "",
     .letter = 'O',
     .kind = HL_OPT_REFUSED,
     .help = "files are named after their URLs by default; -o NAME"},
    {.name = "",
     .letter = 'P',
     .kind = HL_OPT_REFUSED,
     .help = "the directory is -d DIR, the number of transfers -j N"},
    {.name = "",
     .letter = 't',
     .kind = HL_OPT_REFUSED,
     .help = "extra attempts are --retry N"},
    {.name = "",
     .letter = 'T',
     .kind = HL_OPT_REFUSED,
     .help = "timeouts are --connect-timeout S and --max-time S"},
    {.name = "",
     .letter = 'C',
     .kind = HL_OPT_REFUSED,
     .help = "resume is always on; --restart begins again"},
    {.name = NULL},
};

void hl_run_options_release(struct hl_run_options *options)
{
    hl_opt_strings_release(&options->headers);
    hl_opt_strings_release(&options->resolve);
}
