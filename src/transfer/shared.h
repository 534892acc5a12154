/*
 * What all transfers of a run share. The run makes it before the first
 * transfer, and a worker process makes its own; both keep it until the last
 * transfer is over. Transfers, on any thread, only read it. The stop, the rate
 * and the atomics may be changed by any thread.
 */
#ifndef HL_TRANSFER_SHARED_H
#define HL_TRANSFER_SHARED_H

#include <stdatomic.h>
#include <stdint.h>

#include "haul/haul.h"
#include "trace/trace.h"
#include "transfer/bucket.h"
#include "transfer/file_budget.h"
#include "transfer/incoming.h"
#include "util/beneath.h"
#include "util/stop.h"

/* A loop keeps no connection for this long after short_ns. */
#define HL_SHORT_FOR_NS UINT64_C(5000000000)

struct hl_shared {
    const struct haul_options *options; /* with the defaults filled in */
    struct hl_trace *trace;             /* or NULL */
    struct hl_bucket *rate;             /* of options->limit_rate; or NULL */
    struct hl_stop *stop;
    struct hl_incoming *incoming; /* counts the bodies; or NULL */
    /* uv_hrtime() when a loop last ran out of files or ports; 0 never. NULL
     * where no loop transfers. */
    atomic_uint_least64_t *short_ns;
    /* Connections that a loop may have in all, in use or not, where that is
     * less than it would keep by itself; 0: not so. NULL where no loop
     * transfers. */
    atomic_uint *connections;
    /* Writes all records to the journal's file, and blocks until they are
     * there. A transfer calls this before it opens a file, and before it
     * changes a part that is on record. Any thread. @return 0 or a code. NULL
     * in a worker: the parent process does it. */
    int (*settle)(void *arg);
    void *settle_arg;
    /* A transfer that blocks its thread calls this between its steps, and about
     * once a second while it waits for a server. It shows that the thread does
     * not hang. Or NULL. */
    void (*alive)(void *arg);
    void *alive_arg;
    struct hl_file_budget files;
    struct hl_beneath *root; /* the files below dir_fd */
    const char *token;       /* in the names of this run's temporary files */
    int dir_fd;              /* of options->dir */
    int rate_fd; /* shared memory with the rate, to hand to workers; or -1 */
    int lock_fd; /* the lock of the directory, to hand to workers; or -1 */
    const char *body; /* options->data_size bytes, that each request sends */
    int body_fd;      /* shared memory with them, to hand to workers; or -1 */
};

static inline void hl_shared_alive(const struct hl_shared *shared)
{
    if (shared->alive != NULL)
        shared->alive(shared->alive_arg);
}

#endif
