/*
 * What differs between the modes, as plain data. No other room asks which mode
 * a run has: whoever has to know asks for one of these traits.
 */
#ifndef HL_MODES_TRAITS_H
#define HL_MODES_TRAITS_H

#include <stdbool.h>
#include <stdint.h>

#include "haul/haul.h"
#include "transfer/file_budget.h"

struct hl_mode_traits {
    const char *summary; /* its line in --help */
    const char *worker;  /* the word for one of its workers */
    uint32_t default_jobs;
    bool one_at_a_time; /* options.jobs is 1, whatever was asked for */
    bool blocks;        /* a transfer blocks its thread until it ends */
    bool on_loop;       /* transfers run on the thread of an event loop: the
                           session's, or one of several */
    bool auto_jobs;     /* options.auto_jobs is possible: a slot that is not
                           used takes no thread and no process */
    bool several_loops; /* options.loops may be more than 1 */
    /* Transfers run in child processes, which open the files themselves. So
     * options.worker_argv is needed, nothing can be written to
     * options.output_fd, and the journal's file must have the claim of a job
     * before the job starts. */
    bool in_processes;
    uint32_t pool_threads_a_job; /* threads of libuv's pool */
    uint32_t tasks_a_job;        /* other threads, of any process */
    uint64_t memory_a_job;       /* bytes in this process, beside stacks */
    struct hl_file_needs files;
};

/* Static; NULL where there is no such mode. Any thread. */
const struct hl_mode_traits *hl_mode_traits(enum haul_mode_id mode);
/* The files of a run with these options, whose jobs and loops are numbers,
 * under the limit as it is now. */
struct hl_file_budget hl_mode_files(const struct haul_options *options);

#endif
