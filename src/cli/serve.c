/* haul serve: the embedded origin as a command. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <uv.h>

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/limits.h"
#include "cli/local_origin.h"
#include "cli/print_message.h"
#include "haul/haul.h"
#include "origin/origin.h"

/* The standard three, four of the origin and a connection with its file; the
 * threads of the origin. */
static const struct hl_needs needs = {.files = 10, .threads = 2};

struct serve_options {
    struct hl_origin_options origin;
    bool parent; /* end with the process that started us */
};

#define SERVE(member) offsetof(struct serve_options, member)

static const struct hl_opt serve_rows[] = {
    HL_OPT_ROW("port", 0, "N", COUNT, SERVE(origin.port),
               "listen on this port (default: any free port)"),
    HL_OPT_ROW("bind", 0, "ADDRESS", TEXT, SERVE(origin.bind),
               "listen on this IPv4 address (default: 127.0.0.1)"),
    HL_OPT_ROW("root", 0, "DIR", TEXT, SERVE(origin.root),
               "serve the files below DIR too"),
    HL_OPT_ROW("log", 0, "FILE", TEXT, SERVE(origin.log),
               "add a line to FILE for each request"),
    HL_OPT_ROW("total-bandwidth", 0, "BYTES", BYTES,
               SERVE(origin.total_bandwidth),
               "send at most BYTES per second on all connections together"),
    HL_OPT_ROW("connections", 0, "N", COUNT, SERVE(origin.connections),
               "have at most N connections open; others wait to be accepted"),
    HL_OPT_ROW("busy-above", 0, "N", COUNT, SERVE(origin.busy_above),
               "with more than N requests at a time, answer 503 to the others"),
    HL_OPT_ROW("slow-above", 0, "N", COUNT, SERVE(origin.slow_above),
               "with more than N requests at a time, let the latency grow by "
               "the square of their number"),
    HL_OPT_ROW("parent", 0, NULL, FLAG, SERVE(parent), NULL),
    HL_OPT_HELP_ROW,
    {.name = NULL},
};

/* Blocks the signals that end the program, in this thread and those that it
 * starts later. @return a descriptor that they can be read from, or -1. */
static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

/* Waits for a signal, or with --parent until the parent closes our standard
 * input. */
static void wait_for_end(int signals, bool parent)
{
    struct pollfd fds[2] = {
        {.fd = signals, .events = POLLIN},
        {.fd = parent ? STDIN_FILENO : -1, .events = POLLIN},
    };
    while (poll(fds, 2, -1) < 0 && (errno == EINTR || errno == ENOMEM))
        continue;
}

/* With --parent another port is taken where the given one is not free. */
static int start(struct hl_origin **out, struct serve_options *options)
{
    int r = hl_origin_start(out, &options->origin);
    if (r == 0 || !options->parent || options->origin.port == 0)
        return r;
    options->origin.port = 0;
    return hl_origin_start(out, &options->origin);
}

static void tell_failure(const struct hl_origin_options *o, int r)
{
    const char *bind = o->bind != NULL ? o->bind : "127.0.0.1";
    if (r == UV_ENOSYS)
        hl_error("serve: the library libmicrohttpd is not installed (Debian's "
                 "package libmicrohttpd12)");
    else if (o->root != NULL && access(o->root, R_OK | X_OK) < 0)
        hl_error("--root: %s: %s", o->root, haul_strerror(-errno));
    else if (o->log != NULL && access(o->log, W_OK) < 0)
        hl_error("--log: %s: %s", o->log, haul_strerror(-errno));
    else
        hl_error("serve: %s, port %u: %s", bind, o->port, haul_strerror(r));
}

static int tell_unwritten(int code)
{
    hl_error("serve: standard output: %s", haul_strerror(-code));
    return -code;
}

static int serve(struct serve_options *options)
{
    struct hl_origin *origin;
    int signals = open_signals();
    if (signals < 0)
        return HL_EXIT_OTHER;
    if (options->parent)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    int r = start(&origin, options);
    if (r == 0) {
        const char *bind = options->origin.bind;
        hl_tell("listening on http://%s:%u", bind != NULL ? bind : "127.0.0.1",
                hl_origin_port(origin));
        /* Who waits for this line would wait for ever. */
        if (fflush(stdout) != 0 || ferror(stdout))
            r = tell_unwritten(errno);
        else
            wait_for_end(signals, options->parent);
        hl_origin_stop(origin);
    } else {
        tell_failure(&options->origin, r);
    }
    close(signals);
    return r == 0 ? HL_EXIT_OK : HL_EXIT_OTHER;
}

static int check(const struct serve_options *options,
                 const struct hl_opt_strings *rest)
{
    if (rest->count > 0) {
        hl_error("serve: takes no arguments such as '%s'", rest->items[0]);
        return HL_EXIT_USAGE;
    }
    if (options->origin.port > UINT16_MAX) {
        hl_error("--port: '%u' is not a port number", options->origin.port);
        return HL_EXIT_USAGE;
    }
    return hl_limits_check(&needs);
}

int hl_cmd_serve(int argc, char **argv)
{
    struct serve_options options = {0};
    const struct hl_opt_table tables[] = {
        {"The server", serve_rows, &options},
        {"Its answers", hl_local_rows, &options.origin},
        {0},
    };
    const struct hl_opt_command command = {
        .name = "serve",
        .usage =
            "haul serve [OPTIONS]: run an HTTP server to try things out with\n"
            "/600x400/ANYTHING is a PNG image of that size, /bytes/N is N "
            "bytes",
        .tables = tables};
    struct hl_opt_parsed parsed;
    int status;
    if (hl_help_begin(&command, argc, argv, &parsed, &status)) {
        status = check(&options, &parsed.rest);
        if (status == HL_EXIT_OK)
            status = serve(&options);
    }
    hl_opt_parsed_release(&parsed);
    return status;
}
