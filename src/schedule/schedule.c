#include "schedule/schedule.h"

#include <stdlib.h>
#include <utlist.h>

enum {
    /* Tasks of one host in memory: four times what may run, in these bounds. */
    QUEUE_MIN = 24,
    QUEUE_MAX = 1024,
    /* Tasks of all hosts in memory. Beyond it a host gets one, to start with.
     */
    QUEUED_MAX = 8192,
    /* With so many hosts or tasks in memory, no request is read in search of
     * one that may start. */
    HOSTS_MAX = 12288,
    MEMORY_MAX = 12288,
    /* One slot in RESERVE is kept for hosts that have answered. Hosts that
     * could not be reached get one slot in SUSPECTS while others wait. */
    RESERVE = 8,
    SUSPECTS = 4,
};

static const uint64_t thousand = 1000;
static const uint64_t burst_ns = 50000000;
static const uint64_t no_domain_holds_ns = 30000000000u;
static const uint64_t addresses_hold_ns = 300000000000u;

int hl_schedule_init(struct hl_schedule *s,
                     const struct hl_schedule_options *options, int dir_fd)
{
    *s = (struct hl_schedule){
        .hosts.o = options->hosts,
        .slots = options->jobs,
        .start_ns = options->start_ns,
        .host_start_ns = options->host_start_ns,
        .host_rest = options->host_rest,
        .returns.idle_max = options->idle_max,
    };
    uint32_t most = options->hosts.max_per_host < options->jobs
                        ? options->hosts.max_per_host
                        : options->jobs;
    s->queue_max = most < QUEUE_MIN / 4   ? QUEUE_MIN
                   : most > QUEUE_MAX / 4 ? QUEUE_MAX
                                          : 4 * most;
    return hl_spill_new(&s->spill, dir_fd);
}

void hl_schedule_release(struct hl_schedule *s)
{
    hl_hosts_release(&s->hosts);
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
    HL_TRACE_TEXT(s->hosts.o.trace, HL_EV_JOB_QUEUED, task->url,
                  .t_ns = task->queued_ns, .job = task->job.id,
                  .value = (int64_t)task->line);
    if (host->running >= hl_host_limit(&s->hosts, host))
        HL_TRACE_TEXT(s->hosts.o.trace, HL_EV_HOST_HELD, host->origin,
                      .job = task->job.id, .value = host->running,
                      .value2 = host->queued + host->spilled.records + 1);
}

static void put(struct hl_host *host, struct hl_task *task, bool at_front)
{
    task->host = host;
    if (at_front)
        DL_PREPEND(host->queue, task);
    else
        DL_APPEND(host->queue, task);
    host->queued++;
}

int hl_schedule_add(struct hl_schedule *s, struct hl_task *task,
                    const char *origin, bool at_front, uint64_t now_ns)
{
    struct hl_host *host = hl_host_get(&s->hosts, origin);
    if (host == NULL)
        return UV_ENOMEM;
    trace_queued(s, host, task);
    if (host->running == 0 && !hl_host_has_tasks(host))
        hl_returns_came(&s->returns, host->left_at);
    bool is_first = task->attempts.made == 0 && task->attempts.redirects == 0;
    int r = 0;
    if (!at_front && must_spill(s, host))
        r = spill(s, host, task);
    else
        put(host, task, at_front);
    if (r < 0)
        return r;
    s->queued++;
    s->urls += is_first;
    host->figures.urls += !at_front;
    hl_host_update(&s->hosts, host, now_ns);
    return 0;
}

/* What the spill holds of host cannot be read. taken: nor can the record that
 * was just taken out of it. */
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
        put(host, task, false);
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

/* Once a host has answered, hosts that may be down do not get all slots. */
static bool may_serve(const struct hl_schedule *s, enum hl_host_list list)
{
    uint32_t doubtful =
        s->started[HL_HOST_UNPROVEN] + s->started[HL_HOST_SUSPECT];
    uint32_t reserve = s->hosts.any_answered ? s->slots / RESERVE : 0;
    if (list == HL_HOST_READY)
        return true;
    if (doubtful >= s->slots - reserve)
        return false;
    return list == HL_HOST_UNPROVEN ||
           s->started[HL_HOST_SUSPECT] <= s->slots / SUSPECTS ||
           (s->hosts.lists[HL_HOST_READY] == NULL &&
            s->hosts.lists[HL_HOST_UNPROVEN] == NULL);
}

/* The lists are served in turn, too. */
static struct hl_host *choose(struct hl_schedule *s)
{
    static const enum hl_host_list lists[] = {HL_HOST_READY, HL_HOST_UNPROVEN,
                                              HL_HOST_SUSPECT};
    enum { LISTS = sizeof(lists) / sizeof(*lists) };
    for (unsigned i = 0; i < LISTS; i++) {
        enum hl_host_list list = lists[(s->turn + i) % LISTS];
        if (s->hosts.lists[list] == NULL || !may_serve(s, list))
            continue;
        s->turn = (s->turn + i + 1) % LISTS;
        return s->hosts.lists[list];
    }
    return NULL;
}

/* The next host in turn. Where its limit has sunk since it came into its list,
 * it leaves the list, until a task of its own ends. */
static struct hl_host *next_host(struct hl_schedule *s, uint64_t now_ns)
{
    struct hl_host *host;
    while ((host = choose(s)) != NULL &&
           host->running >= hl_host_limit(&s->hosts, host))
        hl_host_update(&s->hosts, host, now_ns);
    return host;
}

/* When the next task may start. A timer that comes late is caught up with, for
 * burst_ns at most. */
static uint64_t step(uint64_t next_ns, uint64_t interval_ns, uint64_t now_ns)
{
    uint64_t earliest = now_ns > burst_ns ? now_ns - burst_ns : 0;
    return (next_ns > earliest ? next_ns : earliest) + interval_ns;
}

static void start(struct hl_schedule *s, struct hl_host *host,
                  struct hl_task *task, uint64_t now_ns)
{
    task->started_from = host->list;
    task->chosen_ns = now_ns;
    s->started[host->list]++;
    host->running++;
    host->last_start_ns = now_ns;
    s->running++;
    if (!host->answered)
        s->hosts.unproven += host->running == 1;
    if (s->start_ns > 0)
        s->next_start_ns = step(s->next_start_ns, s->start_ns, now_ns);
    if (s->host_start_ns > 0) {
        host->next_start_ns =
            step(host->next_start_ns, s->host_start_ns, now_ns);
        if (host->next_start_ns > now_ns)
            hl_host_pause(&s->hosts, host, host->next_start_ns,
                          HAUL_HELD_BY_RATE);
    }
}

/* Moves host to the end of its list, where it still may start a task. */
static void turn(struct hl_schedule *s, struct hl_host *host, uint64_t now_ns)
{
    hl_host_update(&s->hosts, host, now_ns);
    if (host->list != HL_HOST_READY && host->list != HL_HOST_UNPROVEN &&
        host->list != HL_HOST_SUSPECT)
        return;
    DL_DELETE(s->hosts.lists[host->list], host);
    DL_APPEND(s->hosts.lists[host->list], host);
}

/* Should the connection be closed after the task that was just taken from host?
 * Where there are many more hosts than slots, a connection to a host without
 * tasks is worth keeping only if tasks come again while it is open: libcurl
 * walks the list of its connections. */
static bool is_last(struct hl_schedule *s, struct hl_host *host)
{
    if (hl_host_has_tasks(host))
        return false;
    host->left_at = hl_returns_left(&s->returns);
    return s->hosts.count > 2 * s->slots && !hl_returns_pay(&s->returns);
}

static bool is_full(const struct hl_schedule *s, uint64_t now_ns)
{
    return s->running >= s->slots || s->next_start_ns > now_ns;
}

struct hl_task *hl_schedule_take(struct hl_schedule *s, uint64_t now_ns)
{
    hl_hosts_wake(&s->hosts, now_ns);
    if (is_full(s, now_ns))
        return NULL;
    struct hl_host *host;
    while ((host = next_host(s, now_ns)) != NULL) {
        struct hl_task *task = pop(s, host);
        if (task == NULL) {
            hl_host_update(&s->hosts, host, now_ns);
            continue;
        }
        hl_addresses_give(host->addresses, task);
        task->looked_up_us = host->lookup_us;
        host->lookup_us = 0;
        task->job.http_1 = host->http_1;
        task->job.close_after = is_last(s, host);
        start(s, host, task, now_ns);
        turn(s, host, now_ns);
        return task;
    }
    return NULL;
}

/* Has the host rest after a task that it was busy with. */
static void rest(struct hl_schedule *s, struct hl_host *host,
                 const struct hl_task *task, uint64_t now_ns)
{
    uint64_t taken_ns = now_ns - task->chosen_ns;
    if (s->host_rest > 0)
        hl_host_pause(&s->hosts, host,
                      now_ns + taken_ns / thousand * s->host_rest,
                      HAUL_HELD_BY_CAP);
}

bool hl_schedule_done(struct hl_schedule *s, struct hl_task *task,
                      enum hl_host_answer answer, uint64_t now_ns)
{
    struct hl_host *host = task->host;
    bool next_address = false;
    task->host = NULL;
    host->running--;
    s->running--;
    s->started[task->started_from]--;
    if (!host->answered)
        s->hosts.unproven -= host->running == 0;
    if (answer == HL_HOST_ANSWER_UNREACHABLE)
        next_address = hl_addresses_next(host->addresses, task);
    else
        rest(s, host, task, now_ns);
    if (!next_address)
        hl_host_learn(&s->hosts, host, answer, task->chosen_ns, now_ns);
    task->job.address = NULL;
    hl_host_update(&s->hosts, host, now_ns);
    return next_address;
}

void hl_schedule_pause(struct hl_schedule *s, struct hl_task *task,
                       uint64_t until_ns, uint64_t now_ns)
{
    struct hl_host *host = task->host;
    bool is_paused =
        host->wake.place != 0 && host->paused_by == HAUL_HELD_BY_PAUSE;
    uint64_t from_ns =
        is_paused && host->wake.at > now_ns ? host->wake.at : now_ns;
    if (until_ns > from_ns)
        host->figures.held_ns[HAUL_HELD_BY_PAUSE] += until_ns - from_ns;
    hl_host_pause(&s->hosts, host, until_ns, HAUL_HELD_BY_PAUSE);
    hl_host_update(&s->hosts, host, now_ns);
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t hl_schedule_next_ns(const struct hl_schedule *s, uint64_t now_ns)
{
    const struct hl_heap_node *paused = hl_heap_first(&s->hosts.paused);
    uint64_t next = paused != NULL ? paused->at : UINT64_MAX;
    if (s->next_start_ns > now_ns)
        next = sooner(next, s->next_start_ns);
    return next;
}

bool hl_schedule_wants(const struct hl_schedule *s, uint64_t now_ns)
{
    return !is_full(s, now_ns) && s->hosts.count < HOSTS_MAX &&
           in_memory(s) < MEMORY_MAX;
}

/* What most of the hosts that keep tasks waiting do it by. */
static enum haul_held held_by_hosts(const struct hl_hosts *hosts)
{
    unsigned most = HAUL_HELD_NOT;
    for (unsigned why = HAUL_HELD_NOT + 1; why < HL_HOST_HELDS; why++)
        if (hosts->held[why] > (most > 0 ? hosts->held[most] : 0))
            most = why;
    return (enum haul_held)most;
}

enum haul_held hl_schedule_held(const struct hl_schedule *s, bool has_more,
                                bool has_retries, uint64_t now_ns)
{
    const struct hl_hosts *hosts = &s->hosts;
    if (s->running >= s->slots)
        return HAUL_HELD_NOT;
    if ((s->queued > 0 || has_more) && s->next_start_ns > now_ns)
        return HAUL_HELD_BY_START;
    if (s->queued == 0 && has_retries)
        return hosts->asked_to_wait > 0 ? HAUL_HELD_BY_PAUSE
                                        : HAUL_HELD_BY_RETRY;
    if (hl_hosts_may_start(hosts))
        return HAUL_HELD_NOT;
    return held_by_hosts(hosts);
}

struct hl_task *hl_schedule_pop_failing(struct hl_schedule *s, uint64_t now_ns,
                                        enum haul_error *why)
{
    struct hl_host *host = s->hosts.lists[HL_HOST_FAILING];
    if (host == NULL)
        return NULL;
    struct hl_task *task = pop(s, host);
    *why = host->fails_with;
    if (task != NULL)
        task->host = NULL;
    hl_host_update(&s->hosts, host, now_ns);
    return task;
}

/* A host whose tasks cannot be read back has none afterwards. */
struct hl_task *hl_schedule_pop_any(struct hl_schedule *s)
{
    struct hl_host *host;
    struct hl_task *task = NULL;
    while (task == NULL && (host = hl_hosts_next_waiting(&s->hosts)) != NULL)
        task = pop(s, host);
    if (task != NULL)
        task->host = NULL;
    return task;
}

static void set_addresses(struct hl_host *host, struct hl_addresses *addresses,
                          uint64_t now_ns)
{
    free(host->addresses);
    host->addresses = addresses;
    host->lookup_state = HL_LOOKUP_DONE;
    host->lookup_until_ns = now_ns + addresses_hold_ns;
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
        set_addresses(host, addresses, now_ns);
    } else if (error == HAUL_ERR_NODOMAIN) {
        host->fails_with = error;
        host->fails_until_ns = now_ns + no_domain_holds_ns;
    } else {
        host->last_start_ns = now_ns;
        hl_host_learn(&s->hosts, host, HL_HOST_ANSWER_UNREACHABLE, now_ns,
                      now_ns);
        task = pop(s, host);
    }
    if (task != NULL)
        task->host = NULL;
    hl_host_update(&s->hosts, host, now_ns);
    return task;
}
