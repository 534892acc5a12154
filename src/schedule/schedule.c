#include "schedule/schedule.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "util/container_of.h"

enum {
    /* Of one host's tasks in memory: four times what may run, within: */
    QUEUE_MIN = 24,
    QUEUE_MAX = 1024,
    /* Of all in memory; beyond it a host gets one, for it to start with. */
    QUEUED_MAX = 8192,
    /* Hosts in memory, and tasks, beyond which none is read in search of one
     * that may start. */
    HOSTS_MAX = 12288,
    MEMORY_MAX = 12288,
    /* One slot in so many is for hosts that have answered, and no more are for
     * those that could not be reached while others wait. */
    RESERVE = 8,
    SUSPECTS = 4,
};

static const uint64_t burst_ns = 50000000;
static const uint64_t no_domain_holds_ns = 30000000000u;

int hl_schedule_init(struct hl_schedule *s,
                     const struct hl_schedule_options *options, int dir_fd)
{
    *s = (struct hl_schedule){.o = *options, .slots = options->jobs};
    uint32_t most = options->max_per_host < options->jobs
                        ? options->max_per_host
                        : options->jobs;
    s->queue_max = most < QUEUE_MIN / 4   ? QUEUE_MIN
                   : most > QUEUE_MAX / 4 ? QUEUE_MAX
                                          : 4 * most;
    int r = hl_spill_new(&s->spill, dir_fd);
    s->later.spill = s->spill;
    return r;
}

void hl_schedule_release(struct hl_schedule *s)
{
    while (s->hosts != NULL)
        hl_host_free(s, s->hosts);
    hl_later_release(&s->later);
    hl_heap_release(&s->paused);
    hl_buf_release(&s->record);
    hl_spill_free(s->spill);
    s->spill = NULL;
}

static uint64_t in_memory(const struct hl_schedule *s)
{
    return s->queued - s->spilled;
}

static bool must_spill(const struct hl_schedule *s, const struct hl_host *host)
{
    return host->spilled.records > 0 || host->queued >= s->queue_max ||
           (in_memory(s) >= QUEUED_MAX && host->queued > 0);
}

static int spill(struct hl_schedule *s, struct hl_host *host,
                 struct hl_task *task)
{
    hl_buf_clear(&s->record);
    hl_task_save(task, &s->record);
    if (s->record.failed)
        return UV_ENOMEM;
    int r =
        hl_spill_put(s->spill, &host->spilled, s->record.data, s->record.used);
    if (r < 0)
        return r;
    s->spilled++;
    hl_task_free(task);
    return 0;
}

static void trace_queued(const struct hl_schedule *s,
                         const struct hl_host *host, const struct hl_task *task)
{
    HL_TRACE_TEXT(s->o.trace, HL_EV_JOB_QUEUED, task->url,
                  .t_ns = task->queued_ns, .job = task->job.id,
                  .value = (int64_t)task->line);
    if (host->running >= hl_host_limit(s, host))
        HL_TRACE_TEXT(s->o.trace, HL_EV_HOST_HELD, host->origin,
                      .job = task->job.id, .value = host->running,
                      .value2 = host->queued + host->spilled.records + 1);
}

int hl_schedule_add(struct hl_schedule *s, struct hl_task *task,
                    const char *origin, uint64_t now_ns)
{
    struct hl_host *host = hl_host_get(s, origin);
    if (host == NULL)
        return UV_ENOMEM;
    trace_queued(s, host, task);
    if (must_spill(s, host)) {
        int r = spill(s, host, task);
        if (r < 0)
            return r;
    } else {
        task->host = host;
        DL_APPEND(host->queue, task);
        host->queued++;
    }
    s->queued++;
    hl_host_settle(s, host, now_ns);
    return 0;
}

int hl_schedule_add_again(struct hl_schedule *s, struct hl_task *task,
                          const char *origin, uint64_t now_ns)
{
    struct hl_host *host = hl_host_get(s, origin);
    if (host == NULL)
        return UV_ENOMEM;
    trace_queued(s, host, task);
    task->host = host;
    DL_PREPEND(host->queue, task);
    host->queued++;
    s->queued++;
    hl_host_settle(s, host, now_ns);
    return 0;
}

/* What the spill holds of host cannot be read, nor the one record that was
 * taken out of it. */
static void lose(struct hl_schedule *s, struct hl_host *host, uint32_t taken)
{
    uint64_t lost = host->spilled.records + taken;
    s->queued -= lost;
    s->spilled -= lost;
    s->lost += lost;
    host->spilled = (struct hl_chain){0};
}

/* Reads the host's next tasks back, half a queue at once. */
static void refill(struct hl_schedule *s, struct hl_host *host)
{
    while (host->spilled.records > 0 && host->queued < s->queue_max / 2) {
        int r = hl_spill_get(s->spill, &host->spilled, &s->record);
        struct hl_task *task = r == 0 ? hl_task_load(&s->record) : NULL;
        if (task == NULL) {
            lose(s, host, r == 0);
            s->error = r < 0 ? r : UV_ENOMEM;
            return;
        }
        s->spilled--;
        task->host = host;
        DL_APPEND(host->queue, task);
        host->queued++;
    }
}

/* The first task of host, which is in no queue any more; NULL: none. */
static struct hl_task *pop(struct hl_schedule *s, struct hl_host *host)
{
    if (host->queue == NULL)
        refill(s, host);
    struct hl_task *task = host->queue;
    if (task == NULL)
        return NULL;
    DL_DELETE(host->queue, task);
    task->prev = NULL;
    host->queued--;
    s->queued--;
    return task;
}

static void wake_paused(struct hl_schedule *s, uint64_t now_ns)
{
    struct hl_heap_node *first;
    while ((first = hl_heap_first(&s->paused)) != NULL && first->at <= now_ns) {
        hl_heap_remove(&s->paused, first);
        hl_host_settle(s, container_of(first, struct hl_host, wake), now_ns);
    }
}

/* Slots are not all for hosts that may be dead, once some are known not to
 * be. */
static bool may_serve(const struct hl_schedule *s, enum hl_host_list line)
{
    uint32_t doubtful =
        s->started[HL_HOST_UNPROVEN] + s->started[HL_HOST_SUSPECT];
    uint32_t reserve = s->any_answered ? s->slots / RESERVE : 0;
    if (line == HL_HOST_READY)
        return true;
    if (doubtful >= s->slots - reserve)
        return false;
    return line == HL_HOST_UNPROVEN ||
           s->started[HL_HOST_SUSPECT] <= s->slots / SUSPECTS ||
           (s->lists[HL_HOST_READY] == NULL &&
            s->lists[HL_HOST_UNPROVEN] == NULL);
}

/* The lines are served in turn, too. */
static struct hl_host *choose(struct hl_schedule *s)
{
    static const enum hl_host_list lines[] = {HL_HOST_READY, HL_HOST_UNPROVEN,
                                              HL_HOST_SUSPECT};
    enum { LINES = sizeof(lines) / sizeof(*lines) };
    for (unsigned i = 0; i < LINES; i++) {
        enum hl_host_list line = lines[(s->turn + i) % LINES];
        if (s->lists[line] == NULL || !may_serve(s, line))
            continue;
        s->turn = (s->turn + i + 1) % LINES;
        return s->lists[line];
    }
    return NULL;
}

/* The next host in turn. One whose limit has sunk since it was put in line
 * leaves it; the end of what runs there will put it back. */
static struct hl_host *next_host(struct hl_schedule *s, uint64_t now_ns)
{
    struct hl_host *host;
    while ((host = choose(s)) != NULL &&
           host->running >= hl_host_limit(s, host))
        hl_host_settle(s, host, now_ns);
    return host;
}

/* When the next may start, with room for a late timer to be caught up. */
static uint64_t step(uint64_t next_ns, uint64_t interval_ns, uint64_t now_ns)
{
    uint64_t earliest = now_ns > burst_ns ? now_ns - burst_ns : 0;
    return (next_ns > earliest ? next_ns : earliest) + interval_ns;
}

static void start(struct hl_schedule *s, struct hl_host *host,
                  struct hl_task *task, uint64_t now_ns)
{
    task->line_of = host->list;
    task->chosen_ns = now_ns;
    s->started[host->list]++;
    host->running++;
    host->last_start_ns = now_ns;
    s->running++;
    if (!host->answered)
        s->unproven_hosts += host->running == 1;
    if (s->o.start_ns > 0)
        s->next_start_ns = step(s->next_start_ns, s->o.start_ns, now_ns);
    if (s->o.host_start_ns > 0) {
        host->next_start_ns =
            step(host->next_start_ns, s->o.host_start_ns, now_ns);
        if (host->next_start_ns > now_ns)
            hl_host_pause(s, host, host->next_start_ns);
    }
}

/* To the end of its line, if it still is in one. */
static void turn(struct hl_schedule *s, struct hl_host *host, uint64_t now_ns)
{
    hl_host_settle(s, host, now_ns);
    if (host->list != HL_HOST_READY && host->list != HL_HOST_UNPROVEN &&
        host->list != HL_HOST_SUSPECT)
        return;
    DL_DELETE(s->lists[host->list], host);
    DL_APPEND(s->lists[host->list], host);
}

/* Where there are more hosts than connections could be kept to, one whose
 * queue is empty is not worth it: libcurl walks its lists of them. */
static bool is_last(const struct hl_schedule *s, const struct hl_host *host)
{
    return !hl_host_has_tasks(host) && s->hosts_count > 2 * s->slots;
}

static bool is_full(const struct hl_schedule *s, uint64_t now_ns)
{
    return s->running >= s->slots || s->next_start_ns > now_ns;
}

struct hl_task *hl_schedule_take(struct hl_schedule *s, uint64_t now_ns)
{
    wake_paused(s, now_ns);
    if (is_full(s, now_ns))
        return NULL;
    struct hl_host *host;
    while ((host = next_host(s, now_ns)) != NULL) {
        struct hl_task *task = pop(s, host);
        if (task == NULL) {
            hl_host_settle(s, host, now_ns);
            continue;
        }
        hl_host_give_address(host, task);
        task->job.http_1 = host->http_1;
        task->job.close_after = is_last(s, host);
        start(s, host, task, now_ns);
        turn(s, host, now_ns);
        return task;
    }
    return NULL;
}

bool hl_schedule_done(struct hl_schedule *s, struct hl_task *task,
                      enum hl_host_answer answer, uint64_t now_ns)
{
    struct hl_host *host = task->host;
    bool rotated = false;
    task->host = NULL;
    host->running--;
    s->running--;
    s->started[task->line_of]--;
    if (!host->answered)
        s->unproven_hosts -= host->running == 0;
    if (answer == HL_HOST_ANSWER_ANSWERED || answer == HL_HOST_ANSWER_BUSY)
        hl_host_answered(s, host);
    if (answer == HL_HOST_ANSWER_ANSWERED)
        hl_host_willing(s, host);
    if (answer == HL_HOST_ANSWER_BUSY)
        hl_host_busy(s, host, task->chosen_ns, now_ns);
    if (answer == HL_HOST_ANSWER_UNREACHABLE) {
        rotated = hl_host_rotate(host, task);
        if (!rotated)
            hl_host_unreachable(s, host, now_ns);
    }
    task->job.address = NULL;
    hl_host_settle(s, host, now_ns);
    return rotated;
}

void hl_schedule_pause(struct hl_schedule *s, struct hl_task *task,
                       uint64_t until_ns, uint64_t now_ns)
{
    hl_host_pause(s, task->host, until_ns);
    hl_host_settle(s, task->host, now_ns);
}

int hl_schedule_delay(struct hl_schedule *s, struct hl_task *task)
{
    return hl_later_add(&s->later, task);
}

struct hl_task *hl_schedule_pop_due(struct hl_schedule *s, uint64_t now_ns)
{
    struct hl_task *task;
    int r = hl_later_pop(&s->later, now_ns, &task);
    if (r < 0)
        s->error = r;
    s->lost += s->later.lost;
    s->later.lost = 0;
    return task;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t hl_schedule_next_ns(const struct hl_schedule *s, uint64_t now_ns)
{
    const struct hl_heap_node *paused = hl_heap_first(&s->paused);
    uint64_t next = hl_later_next_ns(&s->later);
    if (paused != NULL)
        next = sooner(next, paused->at);
    if (s->next_start_ns > now_ns)
        next = sooner(next, s->next_start_ns);
    return next;
}

bool hl_schedule_wants(const struct hl_schedule *s, uint64_t now_ns)
{
    return !is_full(s, now_ns) && s->hosts_count < HOSTS_MAX &&
           in_memory(s) < MEMORY_MAX;
}

bool hl_schedule_is_held(const struct hl_schedule *s)
{
    return s->running > 0 && s->running < s->slots && s->queued > 0 &&
           s->lists[HL_HOST_READY] == NULL &&
           s->lists[HL_HOST_UNPROVEN] == NULL &&
           s->lists[HL_HOST_SUSPECT] == NULL && s->paused.count == 0;
}

bool hl_schedule_is_lowered(const struct hl_schedule *s)
{
    return 2 * s->lowered > s->hosts_count - s->idle;
}

uint64_t hl_schedule_waiting(const struct hl_schedule *s)
{
    return s->queued + hl_later_count(&s->later);
}

struct hl_task *hl_schedule_pop_doomed(struct hl_schedule *s, uint64_t now_ns,
                                       enum haul_error *why)
{
    struct hl_host *host = s->lists[HL_HOST_DOOMED];
    if (host == NULL)
        return NULL;
    struct hl_task *task = pop(s, host);
    *why = host->doom;
    if (task != NULL)
        task->host = NULL;
    hl_host_settle(s, host, now_ns);
    return task;
}

struct hl_task *hl_schedule_pop_any(struct hl_schedule *s)
{
    struct hl_task *task = NULL;
    /* One that cannot be read back is not the last of them. */
    while (task == NULL && hl_later_count(&s->later) > 0)
        task = hl_schedule_pop_due(s, UINT64_MAX);
    if (task != NULL)
        return task;
    if (s->drained == NULL)
        s->drained = s->hosts;
    while (s->drained != NULL) {
        struct hl_host *host = s->drained;
        task = hl_host_has_tasks(host) ? pop(s, host) : NULL;
        if (task != NULL) {
            task->host = NULL;
            return task;
        }
        s->drained = host->hh.next;
        hl_host_settle(s, host, 0);
    }
    return NULL;
}

struct hl_task *hl_schedule_looked_up(struct hl_schedule *s,
                                      struct hl_host *host,
                                      struct hl_addresses *addresses,
                                      enum haul_error error, uint64_t now_ns)
{
    struct hl_task *task = NULL;
    host->lookup = NULL;
    host->lookup_state = HL_LOOKUP_WANTED;
    if (error == HAUL_OK) {
        hl_host_set_addresses(host, addresses, now_ns);
    } else if (error == HAUL_ERR_NODOMAIN) {
        host->doom = error;
        host->doom_until_ns = now_ns + no_domain_holds_ns;
    } else {
        host->last_start_ns = now_ns;
        hl_host_unreachable(s, host, now_ns);
        task = pop(s, host);
    }
    if (task != NULL)
        task->host = NULL;
    hl_host_settle(s, host, now_ns);
    return task;
}

void hl_schedule_forget_lookups(struct hl_schedule *s)
{
    for (struct hl_host *host = s->hosts; host != NULL; host = host->hh.next)
        if (host->lookup != NULL)
            s->o.forget(s->o.arg, host);
}
