#include "cli/run_options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cause_option.h"
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
    /* "-H: is not ...", where a list has "a header that is not ...". */
    static const char subject[] = "a header that ";
    if (why == NULL)
        return hl_opt_strings_add(&options->headers, value);
    bool has_subject = strncmp(why, subject, strlen(subject)) == 0;
    return has_subject ? why + strlen(subject) : why;
}

/* What the library says of these options, without the member's name. */
static const char *objection(const struct haul_options *run)
{
    const char *why = haul_options_objection(run);
    const char *colon = why != NULL ? strchr(why, ':') : NULL;
    return colon != NULL ? colon + 2 : why;
}

/* Checks one text, as if it were the only option. */
static const char *check_run(const struct hl_opt *row, const char *value)
{
    struct haul_options run = {0};
    size_t at = row->offset - offsetof(struct hl_run_options, run);
    *(const char **)((char *)&run + at) = value;
    return objection(&run);
}

/* As curl does: what has no "=" is the name of a file. Where no file has that
 * name, it may be a secret, which is not printed. */
static const char *set_cookie(void *base, const char *value)
{
    struct hl_run_options *options = base;
    const struct haul_options run = {.cookie = value};
    const char *why = objection(&run);
    if (why == NULL && strchr(value, '=') != NULL)
        return hl_opt_strings_add(&options->cookies, value);
    if (why == NULL && access(value, F_OK) < 0)
        return "is neither NAME=VALUE nor a file that is there";
    options->cookie_path = value;
    return why;
}

static const char *check_resolve(const struct hl_opt *row, const char *value)
{
    const char *const one[] = {value, NULL};
    const struct haul_options run = {.resolve = one};
    (void)row;
    return objection(&run);
}

const char *hl_run_check_output(const struct hl_opt *row, const char *value)
{
    const struct haul_options run = {.output = value};
    (void)row;
    return objection(&run);
}

static const char *const auto_words[] = {"auto", NULL};

/* 0 is the default. */
static const char *set_jobs(void *base, const char *value)
{
    struct haul_options *run = &((struct hl_run_options *)base)->run;
    uint64_t jobs = 0;
    bool is_auto = strcmp(value, "auto") == 0;
    if (!is_auto && hl_parse_count(value, 1u << 20, &jobs) < 0)
        return "is neither auto nor a number from 0 to 1048576";
    run->jobs = (uint32_t)jobs;
    run->auto_jobs = is_auto;
    return NULL;
}

static const char *set_loops(void *base, const char *value)
{
    struct hl_run_options *options = base;
    uint64_t loops = 0;
    bool is_auto = strcmp(value, "auto") == 0;
    if (!is_auto &&
        (hl_parse_count(value, HAUL_LOOPS_MAX, &loops) < 0 || loops < 1))
        return "is neither auto nor a number from 1 to 256";
    options->run.loops = (uint32_t)loops;
    options->loops = value;
    return NULL;
}

static const char *const not_a_rate = "is not a rate: write 10/s or 90/m";

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

static const char *const debug_words[] = {
#define X(name, word) word,
    HAUL_TRACE_MAP(X)
#undef X
        "all",
    NULL};

static const char *set_debug(void *base, const char *value)
{
    static const char none_of[] = "is none of "
#define X(name, word) word ", "
        HAUL_TRACE_MAP(X) "all";
#undef X
    struct hl_run_options *options = base;
    for (const char *p = value; *p != '\0';) {
        size_t n = strcspn(p, ",");
        uint32_t bit = n == 3 && strncmp(p, "all", 3) == 0 ? HAUL_TRACE_ALL : 0;
        for (unsigned i = 0; i < HAUL_TRACE_COUNT; i++)
            if (strlen(debug_words[i]) == n &&
                strncmp(debug_words[i], p, n) == 0)
                bit = 1u << i;
        if (bit == 0)
            return none_of;
        options->run.trace |= bit;
        p += n + (p[n] == ',');
    }
    return NULL;
}

/* Other tools have -d for what is --data here. */
static const char *check_dir(const struct hl_opt *row, const char *value)
{
    bool is_body = value[0] == '@' || value[0] == '{' ||
                   (strchr(value, '=') != NULL && strchr(value, '&') != NULL);
    (void)row;
    return is_body && access(value, F_OK) < 0
               ? "looks like the body of a request, which is --data; -d is the "
                 "directory"
               : NULL;
}

const struct hl_opt hl_transfer_rows[] = {
    HL_OPT_ROW("mode", 'm', "MODE", CHOICE, RUN(mode),
               "how to transfer: async (default), threads, processes or "
               "sequential",
               .words = hl_mode_words),
    HL_OPT_ROW("jobs", 'j', "N", CALL, 0,
               "make at most N transfers at a time (default: 256 in async, "
               "10 threads, 5 processes); auto, in async: as many as make the "
               "run faster",
               .brief = "run at most N transfers at a time (default: 256)",
               .call = set_jobs, .words = auto_words),
    HL_OPT_ROW("loops", 0, "N", CALL, 0,
               "async: use N event loops, each on its own thread; auto "
               "(default): one, and more where new TLS connections keep it "
               "busy",
               .call = set_loops, .words = auto_words),
    HL_OPT_ROW("limit-rate", 0, "BYTES", BYTES, RUN(limit_rate),
               "receive at most BYTES per second, all transfers together"),
    HL_OPT_ROW("max-filesize", 0, "BYTES", BYTES, RUN(max_filesize),
               "fail a URL whose file is larger than BYTES"),
    HL_OPT_ROW("max-redirs", 0, "N", COUNT, RUN(max_redirs),
               "follow at most N redirects of a URL (default: 10)",
               .zero = HAUL_NONE),
    HL_OPT_ROW("proto-redir", 0, "LIST", TEXT, RUN(proto_redir),
               "follow redirects only to these protocols, as =http,https or "
               "-http (default: all, but never from https to http)",
               .check = check_run),
    HL_OPT_ROW("worker-timeout", 0, "TIME", MS, RUN(worker_timeout_ms),
               "processes: kill a worker process that gives no sign of life "
               "for TIME (default: 30)",
               .zero = 1),
    {.name = NULL},
};

const struct hl_opt hl_retry_rows[] = {
    HL_OPT_ROW("retry", 0, "N", COUNT, RUN(retry),
               "try a failed transfer up to N more times (default: 5)",
               .zero = HAUL_NONE),
    HL_OPT_ROW("retry-delay", 0, "TIME", MS, RUN(retry_delay_ms),
               "wait up to TIME before the first retry, and up to twice as "
               "long before each further one (default: 1)",
               .zero = HAUL_NONE),
    HL_OPT_ROW("retry-max-delay", 0, "TIME", MS, RUN(retry_max_delay_ms),
               "wait at most TIME before a retry (default: 60)", .zero = 1),
    HL_OPT_ROW("retry-on", 0, "LIST", TEXT, RUN(retry_on),
               "retry these failures too: HTTP statuses, 4xx, 5xx, error "
               "names",
               .check = check_run, .words = hl_cause_words + 1),
    HL_OPT_ROW("connect-timeout", 0, "TIME", MS, RUN(connect_timeout_ms),
               "time limit for name lookup, TCP and TLS together (default: "
               "10)",
               .zero = 1),
    HL_OPT_ROW("max-time", 0, "TIME", MS, RUN(max_time_ms),
               "time limit for one attempt (default: none)"),
    HL_OPT_ROW("speed-limit", 0, "BYTES", BYTES32, RUN(speed_limit),
               "give up an attempt that gets less than BYTES per second for "
               "the time of --speed-time (default: 1000)",
               .zero = HAUL_NONE),
    HL_OPT_ROW("speed-time", 0, "TIME", SECONDS, RUN(speed_time_s),
               "how long an attempt may be slower than --speed-limit "
               "(default: 30)",
               .zero = 1),
    HL_OPT_ROW("max-outage", 0, "TIME", SECONDS, RUN(max_outage_s),
               "when the network is down, wait up to TIME for it, then stop "
               "the run (default: 3600)",
               .zero = HAUL_NONE),
    {.name = NULL},
};

const struct hl_opt hl_polite_rows[] = {
    HL_OPT_ROW("max-per-host", 'x', "N", COUNT, RUN(max_per_host),
               "make at most N transfers at a time to one host (default: 6; "
               "0: no limit)",
               .brief = "at most N of them to one host (default: 6)",
               .zero = HAUL_NONE),
    HL_OPT_ROW("no-adapt", 0, NULL, FLAG, RUN(no_adapt),
               "do not slow down for hosts that answer 429 or 503"),
    HL_OPT_ROW("rate", 0, "N/s", CALL, 0,
               "start at most N transfers per second (or N/m, N/h)",
               .call = set_rate),
    HL_OPT_ROW("rate-per-host", 0, "N/s", CALL, 0,
               "start at most N transfers per second to each host",
               .call = set_rate_per_host),
    HL_OPT_ROW("host-give-up", 0, "N", COUNT, RUN(host_give_up),
               "after N failed connections in a row, over a minute or more, "
               "give up the host: its URLs fail (default: 5)",
               .zero = 1),
    HL_OPT_ROW("dns-jobs", 0, "N", COUNT, RUN(dns_jobs),
               "look up at most N host names at a time (default: 16)",
               .zero = 1),
    {.name = NULL},
};

const struct hl_opt hl_watch_rows[] = {
    HL_OPT_ROW("debug", 0, "LIST", CALL, 0,
               "print events on standard error as they happen: loop, timer, "
               "socket, curl, transfer, schedule, worker, file or all",
               .call = set_debug, .adds = true, .words = debug_words),
    HL_OPT_ROW("trace", 0, "FILE", TEXT, RUN(trace_file),
               "write a timeline of the run to FILE, for ui.perfetto.dev or "
               "haul page"),
    HL_OPT_ROW("trace-limit", 0, "BYTES", BYTES, RUN(trace_max_bytes),
               "end the timeline at this size (default: 512M)"),
    HL_OPT_ROW("loop-stats", 0, NULL, FLAG, OWN(loop_stats),
               "print at the end how the event loop spent its time"),
    HL_OPT_ROW("cpu-work", 0, "TIME", US, RUN(cpu_work_us),
               "spend TIME of processor time on each file, to see what that "
               "does to the run"),
    {.name = NULL},
};

const struct hl_opt hl_request_rows[] = {
    HL_OPT_ROW("header", 'H', "LINE", CALL, 0,
               "send this header, as 'Name: value'; may be given more than "
               "once",
               .brief = "send this header, as 'Name: value'",
               .call = set_header, .adds = true, .secret = HL_SECRET_REST),
    HL_OPT_ROW("user-agent", 'A', "TEXT", TEXT, RUN(user_agent),
               "send this User-Agent (default: haul/VERSION)",
               .check = check_run),
    HL_OPT_ROW("user", 'u', "NAME:PASSWORD", TEXT, RUN(user),
               "send this name and password (HTTP basic authentication)",
               .check = check_run, .secret = HL_SECRET_REST),
    HL_OPT_ROW("netrc", 0, NULL, FLAG, RUN(netrc),
               "take names and passwords from ~/.netrc"),
    HL_OPT_ROW("cookie", 'b', "NAME=VALUE|FILE", CALL, 0,
               "send this cookie, or the cookies in FILE (Netscape format); "
               "FILE is not changed",
               .call = set_cookie, .adds = true, .secret = HL_SECRET_REST),
    HL_OPT_ROW("request", 'X', "METHOD", TEXT, RUN(method),
               "use this method instead of GET; such a request is sent once",
               .check = check_run),
    HL_OPT_ROW("data", 0, "TEXT|@FILE", STRINGS, OWN(data),
               "send this body, by POST unless -X names another method; "
               "@- is standard input",
               .secret = HL_SECRET_REST),
    HL_OPT_ROW("compressed", 0, NULL, FLAG, RUN(compressed),
               "ask for compressed bodies and store them decompressed; such "
               "files are not resumed"),
    HL_OPT_ROW("accept-type", 0, "LIST", TEXT, RUN(accept_type),
               "fail a URL whose Content-Type is not in LIST, as in "
               "'image/*,text/html'",
               .check = check_run),
    {.name = NULL},
};

const struct hl_opt hl_connection_rows[] = {
    HL_OPT_ROW("proxy", 0, "URL", TEXT, RUN(proxy),
               "use this proxy, not the one that the environment names",
               .check = check_run, .secret = HL_SECRET_USER),
    HL_OPT_ROW("noproxy", 0, "LIST", TEXT, RUN(noproxy),
               "use no proxy for these hosts; * is all hosts",
               .check = check_run),
    HL_OPT_ROW("cacert", 0, "FILE", TEXT, RUN(cacert),
               "trust the certificate authorities in FILE (PEM)"),
    HL_OPT_ROW("cert", 0, "FILE", TEXT, RUN(cert),
               "show servers this client certificate (PEM)"),
    HL_OPT_ROW("key", 0, "FILE", TEXT, RUN(key),
               "the private key of --cert (PEM)"),
    HL_OPT_ROW("insecure", 'k', NULL, FLAG, RUN(insecure),
               "do not check the certificates of servers"),
    HL_OPT_ROW("http", 0, "VERSION", CHOICE, RUN(http),
               "use HTTP 1.1 or 2; auto (default) is 2 over TLS where the "
               "server has it, else 1.1",
               .words = http_words),
    HL_OPT_ROW("resolve", 0, "HOST:PORT:ADDR", STRINGS, OWN(resolve),
               "connect to ADDR for HOST and PORT; may be given more than "
               "once",
               .check = check_resolve),
    HL_OPT_ROW("block-private", 0, NULL, FLAG, RUN(block_private),
               "refuse to connect to loopback, private and link-local "
               "addresses"),
    {.name = NULL},
};

const struct hl_opt hl_file_rows[] = {
    HL_OPT_ROW("dir", 'd', "DIR", TEXT, RUN(dir),
               "put the files into DIR, which is made if it does not exist "
               "(default: the current directory)",
               .check = check_dir,
               .brief = "put the files into DIR (default: .)"),
    HL_OPT_ROW("output", 'o', "NAME", TEXT, RUN(output),
               "name the files so (default: {name}). Fields: {name} {stem} "
               "{ext} {host} {path} {query} {id} {n} {n:07} {hash} {hash:3}. "
               "With -, the body of one URL goes to standard output",
               .brief = "name the files so, as {host}/{name}",
               .check = hl_run_check_output),
    HL_OPT_ROW("if-exists", 0, "ACTION", CHOICE, RUN(if_exists),
               "where a file has the name already that haul did not write: "
               "rename the new file (default), skip the URL, overwrite the "
               "file, or adopt it if it is complete",
               .words = if_exists_words),
    HL_OPT_ROW("keep-dirlinks", 0, NULL, FLAG, RUN(keep_dirlinks),
               "write through symbolic links to directories below DIR"),
    HL_OPT_ROW("no-dedupe", 0, NULL, FLAG, RUN(no_dedupe),
               "fetch a URL as often as the list has it, not once"),
    HL_OPT_ROW("remote-time", 'R', NULL, FLAG, RUN(remote_time),
               "give each file the modification time that the server says"),
    HL_OPT_ROW("fsync", 0, NULL, FLAG, RUN(fsync),
               "wait until each file is on the disk before it gets its name"),
    HL_OPT_ROW("sha256", 0, NULL, FLAG, RUN(sha256),
               "record the SHA-256 of each file in the journal and the "
               "report"),
    {.name = NULL},
};

const struct hl_opt hl_rerun_rows[] = {
    HL_OPT_ROW("update", 'N', NULL, FLAG, RUN(update),
               "ask the server whether files that are already there have "
               "changed, and fetch those that have",
               .brief = "fetch files anew that have changed at the server"),
    HL_OPT_ROW("retry-failed", 0, NULL, FLAG, RUN(retry_failed),
               "fetch only the URLs that failed in earlier runs; without a "
               "list, all of them",
               .brief = "fetch only the URLs that failed in earlier runs"),
    HL_OPT_CAUSE_ROW(RUN(retry_causes),
                     "with --retry-failed: only the URLs that failed for one "
                     "of these causes: HTTP statuses, 4xx, 5xx, error names, "
                     "as in 404,5xx,dns"),
    HL_OPT_ROW("restart", 0, NULL, FLAG, RUN(restart),
               "fetch everything again; a file is replaced when its new copy "
               "is complete"),
    HL_OPT_ROW("trust-journal", 0, NULL, FLAG, RUN(trust_journal),
               "do not check whether files that were fetched are still there"),
    {.name = NULL},
};

/* Options that users know from other tools: those that say what haul does
 * anyway, and letters that mean another thing here. */
const struct hl_opt hl_foreign_rows[] = {
    HL_OPT_ROW("continue", 'c', NULL, ACCEPTED, 0, NULL),
    HL_OPT_ROW("location", 'L', NULL, ACCEPTED, 0, NULL),
    HL_OPT_ROW("fail", 'f', NULL, ACCEPTED, 0, NULL),
    HL_OPT_ROW("silent", 's', NULL, ACCEPTED, 0, NULL),
    HL_OPT_ROW("show-error", 'S', NULL, ACCEPTED, 0, NULL),
    HL_OPT_ROW("", 'Z', NULL, REFUSED, 0,
               "transfers are parallel by default; -j N says how many"),
    HL_OPT_ROW("", 'O', NULL, REFUSED, 0,
               "files are named after their URLs by default; -o NAME"),
    HL_OPT_ROW("", 'P', NULL, REFUSED, 0,
               "the directory is -d DIR, the number of transfers -j N"),
    HL_OPT_ROW("", 't', NULL, REFUSED, 0, "extra attempts are --retry N"),
    HL_OPT_ROW("", 'T', NULL, REFUSED, 0,
               "timeouts are --connect-timeout S and --max-time S"),
    HL_OPT_ROW("", 'C', NULL, REFUSED, 0,
               "resume is always on; --restart begins again"),
    {.name = NULL},
};

void hl_run_options_release(struct hl_run_options *options)
{
    hl_opt_strings_release(&options->headers);
    hl_opt_strings_release(&options->resolve);
    hl_opt_strings_release(&options->cookies);
    hl_buf_release(&options->cookie);
    hl_cookie_file_release(&options->cookie_file);
    hl_opt_strings_release(&options->data);
    hl_buf_release(&options->body);
}
