#include "cli/local_origin.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "cli/own_program.h"
#include "util/fnv.h"
#include "util/parse.h"
#include "util/url.h"

enum {
    PORT_FIRST = 12000, /* below the ports that the kernel hands out */
    PORT_COUNT = 20000,
};

#define ORIGIN(member) offsetof(struct hl_origin_options, member)

/* "503=20" */
static const char *set_fault(void *base, const char *value)
{
    struct hl_origin_options *options = base;
    char word[16];
    size_t length = strcspn(value, "=");
    uint64_t percent;
    if (value[length] != '=' || length >= sizeof(word))
        return "is not NAME=PERCENT";
    memcpy(word, value, length);
    word[length] = '\0';
    int fault = hl_fault_by_word(word);
    if (fault < 0)
        return "is not one of: 503, 429, 500, 404, reset, truncate, stall, "
               "slow";
    if (hl_parse_count(value + length + 1, 100, &percent) < 0)
        return "needs a percentage from 0 to 100";
    options->fault_percent[fault] = (uint32_t)percent;
    return NULL;
}

static const char *set_seed(void *base, const char *value)
{
    struct hl_origin_options *options = base;
    return hl_parse_count(value, INT64_MAX, &options->seed) < 0 ? "is no number"
                                                                : NULL;
}

const struct hl_opt hl_local_rows[] = {
    HL_OPT_ROW(
        "latency", 0, "TIME", NS, ORIGIN(latency_ns),
        "wait TIME before each answer (default: 100ms; with serve: none)"),
    HL_OPT_ROW("jitter", 0, "TIME", NS, ORIGIN(jitter_ns),
               "wait up to TIME more, which depends on the path"),
    HL_OPT_ROW("bandwidth", 0, "BYTES", BYTES, ORIGIN(bandwidth),
               "send at most BYTES per second on each connection"),
    HL_OPT_ROW("fault", 0, "NAME=PERCENT", CALL, 0,
               "let this share of the paths fail: 503, 429, 500, 404, reset, "
               "truncate, stall or slow",
               .call = set_fault, .adds = true),
    HL_OPT_ROW("fault-times", 0, "N", COUNT, ORIGIN(fault_times),
               "a path that fails does so for its first N requests (default: "
               "1; 0: always)",
               .zero = UINT32_MAX),
    HL_OPT_ROW("seed", 0, "N", CALL, 0,
               "choose other paths to fail, and other delays",
               .call = set_seed),
    {.name = NULL},
};

static void fill(struct hl_self_arguments *a, const struct hl_origin_options *o)
{
    static const char *const faults[] = {
#define X(name, word) word,
        HL_FAULT_MAP(X)
#undef X
    };
    hl_self_add(a, "serve");
    hl_self_add(a, "--parent");
    hl_self_add(a, "--port=%u", o->port);
    hl_self_add(a, "--latency=%" PRIu64 "ns", o->latency_ns);
    hl_self_add(a, "--jitter=%" PRIu64 "ns", o->jitter_ns);
    hl_self_add(a, "--bandwidth=%" PRIu64, o->bandwidth);
    hl_self_add(a, "--seed=%" PRIu64, o->seed);
    if (o->fault_times > 0)
        hl_self_add(a, "--fault-times=%u",
                    o->fault_times == UINT32_MAX ? 0 : o->fault_times);
    for (int i = 0; i < HL_FAULT_COUNT; i++)
        if (o->fault_percent[i] > 0)
            hl_self_add(a, "--fault=%s=%u", faults[i], o->fault_percent[i]);
}

static int read_port(struct hl_local *out, int fd)
{
    unsigned port = 0;
    FILE *file = fdopen(fd, "r");
    if (file == NULL) {
        close(fd);
        return UV_ENOMEM;
    }
    int n = fscanf(file, "listening on http://127.0.0.1:%u", &port);
    fclose(file);
    out->port = (uint16_t)port;
    return n == 1 ? 0 : UV_ECONNREFUSED;
}

bool hl_local_is_faulty(const struct hl_origin_options *o)
{
    for (int i = 0; i < HL_FAULT_COUNT; i++)
        if (o->fault_percent[i] > 0)
            return true;
    return false;
}

bool hl_local_is_default(const struct hl_origin_options *o)
{
    return !hl_local_is_faulty(o) && o->fault_times == 0 &&
           o->latency_ns == HL_LOCAL_LATENCY_NS && o->jitter_ns == 0 &&
           o->bandwidth == 0 && o->seed == 0;
}

int hl_local_start(struct hl_local *out,
                   const struct hl_origin_options *options)
{
    struct hl_self_arguments arguments = {.count = 0};
    int in[2];
    int listening[2];
    *out = (struct hl_local){.stdin_fd = -1};
    if (pipe2(in, O_CLOEXEC) < 0)
        return -errno;
    if (pipe2(listening, O_CLOEXEC) < 0) {
        int code = -errno;
        close(in[0]);
        close(in[1]);
        return code;
    }
    fill(&arguments, options);
    /* Its own group: a Ctrl-C is for the run, which still needs its origin
     * for what is in flight. */
    int r =
        hl_self_start(&out->pid, &arguments,
                      &(struct hl_self_options){
                          .in = in[0], .out = listening[1], .own_group = true});
    close(in[0]);
    close(listening[1]);
    out->stdin_fd = in[1];
    if (r < 0) {
        out->pid = 0;
        close(listening[0]);
    } else {
        r = read_port(out, listening[0]);
    }
    if (r < 0)
        hl_local_stop(out);
    return r;
}

uint16_t hl_local_port_of(const char *dir)
{
    char cwd[PATH_MAX] = "";
    if (dir[0] != '/' && getcwd(cwd, sizeof(cwd)) == NULL)
        return 0;
    uint64_t hash = hl_fnv_add_text(hl_fnv_add_text(HL_FNV_BASIS, cwd), dir);
    return (uint16_t)(PORT_FIRST + hash % PORT_COUNT);
}

void hl_local_stop(struct hl_local *local)
{
    if (local->stdin_fd > 0)
        close(local->stdin_fd);
    if (local->pid > 0) {
        kill(local->pid, SIGTERM);
        waitpid(local->pid, NULL, 0);
    }
    *local = (struct hl_local){.stdin_fd = -1};
}

int hl_local_url(char **out, const struct hl_local *local, const char *url)
{
    struct hl_url parsed;
    const char *why;
    *out = NULL;
    int r = hl_url_parse(&parsed, url, &why);
    if (r < 0)
        return r;
    int n = asprintf(out, "http://127.0.0.1:%u%s%s%s", local->port, parsed.path,
                     parsed.query != NULL ? "?" : "",
                     parsed.query != NULL ? parsed.query : "");
    hl_url_release(&parsed);
    if (n >= 0)
        return 0;
    *out = NULL;
    return UV_ENOMEM;
}

int hl_local_nth_url(char **out, const struct hl_local *local, uint64_t n)
{
    int r = asprintf(out, "http://127.0.0.1:%u/600x400/image-%03" PRIu64 ".png",
                     local->port, n);
    if (r >= 0)
        return 0;
    *out = NULL;
    return UV_ENOMEM;
}
