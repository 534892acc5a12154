#include "modes/publisher.h"

#include <stdlib.h>

#include "trace/loop_watch.h"
#include "util/container_of.h"

enum { BATCH_MAX = 32 };

/* Freed by its after-work callback. */
struct batch {
    uv_work_t work;
    struct hl_publisher *publisher;
    unsigned count;
    struct hl_publish_item *items[BATCH_MAX];
};

static void on_uv_work(uv_work_t *work)
{
    struct batch *batch = container_of(work, struct batch, work);
    const struct haul_options *o = batch->publisher->desk->env->options;
    for (unsigned i = 0; i < batch->count; i++) {
        if (o->cpu_work_on_pool)
            hl_xfer_burn(batch->items[i]->xfer);
        hl_xfer_publish(batch->items[i]->xfer);
    }
}

static void on_uv_after_work(uv_work_t *work, int status)
{
    struct batch *batch = container_of(work, struct batch, work);
    struct hl_publisher *publisher = batch->publisher;
    HL_IN_CALLBACK(publisher->desk->env->trace, HL_CB_FILES);
    (void)status; /* never cancelled through uv_cancel() */
    for (unsigned i = 0; i < batch->count; i++)
        publisher->published(publisher, batch->items[i]);
    free(batch);
    hl_publisher_send(publisher);
}

static struct hl_publish_item *pop(struct hl_publisher *publisher)
{
    struct hl_publish_item *item = publisher->first;
    publisher->first = item->next;
    if (publisher->first == NULL)
        publisher->tail = &publisher->first;
    return item;
}

/* Work on each file is spread over the pool's threads, not put in line. */
static unsigned batch_size(const struct hl_publisher *publisher)
{
    const struct haul_options *o = publisher->desk->env->options;
    return o->cpu_work_on_pool ? 1 : BATCH_MAX;
}

static struct batch *batch_new(struct hl_publisher *publisher)
{
    struct batch *batch = calloc(1, sizeof(*batch));
    if (batch == NULL)
        return NULL;
    batch->publisher = publisher;
    unsigned most = batch_size(publisher);
    while (publisher->first != NULL && batch->count < most)
        batch->items[batch->count++] = pop(publisher);
    return batch;
}

static void publish_here(struct hl_publisher *publisher)
{
    struct hl_publish_item *item = pop(publisher);
    HL_IN_PART(publisher->desk->env->trace, HL_CB_PUBLISH);
    hl_xfer_publish(item->xfer);
    publisher->published(publisher, item);
}

void hl_publisher_init(struct hl_publisher *publisher, struct hl_desk *desk,
                       void (*published)(struct hl_publisher *publisher,
                                         struct hl_publish_item *item))
{
    *publisher = (struct hl_publisher){.desk = desk, .published = published};
    publisher->tail = &publisher->first;
}

void hl_publisher_add(struct hl_publisher *publisher,
                      struct hl_publish_item *item)
{
    item->next = NULL;
    *publisher->tail = item;
    publisher->tail = &item->next;
}

void hl_publisher_send(struct hl_publisher *publisher)
{
    const struct hl_desk *desk = publisher->desk;
    while (publisher->first != NULL) {
        struct batch *batch = batch_new(publisher);
        if (batch == NULL) {
            publish_here(publisher);
            continue;
        }
        HL_TRACE(desk->env->trace, HL_EV_FILE_BATCH, .value = batch->count);
        uv_queue_work(desk->loop, &batch->work, on_uv_work, on_uv_after_work);
    }
}
