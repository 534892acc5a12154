/* What a run spent its time on, and which option would lift that: one
 * sentence, from what was measured. */
#ifndef HL_CLI_DIAGNOSIS_H
#define HL_CLI_DIAGNOSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haul/debug.h"

enum { HL_HOST_NAME_SIZE = 128, HL_DIAGNOSIS_SIZE = 320 };

/* Gathered as results come. All zero is none. */
struct hl_diagnosis {
    uint64_t attempted; /* results that a transfer was made for */
    bool answered;      /* a server did, for one of them */
    bool hashed;        /* a file was, for one of them */
    uint64_t retries;   /* attempts for them beyond their first */
    uint64_t dns_us;
    uint64_t set_up_us; /* TCP and TLS */
    uint64_t wait_us;
    uint64_t body_us;
    uint64_t file_us;
    /* The host that has most of the time, if one has more than half: votes
     * for it less votes for others (Boyer and Moore), and its time since. */
    char host[HL_HOST_NAME_SIZE];
    uint64_t host_votes_us;
    uint64_t host_us;
    bool several_hosts;
};

/* What else a run was measured by. */
struct hl_diagnosis_figures {
    const struct haul_options *run;
    const struct haul_stats *stats;
    const struct haul_loop_stats *loop;
    double seconds;
    double cpu_seconds; /* of the process and its workers */
    unsigned cores;
    uint64_t files_limit; /* of open files, where run's jobs were lowered to
                             it; 0: they were not */
};

/* The host of url, without its scheme, user and path. */
void hl_diagnosis_host(char out[HL_HOST_NAME_SIZE], const char *url);
void hl_diagnosis_add(struct hl_diagnosis *diagnosis,
                      const struct haul_result *result);
/* Pure. Leaves out empty when there is nothing to tell. */
void hl_diagnosis_put(const struct hl_diagnosis *diagnosis,
                      const struct hl_diagnosis_figures *figures, char *out,
                      size_t size);

#endif
