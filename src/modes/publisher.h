/*
 * Does the file work that a transfer leaves when it has ended: the file gets
 * its name, or a part that is no use is removed. This runs on the thread pool,
 * in batches, because handing each file to the pool alone would cost more than
 * the file itself. For transfers on a loop; all calls on the loop's thread.
 */
#ifndef HL_MODES_PUBLISHER_H
#define HL_MODES_PUBLISHER_H

#include "modes/mode.h"
#include "transfer/body_to_sink.h"
#include "transfer/xfer.h"

/* Embedded in whoever owns the transfer. */
struct hl_publish_item {
    struct hl_xfer *xfer; /* borrowed; hl_xfer_has_file_work() is true */
    struct hl_publish_item *next;
    /* Used in the first item of a batch, for the whole batch: so a batch needs
     * no memory of its own. */
    uv_work_t work;
    struct hl_publisher *publisher;
};

/* Embedded in the mode, and filled in by hl_publisher_init(). */
struct hl_publisher {
    struct hl_mode_owner *owner; /* borrowed */
    /* The file work of this transfer is done, or has failed. Called in an
     * after-work callback. */
    void (*published)(struct hl_publisher *publisher,
                      struct hl_publish_item *item);
    struct hl_publish_item *first; /* not in a batch yet */
    struct hl_publish_item **tail;
};

/* A publisher holds no memory and needs no release. */
void hl_publisher_init(struct hl_publisher *publisher,
                       struct hl_mode_owner *owner,
                       void (*published)(struct hl_publisher *publisher,
                                         struct hl_publish_item *item));
/* Adds an item to the next batch. The caller keeps the item in its place until
 * published() is called for it, and calls hl_publisher_send() soon. */
void hl_publisher_add(struct hl_publisher *publisher,
                      struct hl_publish_item *item);
/* Sends all items that were added to the pool. */
void hl_publisher_send(struct hl_publisher *publisher);

#endif
