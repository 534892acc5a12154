/*
 * The schedule without a network: the real list reader, table and schedule
 * over a virtual clock, for lists that are too long to be fetched in a test.
 *
 *     sim_schedule SHAPE LINES
 *
 * Shapes: sorted (by host, the first tenth at a slow one), zipf (a few hosts
 * have most lines), wide (200,000 hosts, all alike), dead (wide, and one host
 * in twenty cannot be reached). Prints what it measured, and fails when memory
 * or the use of the slots is out of bounds.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "journal/find.h"
#include "journal/journal.h"
#include "list/list.h"
#include "schedule/delayed.h"
#include "schedule/schedule.h"
#include "util/container_of.h"
#include "util/url.h"

enum {
    SLOTS = 256,
    PER_HOST = 6,
    HOSTS = 200000,
    SORTED_HOSTS = 1000,
    ZIPF_HOSTS = 100000,
    MS = 1000000,
    FAST_MS = 50,
    SLOW_MS = 10000,
    DEAD_MS = 10000,
    RETRIES = 5,
    BYTES_A_LINE = 32,
    BASE_BYTES = 64 * 1024 * 1024,
};

/* Sanitizers keep what was freed, and more: memory says nothing then. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#    define SANITIZED true
#else
#    define SANITIZED false
#endif

enum shape { SORTED, ZIPF, WIDE, DEAD };

/* A task that runs, in a heap by when it ends. */
struct running {
    struct hl_heap_node end;
    struct hl_task *task;
    enum hl_host_answer answer;
};

struct sim {
    enum shape shape;
    uint64_t lines;
    struct hl_schedule schedule;
    struct hl_delayed delayed;
    struct hl_journal *journal;
    struct hl_list *list;
    struct hl_heap running;
    uint64_t now;
    uint64_t read;
    uint64_t ok;
    uint64_t failed;
    uint64_t busy_ns;       /* of all slots */
    uint64_t fast_ended_ns; /* the last task of a host that is not slow */
    bool at_end;
};

static void fail(const char *what)
{
    fprintf(stderr, "sim: %s\n", what);
    exit(1);
}

/* The host of a line: a number that its name is made of. */
static uint64_t host_of(enum shape shape, uint64_t line, uint64_t lines,
                        uint64_t *random)
{
    *random = *random * 6364136223846793005u + 1442695040888963407u;
    double r = (double)(*random >> 11) / 9007199254740992.0;
    switch (shape) {
    case SORTED:
        if (line < lines / 10)
            return 0;
        return 1 + (line - lines / 10) * SORTED_HOSTS / lines;
    case ZIPF:
        return (uint64_t)pow(ZIPF_HOSTS, r);
    default:
        return (uint64_t)(r * HOSTS);
    }
}

/* The list comes through a pipe, as it would be too long for a disk. */
static pid_t write_list(enum shape shape, uint64_t lines, int fd[2])
{
    if (pipe(fd) < 0)
        fail("no pipe");
    pid_t pid = fork();
    if (pid != 0) {
        close(fd[1]);
        return pid;
    }
    close(fd[0]);
    FILE *out = fdopen(fd[1], "w");
    uint64_t random = 1;
    for (uint64_t i = 0; out != NULL && i < lines; i++)
        fprintf(out, "http://h%" PRIu64 ".example/images/%" PRIu64 ".jpg\n",
                host_of(shape, i, lines, &random), i);
    _exit(out != NULL && fclose(out) == 0 ? 0 : 1);
}

static uint64_t number_of(const struct hl_task *task)
{
    return strtoull(task->url + strlen("http://h"), NULL, 10);
}

static bool is_slow(const struct sim *sim, const struct hl_task *task)
{
    return sim->shape == SORTED && number_of(task) == 0;
}

static bool is_dead(const struct sim *sim, const struct hl_task *task)
{
    return sim->shape == DEAD && number_of(task) % 20 == 0;
}

/* One line into the schedule. @return false at the end of the list. */
static bool pull(struct sim *sim)
{
    struct hl_list_row row;
    struct hl_url url;
    const char *why;
    char origin[HL_ORIGIN_SIZE];
    uint64_t first;
    enum hl_list_event event;
    while ((event = hl_list_next(sim->list, &row)) == HL_LIST_AGAIN)
        continue;
    if (event != HL_LIST_ROW)
        return false;
    sim->read++;
    if (hl_url_parse(&url, row.url, &why) < 0)
        fail("a URL that does not parse");
    struct hl_key key = hl_journal_key(url.text);
    const struct hl_task_strings strings = {
        .key = url.text, .asked = url.text, .url = url.text, .path = url.path};
    struct hl_task *task = hl_task_new(&strings);
    if (task == NULL ||
        hl_journal_see(sim->journal, &key, row.line, &first) < 0 ||
        hl_names_take(hl_journal_names(sim->journal), url.path) < 0 ||
        hl_url_origin(origin, sizeof(origin), &url) < 0 ||
        hl_schedule_add(&sim->schedule, task, origin, false, sim->now) < 0)
        fail("a line that cannot be taken up");
    hl_url_release(&url);
    return true;
}

static void start(struct sim *sim, struct hl_task *task)
{
    struct running *running = calloc(1, sizeof(*running));
    uint64_t ms = is_slow(sim, task)   ? SLOW_MS
                  : is_dead(sim, task) ? DEAD_MS
                                       : FAST_MS;
    if (running == NULL)
        fail("out of memory");
    running->task = task;
    running->answer = is_dead(sim, task) ? HL_HOST_ANSWER_UNREACHABLE
                                         : HL_HOST_ANSWER_ANSWERED;
    running->end.at = sim->now + ms * MS;
    sim->busy_ns += ms * MS;
    if (hl_heap_add(&sim->running, &running->end) < 0)
        fail("out of memory");
}

static void end(struct sim *sim, struct running *running)
{
    struct hl_task *task = running->task;
    hl_heap_remove(&sim->running, &running->end);
    if (!is_slow(sim, task) && !is_dead(sim, task))
        sim->fast_ended_ns = sim->now;
    hl_schedule_done(&sim->schedule, task, running->answer, sim->now);
    if (running->answer == HL_HOST_ANSWER_ANSWERED) {
        sim->ok++;
        hl_task_free(task);
    } else if (++task->attempts.counted > RETRIES) {
        sim->failed++;
        hl_task_free(task);
    } else {
        task->due.at =
            sim->now + ((uint64_t)MS << task->attempts.counted) * 1000;
        if (hl_delayed_add(&sim->delayed, task) < 0)
            fail("a task that cannot be put off");
    }
    free(running);
}

static void end_failing(struct sim *sim)
{
    enum haul_error why;
    struct hl_task *task;
    while ((task = hl_schedule_pop_failing(&sim->schedule, sim->now, &why)) !=
           NULL) {
        sim->failed++;
        hl_task_free(task);
    }
}

static void add_due(struct sim *sim)
{
    char origin[HL_ORIGIN_SIZE];
    struct hl_task *task;
    while ((task = hl_delayed_pop(&sim->delayed, sim->now)) != NULL)
        if (hl_host_origin(origin, task->url) < 0 ||
            hl_schedule_add(&sim->schedule, task, origin, true, sim->now) < 0)
            fail("a task that does not come back");
}

/* All that can start now. */
static void fill_slots(struct sim *sim)
{
    for (;;) {
        struct hl_task *task = hl_schedule_take(&sim->schedule, sim->now);
        if (task != NULL)
            start(sim, task);
        else if (sim->at_end || !hl_schedule_wants(&sim->schedule, sim->now) ||
                 !pull(sim))
            break;
    }
}

static uint64_t waiting(const struct sim *sim)
{
    return sim->schedule.queued + hl_delayed_count(&sim->delayed);
}

static void run(struct sim *sim)
{
    while (!sim->at_end || sim->running.count > 0 || waiting(sim) > 0) {
        add_due(sim);
        end_failing(sim);
        fill_slots(sim);
        sim->at_end = sim->at_end || sim->read == sim->lines;
        struct hl_heap_node *first = hl_heap_first(&sim->running);
        uint64_t next = hl_schedule_next_ns(&sim->schedule, sim->now);
        uint64_t due = hl_delayed_next_ns(&sim->delayed);
        next = due < next ? due : next;
        if (first != NULL && first->at < next)
            next = first->at;
        if (next == UINT64_MAX && waiting(sim) > 0)
            fail("tasks wait, and nothing will ever start them");
        if (next == UINT64_MAX)
            break;
        sim->now = next > sim->now ? next : sim->now;
        while ((first = hl_heap_first(&sim->running)) != NULL &&
               first->at <= sim->now)
            end(sim, container_of(first, struct running, end));
        /* The slow host's tail says nothing of the schedule. */
        if (sim->shape == SORTED && sim->at_end &&
            sim->ok + sim->failed + sim->lines / 10 > sim->lines + 1000)
            break;
    }
}

/* How long the tasks of hosts that are not slow need at best. */
static double ideal_s(const struct sim *sim)
{
    double fast = sim->shape == SORTED ? 0.9 * (double)sim->lines
                  : sim->shape == DEAD ? 0.95 * (double)sim->lines
                                       : (double)sim->lines;
    return fast * FAST_MS / 1000 / SLOTS;
}

static void judge(const struct sim *sim, const char *word)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    uint64_t rss = (uint64_t)usage.ru_maxrss * 1024;
    double took = (double)sim->fast_ended_ns / 1e9;
    printf("%-7s %" PRIu64 " lines: %" PRIu64 " ok, %" PRIu64
           " failed; %.1f s of %.1f s at best; slots in use %.0f %%; peak "
           "%.1f MB, spill %.1f MB, %u hosts kept\n",
           word, sim->read, sim->ok, sim->failed, took, ideal_s(sim),
           100.0 * (double)sim->busy_ns / ((double)sim->now * SLOTS),
           (double)rss / 1e6, (double)hl_spill_size(sim->schedule.spill) / 1e6,
           sim->schedule.hosts.count);
    if (!SANITIZED && rss > BASE_BYTES + BYTES_A_LINE * sim->lines)
        fail("too much memory");
    if (sim->shape != SORTED && sim->ok + sim->failed != sim->lines)
        fail("a line was lost");
    /* A host of the sorted list alone fills 6 slots of 256: what bounds it is
     * how soon the others are found. */
    if (sim->shape == WIDE && took > 1.2 * ideal_s(sim))
        fail("slots stood empty");
}

static enum shape shape_of(const char *word)
{
    static const char *const words[] = {"sorted", "zipf", "wide", "dead"};
    for (int i = 0; i < 4; i++)
        if (strcmp(words[i], word) == 0)
            return (enum shape)i;
    fail("no such shape");
    return SORTED;
}

int main(int argc, char **argv)
{
    static struct sim sim;
    char dir[] = "/tmp/haul-sim-XXXXXX";
    char path[32];
    int fd[2];
    if (argc != 3)
        fail("usage: sim_schedule SHAPE LINES");
    sim.shape = shape_of(argv[1]);
    sim.lines = strtoull(argv[2], NULL, 10);
    sim.now = MS;
    pid_t writer = write_list(sim.shape, sim.lines, fd);
    snprintf(path, sizeof(path), "/dev/fd/%d", fd[0]);
    const struct hl_schedule_options options = {
        .jobs = SLOTS,
        .hosts = {.max_per_host = PER_HOST,
                  .adapt = true,
                  .give_up = 5,
                  .retry_delay_ms = 1000},
    };
    const struct hl_list_options format = {.format = HL_LIST_PLAIN};
    if (mkdtemp(dir) == NULL || chdir(dir) < 0 ||
        hl_journal_open(&sim.journal, AT_FDCWD) < 0 ||
        hl_journal_begin(sim.journal, &(struct hl_journal_rules){0}) < 0 ||
        hl_schedule_init(&sim.schedule, &options, AT_FDCWD) < 0 ||
        hl_list_open(&sim.list, path, &format) < 0)
        fail("cannot begin");
    sim.delayed.spill = sim.schedule.spill;
    run(&sim);
    judge(&sim, argv[1]);
    kill(writer, SIGKILL);
    waitpid(writer, NULL, 0);
    hl_journal_close(sim.journal);
    unlink(".haul/journal");
    unlink(".haul/lock");
    if (rmdir(".haul") < 0 || rmdir(dir) < 0)
        fail("something was left behind");
    return 0;
}
