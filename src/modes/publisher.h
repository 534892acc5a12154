/*
 * Files of transfers that are over, on their way to their names, or away: on
 * the thread pool, in batches, as a pool job for each would cost more than its
 * file does. Used by the async mode; loop thread.
 */
#ifndef HL_MODES_PUBLISHER_H
#define HL_MODES_PUBLISHER_H

#include "modes/mode.h"
#include "transfer/file_work.h"
#include "transfer/xfer.h"

/* Embedded in whoever owns the transfer. */
struct hl_publish_item {
    struct hl_xfer *xfer; /* borrowed; hl_xfer_has_file_work() */
    struct hl_publish_item *next;
    /* Of the batch, in its first item: so that no memory can lack for it. */
    uv_work_t work;
    struct hl_publisher *publisher;
};

/* Embedded in the mode, and filled in by hl_publisher_init(). */
struct hl_publisher {
    struct hl_mode_owner *owner; /* borrowed */
    /* The transfer has published, or failed in that. On the loop, from
     * hl_publisher_send() or an after-work callback. */
    void (*published)(struct hl_publisher *publisher,
                      struct hl_publish_item *item);
    struct hl_publish_item *first; /* not in a batch yet */
    struct hl_publish_item **tail;
};

/* Nothing is to be undone: it holds no memory. */
void hl_publisher_init(struct hl_publisher *publisher,
                       struct hl_mode_owner *owner,
                       void (*published)(struct hl_publisher *publisher,
                                         struct hl_publish_item *item));
/* Gathers an item, which stays the caller's and must stay where it is until
 * published() is called for it. hl_publisher_send() must follow. */
void hl_publisher_add(struct hl_publisher *publisher,
                      struct hl_publish_item *item);
/* Sends all that was gathered to the pool. */
void hl_publisher_send(struct hl_publisher *publisher);

#endif
