#include "run/waiting.h"

#include <utlist.h>

#include "run/conclude.h"
#include "util/time_units.h"

void hl_run_enqueue(struct hl_run *run, struct hl_task *task, bool again)
{
    char origin[HL_ORIGIN_SIZE];
    uint64_t now = uv_hrtime();
    task->queued_ns = now;
    int r = hl_host_origin(origin, task->url);
    if (r == 0)
        r = hl_schedule_add(&run->schedule, task, origin, again, now);
    if (r == UV_EINVAL)
        hl_run_fail(run, task, HAUL_ERR_NAME, 0, "no http or https URL");
    else if (r < 0)
        hl_run_fail_code(run, task, r);
}

void hl_run_arm(struct hl_run *run)
{
    uint64_t due = hl_schedule_next_ns(&run->schedule, uv_hrtime());
    uint64_t probe = hl_outage_next_ns(&run->outage);
    uint64_t delayed = hl_delayed_next_ns(&run->delayed);
    due = due < probe ? due : probe;
    hl_wakeup_at(&run->waker, due < delayed ? due : delayed);
}

void hl_run_delay(struct hl_run *run, struct hl_task *task, uint64_t wait_ms)
{
    task->due.at = uv_hrtime() + wait_ms * HL_NS_PER_MS;
    int r = hl_delayed_add(&run->delayed, task);
    if (r < 0)
        hl_run_fail_code(run, task, r);
    hl_run_arm(run);
}

void hl_run_enqueue_due(struct hl_run *run)
{
    uint64_t now = uv_hrtime();
    struct hl_task *task;
    while ((task = hl_delayed_pop(&run->delayed, now)) != NULL)
        hl_run_enqueue(run, task, true);
}

void hl_run_unready(struct hl_run *run)
{
    struct hl_task *task;
    while ((task = run->ready) != NULL) {
        DL_DELETE(run->ready, task);
        task->prev = NULL;
        hl_schedule_done(&run->schedule, task, HL_HOST_ANSWER_NONE,
                         uv_hrtime());
        hl_run_enqueue(run, task, true);
    }
}

/* A delayed task that cannot be read back is not the last. */
struct hl_task *hl_run_pop_waiting(struct hl_run *run)
{
    struct hl_task *task = NULL;
    while (task == NULL && hl_delayed_count(&run->delayed) > 0)
        task = hl_delayed_pop(&run->delayed, UINT64_MAX);
    return task != NULL ? task : hl_schedule_pop_any(&run->schedule);
}
