#include "policy/judge.h"

#include <string.h>

#include "run/options.h"

enum { PROGRESS_BYTES = 64 * 1024, PAUSE_S_MAX = 3600 };

static bool status_passes(long status)
{
    return status == 202 || status == 408 || status == 425 || status == 429 ||
           (status >= 500 && status < 600);
}

enum hl_cause hl_judge_cause(enum haul_error error, long http_status)
{
    switch (error) {
    case HAUL_ERR_DNS:
    case HAUL_ERR_CONNECT:
    case HAUL_ERR_TIMEOUT:
    case HAUL_ERR_STALLED:
    case HAUL_ERR_TRUNCATED:
    case HAUL_ERR_PROTOCOL:
    case HAUL_ERR_HOST:
    case HAUL_ERR_WORKER:
        return HL_CAUSE_PASSING;
    case HAUL_ERR_HTTP:
        /* A proxy wants a password: nobody has asked the server yet. */
        if (http_status == 407)
            return HL_CAUSE_LOCAL;
        return status_passes(http_status) ? HL_CAUSE_PASSING : HL_CAUSE_FINAL;
    case HAUL_ERR_IO:
    case HAUL_ERR_DISK_FULL:
    case HAUL_ERR_CANCELLED:
        return HL_CAUSE_LOCAL;
    case HAUL_ERR_TLS:
    case HAUL_ERR_TYPE:
    case HAUL_ERR_TOO_LARGE:
    case HAUL_ERR_BLOCKED:
    case HAUL_ERR_REDIRECT:
    case HAUL_ERR_CHECKSUM:
        return HL_CAUSE_OPTIONS;
    default:
        return HL_CAUSE_FINAL;
    }
}

enum haul_error hl_journal_error(const char *word)
{
    for (int i = 1; word != NULL && i < HAUL_ERROR_COUNT; i++)
        if (strcmp(word, haul_error_word((enum haul_error)i)) == 0)
            return (enum haul_error)i;
    return HAUL_OK;
}

bool hl_judge_is_final(const struct hl_journal_entry *entry,
                       const struct haul_options *options, const char *checksum)
{
    char options_hash[HL_OPTIONS_HASH_SIZE];
    enum haul_error error = hl_journal_error(entry->error);
    if (entry->state != HL_JOURNAL_FAILED)
        return false;
    switch (hl_judge_cause(error, entry->http_status)) {
    case HL_CAUSE_FINAL:
        return true;
    case HL_CAUSE_OPTIONS:
        hl_options_hash(options_hash, options, error, checksum);
        return entry->options_hash != NULL &&
               strcmp(entry->options_hash, options_hash) == 0;
    default:
        return false;
    }
}

bool hl_journal_is_final(const struct hl_journal_entry *entry,
                         const struct haul_options *options,
                         const char *checksum)
{
    if (entry->state != HL_JOURNAL_FAILED)
        return false;
    const struct haul_options defaulted = hl_options_defaulted(options);
    return hl_judge_is_final(entry, &defaulted, checksum);
}

/* Another attempt in this run may help. A worker's deaths were attempts. */
static bool passes(const struct hl_reply *reply,
                   const struct haul_options *options)
{
    if (hl_judge_cause(reply->error, reply->http_status) == HL_CAUSE_PASSING)
        return reply->error != HAUL_ERR_WORKER;
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

static bool says_nothing(const struct hl_reply *reply,
                         const struct hl_circumstances *now)
{
    return now->rotated || (reply->exhausted && !now->alone) ||
           (now->offline && hl_judge_is_silence(reply));
}

/* Bytes have gone out, and nothing tells how to go on behind them. */
static bool is_stuck(const struct hl_reply *reply,
                     const struct haul_options *options)
{
    return options->output_fd > 0 && reply->bytes > 0 && reply->etag == NULL &&
           reply->last_modified == NULL;
}

enum hl_next hl_judge(struct hl_task *task, const struct hl_reply *reply,
                      const struct haul_options *options,
                      const struct hl_circumstances *now)
{
    if (reply->error == HAUL_ERR_CANCELLED || reply->lost)
        return HL_NEXT_LEFT;
    if (reply->error == HAUL_ERR_REDIRECT && reply->location != NULL)
        return HL_NEXT_REDIRECT;
    if (reply->exists)
        return HL_NEXT_RENAME;
    if (says_nothing(reply, now))
        return now->stopping ? HL_NEXT_LEFT : HL_NEXT_AGAIN;
    count_attempt(task, reply);
    if (reply->error == HAUL_OK)
        return HL_NEXT_DONE;
    if (!passes(reply, options) || is_stuck(reply, options) ||
        task->attempts > options->retry)
        return HL_NEXT_FAILED;
    return now->stopping ? HL_NEXT_LEFT : HL_NEXT_RETRY;
}

enum hl_host_answer hl_judge_host_answer(const struct hl_reply *reply)
{
    if (reply->http_status == 429 || reply->http_status == 503)
        return HL_HOST_ANSWER_BUSY;
    if (reply->answered)
        return HL_HOST_ANSWER_ANSWERED;
    return reply->connect_failed ? HL_HOST_ANSWER_UNREACHABLE
                                 : HL_HOST_ANSWER_NONE;
}

bool hl_judge_is_silence(const struct hl_reply *reply)
{
    return reply->connect_failed || reply->error == HAUL_ERR_DNS ||
           reply->error == HAUL_ERR_CONNECT ||
           reply->error == HAUL_ERR_TIMEOUT ||
           reply->error == HAUL_ERR_STALLED ||
           reply->error == HAUL_ERR_TRUNCATED;
}

bool hl_judge_is_life(const struct hl_reply *reply)
{
    return reply->answered || (hl_judge_is_silence(reply) &&
                               !reply->connect_failed && !reply->reused);
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
    uint64_t asked = hl_judge_pause_ms(reply);
    return delay > asked ? delay : asked;
}

uint64_t hl_judge_pause_ms(const struct hl_reply *reply)
{
    uint64_t s = reply->retry_after_s;
    return (s < PAUSE_S_MAX ? s : (uint64_t)PAUSE_S_MAX) * 1000;
}
