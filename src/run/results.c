#include "run/results.h"

#include "trace/trace.h"
#include "util/time_units.h"

uint64_t hl_results_number(struct hl_results *results)
{
    results->counts.requests++;
    return ++results->last_number;
}

void hl_results_give(struct hl_results *results, uint64_t number,
                     const struct haul_result *result)
{
    results->counts.outcomes[result->outcome]++;
    if (result->outcome == HAUL_OUTCOME_FAILED)
        results->counts.errors[result->error]++;
    results->alive--;
    uint64_t end_us =
        results->counts.started_us + result->start_us + result->times.total;
    HL_TRACE_TEXT(results->trace, HL_EV_JOB_DONE,
                  haul_outcome_word(result->outcome),
                  .t_ns = result->times.total > 0 ? end_us * HL_NS_PER_US : 0,
                  .job = number, .value = result->http_status,
                  .value2 = result->attempts);
    results->give(results->arg, result);
}

void hl_results_give_task(struct hl_results *results, struct hl_task *task,
                          struct haul_result *result)
{
    result->line = task->line;
    result->id = task->id;
    result->note = task->note;
    result->url = task->asked;
    result->file = results->has_no_files ? NULL : task->path;
    hl_results_give(results, task->job.id, result);
    hl_task_free(task);
}

void hl_results_retry(const struct hl_results *results,
                      const struct hl_task *task, struct haul_retry *retry)
{
    retry->line = task->line;
    retry->url = task->asked;
    retry->retry = task->attempts.counted;
    if (results->retry != NULL)
        results->retry(results->arg, retry);
}

void hl_result_set_left(struct haul_result *result)
{
    result->outcome = HAUL_OUTCOME_LEFT;
    result->error = HAUL_ERR_CANCELLED;
    result->message = haul_error_text(HAUL_ERR_CANCELLED);
}

void hl_results_leave_task(struct hl_results *results, struct hl_task *task)
{
    struct haul_result result = {.attempts = task->attempts.made};
    hl_result_set_left(&result);
    hl_results_give_task(results, task, &result);
}

void hl_results_leave_request(struct hl_results *results,
                              const struct haul_request *request)
{
    struct haul_result result = {
        .line = request->line,
        .id = request->id,
        .note = request->note,
        .url = request->url,
    };
    hl_result_set_left(&result);
    hl_results_give(results, hl_results_number(results), &result);
}
