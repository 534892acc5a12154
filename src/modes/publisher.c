#include "modes/publisher.h"

#include "trace/loop_watch.h"
#include "util/container_of.h"

enum { BATCH_MAX = 32 };

static void on_uv_work(uv_work_t *work)
{
    struct hl_publish_item *item =
        container_of(work, struct hl_publish_item, work);
    const struct haul_options *o = item->publisher->owner->shared->options;
    for (; item != NULL; item = item->next) {
        hl_xfer_take_up(item->xfer);
        if (o->cpu_work_on_pool)
            hl_xfer_burn(item->xfer);
        hl_xfer_do_file_work(item->xfer);
    }
}

static void on_uv_after_work(uv_work_t *work, int status)
{
    struct hl_publish_item *item =
        container_of(work, struct hl_publish_item, work);
    struct hl_publisher *publisher = item->publisher;
    HL_IN_CALLBACK(publisher->owner->shared->trace, HL_CB_FILES);
    (void)status; /* never cancelled through uv_cancel() */
    while (item != NULL) {
        /* published() may add it again. */
        struct hl_publish_item *next = item->next;
        publisher->published(publisher, item);
        item = next;
    }
    hl_publisher_send(publisher);
}

/* The extra work of options.cpu_work_us is spread over the pool's threads. */
static unsigned batch_size(const struct hl_publisher *publisher)
{
    const struct haul_options *o = publisher->owner->shared->options;
    return o->cpu_work_on_pool ? 1 : BATCH_MAX;
}

void hl_publisher_init(struct hl_publisher *publisher,
                       struct hl_mode_owner *owner,
                       void (*published)(struct hl_publisher *publisher,
                                         struct hl_publish_item *item))
{
    *publisher = (struct hl_publisher){.owner = owner, .published = published};
    publisher->tail = &publisher->first;
}

void hl_publisher_add(struct hl_publisher *publisher,
                      struct hl_publish_item *item)
{
    item->next = NULL;
    *publisher->tail = item;
    publisher->tail = &item->next;
}

/* With work on the pool a file waits in the pool's queue for the work of
 * others, and not for its own storing. */
static void hand_over(const struct haul_options *o,
                      struct hl_publish_item *batch)
{
    uint64_t now = uv_hrtime();
    for (; batch != NULL; batch = batch->next) {
        if (!o->cpu_work_on_pool)
            hl_xfer_await_file(batch->xfer, now);
        hl_xfer_hand_over(batch->xfer, now);
    }
}

void hl_publisher_send(struct hl_publisher *publisher)
{
    const struct hl_mode_owner *owner = publisher->owner;
    while (publisher->first != NULL) {
        struct hl_publish_item *batch = publisher->first;
        struct hl_publish_item *last = batch;
        unsigned count = 1;
        for (; last->next != NULL && count < batch_size(publisher); count++)
            last = last->next;
        publisher->first = last->next;
        if (publisher->first == NULL)
            publisher->tail = &publisher->first;
        last->next = NULL;
        batch->publisher = publisher;
        hand_over(owner->shared->options, batch);
        HL_TRACE(owner->shared->trace, HL_EV_FILE_BATCH, .value = count);
        uv_queue_work(owner->loop, &batch->work, on_uv_work, on_uv_after_work);
    }
}
