/*
 * What every transfer of a run shares. Made by the run, and once in each
 * worker process; read-only for those who transfer, apart from the stop, the
 * rate and the atomics, which are made for many threads.
 */
#ifndef HL_TRANSFER_SHARED_H
#define HL_TRANSFER_SHARED_H

#include <stdatomic.h>
#include <stdint.h>

#include "haul/haul.h"
#include "trace/trace.h"
#include "transfer/bucket.h"
#include "transfer/file_budget.h"
#include "util/beneath.h"
#include "util/stop.h"

/* For so long after short_ns a loop keeps no connection. */
#define HL_SHORT_FOR_NS UINT64_C(5000000000)

struct hl_shared {
    const struct haul_options *options; /* resolved: no zero stands for a
                                           default any more */
    struct hl_trace *trace;             /* or NULL */
    struct hl_bucket *rate;             /* --limit-rate; or NULL */
    struct hl_stop *stop;
    atomic_uint_least64_t *received; /* body bytes so far; or NULL */
    /* uv_hrtime() when a loop last had no more files or ports; 0 never. NULL
     * where no loop transfers. */
    atomic_uint_least64_t *short_ns;
    /* Writes all records to the journal's file, and blocks until they are
     * there. Called before a file is opened and before a recorded part changes.
     * Any thread. @return 0 or a code. NULL: the parent process does it. */
    int (*settle)(void *arg);
    void *settle_arg;
    /* Called between the steps of a transfer that blocks, and about once a
     * second while it waits for a server, to show that its thread does not
     * hang. Or NULL. */
    void (*alive)(void *arg);
    void *alive_arg;
    struct hl_file_budget files;
    struct hl_beneath *root; /* the files below dir_fd */
    const char *token;       /* in the names of this run's temporary files */
    int dir_fd;              /* of options->dir */
    int rate_fd;             /* memory that rate lies in, for workers; or -1 */
    int lock_fd; /* keeps the directory locked, for workers; or -1 */
};

static inline void hl_shared_alive(const struct hl_shared *shared)
{
    if (shared->alive != NULL)
        shared->alive(shared->alive_arg);
}

#endif
