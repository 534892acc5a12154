/* The parts that the sentences about a run are made of. */
#ifndef HL_CLI_DIAGNOSIS_WORDS_H
#define HL_CLI_DIAGNOSIS_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/host_name.h"
#include "cli/run_options.h"
#include "haul/debug.h"
#include "util/buf.h"

/* A host that took much of something. */
struct hl_diagnosis_host {
    char name[HL_HOST_NAME_SIZE]; /* "": no host */
    struct haul_host_stats stats; /* without the origin */
};

/* What else a run was measured by. */
struct hl_diagnosis_figures {
    const struct haul_options *run;
    const struct haul_stats *stats;
    const struct haul_loop_stats *loop; /* the busiest */
    uint32_t loops;                     /* with the session's; 0 not known */
    double seconds;
    double cpu_seconds; /* of the process and its workers */
    unsigned cores;
    uint64_t files_limit;  /* of open files, where run's jobs were lowered to
                              it; 0: they were not */
    struct hl_share share; /* what run's limits are */
    const char *proxy;     /* its name, or NULL */
};

/* The time of transfers, without that in queues. */
uint64_t hl_transfer_us(const struct haul_times *times);
double hl_percent(double part, double whole);
/* Does a file of this host take several times as long as one of the others? */
bool hl_is_slow(const struct hl_diagnosis_figures *figures,
                const struct haul_host_stats *host);

/* "350 ms", "2.4 s" */
void hl_put_duration(struct hl_buf *out, double seconds);
/* "5/s", "90/m", "5/s over 64 parts at once": what so many tasks have together,
 * or one of 0. */
void hl_put_rate(struct hl_buf *out, uint64_t interval_ns, uint32_t tasks);
/* " over 64 parts at once", behind a limit of so many; or nothing. */
void hl_put_over(struct hl_buf *out, uint32_t tasks);
/* "127.0.0.7 has 215 of 600 URLs" */
void hl_put_share(struct hl_buf *out,
                  const struct hl_diagnosis_figures *figures,
                  const struct hl_diagnosis_host *host);
/* "127.0.0.7 took 1.0 s a file, the other hosts 20 ms; " */
void hl_put_pace(struct hl_buf *out, const struct hl_diagnosis_figures *figures,
                 const struct hl_diagnosis_host *host);
/* " for 1.9 s, 95 % of the time" */
void hl_put_held(struct hl_buf *out, const struct hl_diagnosis_figures *figures,
                 enum haul_held why);

#endif
