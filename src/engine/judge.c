#include "engine/judge.h"

#include "engine/options.h"

enum { PROGRESS_BYTES = 64 * 1024 };

static bool status_passes(long status)
{
    return status == 408 || status == 425 || status == 429 ||
           (status >= 500 && status < 600);
}

/* Causes that may be gone at the next attempt. */
static bool passes(const struct hl_reply *reply,
                   const struct haul_options *options)
{
    switch (reply->error) {
    case HAUL_ERR_DNS:
    case HAUL_ERR_CONNECT:
    case HAUL_ERR_TIMEOUT:
    case HAUL_ERR_STALLED:
    case HAUL_ERR_TRUNCATED:
    case HAUL_ERR_PROTOCOL:
        return true;
    case HAUL_ERR_HTTP:
        if (status_passes(reply->http_status))
            return true;
        break;
    default:
        break;
    }
    return hl_options_list_has(options->retry_on, reply->http_status,
                               haul_error_word(reply->error));
}

/* An attempt that got clearly further than any before is progress, and does
 * not count. */
static void count_attempt(struct hl_task *task, const struct hl_reply *reply)
{
    task->tries++;
    if (reply->bytes >= task->best_part + PROGRESS_BYTES)
        task->best_part = reply->bytes;
    else
        task->attempts++;
}

enum hl_next hl_judge(struct hl_task *task, const struct hl_reply *reply,
                      const struct haul_options *options, bool stopping)
{
    if (reply->error == HAUL_ERR_CANCELLED)
        return HL_NEXT_LEFT;
    if (reply->error == HAUL_ERR_REDIRECT && reply->location != NULL)
        return HL_NEXT_REDIRECT;
    if (reply->exists)
        return HL_NEXT_RENAME;
    count_attempt(task, reply);
    if (reply->error == HAUL_OK)
        return HL_NEXT_DONE;
    if (!passes(reply, options) || task->attempts > options->retry)
        return HL_NEXT_FAILED;
    return stopping ? HL_NEXT_LEFT : HL_NEXT_RETRY;
}

uint64_t hl_judge_delay_ms(const struct hl_task *task,
                           const struct hl_reply *reply,
                           const struct haul_options *options, uint64_t random)
{
    uint64_t most = options->retry_delay_ms;
    for (uint32_t i = 1;
         i < task->attempts && most < options->retry_max_delay_ms; i++)
        most *= 2;
    if (most > options->retry_max_delay_ms)
        most = options->retry_max_delay_ms;
    uint64_t delay = random % (most + 1);
    uint64_t asked = (uint64_t)reply->retry_after_s * 1000;
    return delay > asked ? delay : asked;
}
