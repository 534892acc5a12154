#include "schedule/delayed.h"

#include <uv.h>

#include "util/container_of.h"

enum { HEAP_MAX = 8192 };

static const uint64_t span_ns = 4000000000u;

void hl_delayed_release(struct hl_delayed *delayed)
{
    hl_heap_release(&delayed->heap);
    hl_buf_release(&delayed->record);
}

/* A span is read back when all tasks in it are due. A task that is due later
 * than the last span reaches shares a span with earlier ones: the caller gets
 * it with them. */
static unsigned span_of(const struct hl_task *task, uint64_t *due_ns)
{
    uint64_t span = task->due.at / span_ns;
    *due_ns = (span + 1) * span_ns;
    return (unsigned)(span % HL_DELAYED_SPANS);
}

static int spill(struct hl_delayed *delayed, struct hl_task *task)
{
    uint64_t due_ns;
    unsigned index = span_of(task, &due_ns);
    hl_buf_clear(&delayed->record);
    hl_task_save(task, &delayed->record);
    if (delayed->record.failed)
        return UV_ENOMEM;
    int r = hl_spill_put(delayed->spill, &delayed->spans[index],
                         delayed->record.data, delayed->record.used);
    if (r < 0)
        return r;
    bool first = delayed->spans[index].records == 1;
    if (first || due_ns < delayed->span_due_ns[index])
        delayed->span_due_ns[index] = due_ns;
    delayed->spilled++;
    hl_task_free(task);
    return 0;
}

int hl_delayed_add(struct hl_delayed *delayed, struct hl_task *task)
{
    if (delayed->heap.count < HEAP_MAX)
        return hl_heap_add(&delayed->heap, &task->due);
    return spill(delayed, task);
}

uint64_t hl_delayed_next_ns(const struct hl_delayed *delayed)
{
    const struct hl_heap_node *first = hl_heap_first(&delayed->heap);
    uint64_t next = first != NULL ? first->at : UINT64_MAX;
    for (unsigned i = 0; delayed->spilled > 0 && i < HL_DELAYED_SPANS; i++)
        if (delayed->spans[i].records > 0 && delayed->span_due_ns[i] < next)
            next = delayed->span_due_ns[i];
    return next;
}

static struct hl_task *pop_spilled(struct hl_delayed *delayed,
                                   struct hl_chain *span)
{
    int r = hl_spill_get(delayed->spill, span, &delayed->record);
    if (r < 0) {
        delayed->error = r;
        delayed->lost += span->records;
        delayed->spilled -= span->records;
        *span = (struct hl_chain){0};
        return NULL;
    }
    delayed->spilled--;
    struct hl_task *task = hl_task_load(&delayed->record);
    if (task == NULL) {
        delayed->error = UV_ENOMEM;
        delayed->lost++;
    }
    return task;
}

struct hl_task *hl_delayed_pop(struct hl_delayed *delayed, uint64_t now_ns)
{
    struct hl_heap_node *first = hl_heap_first(&delayed->heap);
    if (first != NULL && first->at <= now_ns) {
        hl_heap_remove(&delayed->heap, first);
        return container_of(first, struct hl_task, due);
    }
    for (unsigned i = 0; delayed->spilled > 0 && i < HL_DELAYED_SPANS; i++)
        if (delayed->spans[i].records > 0 && delayed->span_due_ns[i] <= now_ns)
            return pop_spilled(delayed, &delayed->spans[i]);
    return NULL;
}

uint64_t hl_delayed_count(const struct hl_delayed *delayed)
{
    return delayed->heap.count + delayed->spilled;
}
