#include "schedule/later.h"

#include "util/container_of.h"

enum { HEAP_MAX = 8192 };

static const uint64_t span_ns = 4000000000u;

void hl_later_release(struct hl_later *later)
{
    hl_heap_release(&later->heap);
    hl_buf_release(&later->record);
}

/* A span is read back when all that is in it is due; what is due after the
 * last of them waits in it, and is put off again. */
static unsigned span_of(const struct hl_task *task, uint64_t *due_ns)
{
    uint64_t span = task->due.at / span_ns;
    *due_ns = (span + 1) * span_ns;
    return (unsigned)(span % HL_LATER_SPANS);
}

static int spill(struct hl_later *later, struct hl_task *task)
{
    uint64_t due_ns;
    unsigned index = span_of(task, &due_ns);
    hl_buf_clear(&later->record);
    hl_task_save(task, &later->record);
    if (later->record.failed)
        return UV_ENOMEM;
    int r = hl_spill_put(later->spill, &later->spans[index], later->record.data,
                         later->record.used);
    if (r < 0)
        return r;
    bool first = later->spans[index].records == 1;
    if (first || due_ns < later->span_due_ns[index])
        later->span_due_ns[index] = due_ns;
    later->spilled++;
    hl_task_free(task);
    return 0;
}

int hl_later_add(struct hl_later *later, struct hl_task *task)
{
    if (later->heap.count < HEAP_MAX)
        return hl_heap_add(&later->heap, &task->due);
    return spill(later, task);
}

uint64_t hl_later_next_ns(const struct hl_later *later)
{
    const struct hl_heap_node *first = hl_heap_first(&later->heap);
    uint64_t next = first != NULL ? first->at : UINT64_MAX;
    for (unsigned i = 0; later->spilled > 0 && i < HL_LATER_SPANS; i++)
        if (later->spans[i].records > 0 && later->span_due_ns[i] < next)
            next = later->span_due_ns[i];
    return next;
}

static int pop_spilled(struct hl_later *later, unsigned index,
                       struct hl_task **out)
{
    struct hl_chain *span = &later->spans[index];
    int r = hl_spill_get(later->spill, span, &later->record);
    if (r < 0) {
        later->lost += span->records;
        later->spilled -= span->records;
        *span = (struct hl_chain){0};
        return r;
    }
    later->spilled--;
    *out = hl_task_load(&later->record);
    later->lost += *out == NULL;
    return *out != NULL ? 0 : UV_ENOMEM;
}

int hl_later_pop(struct hl_later *later, uint64_t now_ns, struct hl_task **out)
{
    struct hl_heap_node *first = hl_heap_first(&later->heap);
    *out = NULL;
    if (first != NULL && first->at <= now_ns) {
        hl_heap_remove(&later->heap, first);
        *out = container_of(first, struct hl_task, due);
        return 0;
    }
    for (unsigned i = 0; later->spilled > 0 && i < HL_LATER_SPANS; i++)
        if (later->spans[i].records > 0 && later->span_due_ns[i] <= now_ns)
            return pop_spilled(later, i, out);
    return 0;
}

uint64_t hl_later_count(const struct hl_later *later)
{
    return later->heap.count + later->spilled;
}
