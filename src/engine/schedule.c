#include "engine/schedule.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "util/hash.h"

/* Owned by the schedule, from its first task to its last. */
struct hl_host {
    UT_hash_handle hh;
    char *origin; /* the key: scheme://host:port */
    struct hl_task *queue;
    uint32_t queued;
    uint32_t running;
    struct hl_host *prev; /* in the list of the ready; NULL: not in it */
    struct hl_host *next;
};

void hl_schedule_init(struct hl_schedule *schedule, uint32_t max_per_host,
                      struct hl_trace *trace)
{
    *schedule =
        (struct hl_schedule){.max_per_host = max_per_host, .trace = trace};
}

void hl_schedule_release(struct hl_schedule *schedule)
{
    free(schedule->later);
    schedule->later = NULL;
}

static struct hl_host *host_new(struct hl_schedule *schedule,
                                const char *origin)
{
    struct hl_host *host = calloc(1, sizeof(*host));
    if (host == NULL)
        return NULL;
    host->origin = strdup(origin);
    if (host->origin != NULL)
        HASH_ADD_KEYPTR(hh, schedule->hosts, host->origin, strlen(host->origin),
                        host);
    /* Without memory uthash leaves the item out, and says so here. */
    if (host->origin == NULL || host->hh.tbl == NULL) {
        free(host->origin);
        free(host);
        return NULL;
    }
    schedule->hosts_count++;
    return host;
}

static void host_free(struct hl_schedule *schedule, struct hl_host *host)
{
    HASH_DEL(schedule->hosts, host);
    schedule->hosts_count--;
    free(host->origin);
    free(host);
}

/* Keeps the list of the ready true after any change of a host. */
static void settle(struct hl_schedule *schedule, struct hl_host *host)
{
    bool ready = host->queued > 0 && host->running < schedule->max_per_host;
    if (ready && host->prev == NULL) {
        DL_APPEND(schedule->ready, host);
    } else if (!ready && host->prev != NULL) {
        DL_DELETE(schedule->ready, host);
        host->prev = NULL;
    }
    if (host->queued == 0 && host->running == 0)
        host_free(schedule, host);
}

int hl_schedule_add(struct hl_schedule *schedule, struct hl_task *task,
                    const char *origin)
{
    struct hl_host *host = NULL;
    HASH_FIND_STR(schedule->hosts, origin, host);
    if (host == NULL)
        host = host_new(schedule, origin);
    if (host == NULL)
        return UV_ENOMEM;
    task->host = host;
    DL_APPEND(host->queue, task);
    host->queued++;
    schedule->queued++;
    HL_TRACE_TEXT(schedule->trace, HL_EV_JOB_QUEUED, task->url,
                  .job = task->job.id, .value = (int64_t)task->line);
    if (host->running >= schedule->max_per_host)
        HL_TRACE_TEXT(schedule->trace, HL_EV_HOST_HELD, host->origin,
                      .job = task->job.id, .value = host->running,
                      .value2 = host->queued);
    settle(schedule, host);
    return 0;
}

static struct hl_task *pop(struct hl_schedule *schedule, struct hl_host *host)
{
    struct hl_task *task = host->queue;
    DL_DELETE(host->queue, task);
    task->prev = NULL;
    host->queued--;
    schedule->queued--;
    return task;
}

struct hl_task *hl_schedule_take(struct hl_schedule *schedule)
{
    struct hl_host *host = schedule->ready;
    if (host == NULL)
        return NULL;
    struct hl_task *task = pop(schedule, host);
    host->running++;
    /* To the end of the line: hosts are served in turn. */
    DL_DELETE(schedule->ready, host);
    host->prev = NULL;
    settle(schedule, host);
    return task;
}

void hl_schedule_done(struct hl_schedule *schedule, struct hl_task *task)
{
    struct hl_host *host = task->host;
    task->host = NULL;
    host->running--;
    settle(schedule, host);
}

static void swap(struct hl_task **heap, size_t a, size_t b)
{
    struct hl_task *task = heap[a];
    heap[a] = heap[b];
    heap[b] = task;
}

static void sift_down(struct hl_task **heap, size_t count)
{
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= count)
            return;
        if (child + 1 < count && heap[child + 1]->due_ns < heap[child]->due_ns)
            child++;
        if (heap[at]->due_ns <= heap[child]->due_ns)
            return;
        swap(heap, at, child);
        at = child;
    }
}

int hl_schedule_delay(struct hl_schedule *schedule, struct hl_task *task)
{
    if (schedule->later_count == schedule->later_size) {
        size_t size = schedule->later_size > 0 ? 2 * schedule->later_size : 64;
        struct hl_task **later =
            realloc(schedule->later, size * sizeof(struct hl_task *));
        if (later == NULL)
            return UV_ENOMEM;
        schedule->later = later;
        schedule->later_size = size;
    }
    size_t at = schedule->later_count++;
    schedule->later[at] = task;
    while (at > 0 && schedule->later[at]->due_ns <
                         schedule->later[(at - 1) / 2]->due_ns) {
        swap(schedule->later, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
    return 0;
}

uint64_t hl_schedule_next_due(const struct hl_schedule *schedule)
{
    return schedule->later_count > 0 ? schedule->later[0]->due_ns : UINT64_MAX;
}

static struct hl_task *pop_later(struct hl_schedule *schedule)
{
    struct hl_task *task = schedule->later[0];
    schedule->later[0] = schedule->later[--schedule->later_count];
    sift_down(schedule->later, schedule->later_count);
    return task;
}

struct hl_task *hl_schedule_pop_due(struct hl_schedule *schedule,
                                    uint64_t now_ns)
{
    return hl_schedule_next_due(schedule) <= now_ns ? pop_later(schedule)
                                                    : NULL;
}

struct hl_task *hl_schedule_pop_any(struct hl_schedule *schedule)
{
    struct hl_host *host;
    struct hl_host *after;
    if (schedule->later_count > 0)
        return pop_later(schedule);
    HASH_ITER (hh, schedule->hosts, host, after) {
        if (host->queued == 0)
            continue;
        struct hl_task *task = pop(schedule, host);
        task->host = NULL;
        settle(schedule, host);
        return task;
    }
    return NULL;
}
