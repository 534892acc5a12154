/*
 * What differs between the modes, as plain data. No other room asks which mode
 * a run has: whoever has to know asks for one of these traits.
 */
#ifndef HL_MODES_TRAITS_H
#define HL_MODES_TRAITS_H

#include <stdbool.h>
#include <stdint.h>

#include "haul/haul.h"

/* File descriptors that transfers take. */
struct hl_mode_files {
    uint32_t a_job;      /* for one transfer: its socket, its part and what
                            libcurl opens for it */
    uint32_t kept_a_job; /* idle connections of one transfer, where there are
                            files enough */
    uint32_t kept_least; /* connections of all transfers together, as soon as
                            there are files enough: idle ones are kept up to
                            this number */
    uint32_t of_many;    /* with so many files, one more for each transfer is
                            enough: the transfers open their parts in turns.
                            0: they do not */
    uint32_t floor;      /* the fewest that a run needs */
    uint32_t floor_bare; /* the same where the parent process left no file open
                            and all files go into one directory */
};

struct hl_mode_traits {
    const char *summary; /* its line in --help */
    const char *worker;  /* the word for one of its workers */
    uint32_t default_jobs;
    bool one_at_a_time; /* options.jobs is 1, whatever was asked for */
    bool blocks;        /* a transfer blocks its thread until it ends */
    bool on_loop;       /* transfers run on the session's thread */
    bool several_loops; /* options.loops may be more than 1 */
    /* Transfers run in child processes, which open the files themselves. So
     * options.worker_argv is needed, nothing can be written to
     * options.output_fd, and the journal's file must have the claim of a job
     * before the job starts. */
    bool in_processes;
    uint32_t pool_threads_a_job; /* threads of libuv's pool */
    uint32_t tasks_a_job;        /* other threads, of any process */
    uint64_t memory_a_job;       /* bytes in this process, beside stacks */
    struct hl_mode_files files;
};

/* Static; NULL where there is no such mode. Any thread. */
const struct hl_mode_traits *hl_mode_traits(enum haul_mode_id mode);

#endif
