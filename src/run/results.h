/*
 * What the embedder is told: one result for each request, and the figures of
 * the run so far. Loop thread only.
 */
#ifndef HL_RUN_RESULTS_H
#define HL_RUN_RESULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "haul/haul.h"
#include "schedule/task.h"

/* How long a message that the run itself puts together can be. */
enum { HL_MESSAGE_MAX = 320 };

/* Zero but for the first four, there were no requests. */
struct hl_results {
    struct hl_trace *trace;
    bool has_no_files; /* the bytes go to options.output_fd */
    haul_result_fn give;
    haul_retry_fn retry; /* or NULL */
    void *arg;
    uint64_t alive;           /* requests without a result */
    uint64_t last_number;     /* of a request; numbered from 1 */
    struct haul_stats counts; /* what is known of the figures here */
};

/* Counts a request that is alive, as it is taken in. @return its number, which
 * is also that of its job (job.id). */
uint64_t hl_results_number(struct hl_results *results);
/* Gives the result of a request that has no task. number: the request's. */
void hl_results_give(struct hl_results *results, uint64_t number,
                     const struct haul_result *result);
/* Gives the result of a task, and frees the task. Fills in who it is. */
void hl_results_give_task(struct hl_results *results, struct hl_task *task,
                          struct haul_result *result);
/* An attempt of task has failed, and another will follow. Fills in who it is.
 */
void hl_results_retry(const struct hl_results *results,
                      const struct hl_task *task, struct haul_retry *retry);
/* Sets outcome, error and message of what is left to the next run. */
void hl_result_set_left(struct haul_result *result);
/* The run ends before the task does, or before the request has a task: the next
 * run takes it up. */
void hl_results_leave_task(struct hl_results *results, struct hl_task *task);
void hl_results_leave_request(struct hl_results *results,
                              const struct haul_request *request);

#endif
