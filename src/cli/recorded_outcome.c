#include "cli/recorded_outcome.h"

#include <stdio.h>

#include "journal/on_disk.h"
#include "policy/cause.h"
#include "util/checksum.h"

/* What would a run do that sends what the URL's run sent? */
static struct hl_decision decide(struct hl_beneath *root,
                                 const struct hl_journal_entry *entry,
                                 bool shared)
{
    bool once = !hl_journal_has_sent(entry, "");
    const struct haul_options run = {.method = once ? "POST" : NULL,
                                     .shared = shared};
    const struct hl_known known = hl_on_disk_known(entry, &run, NULL);
    return hl_on_disk_decide(root, &known, &run);
}

static bool judge_failed(struct hl_beneath *root,
                         const struct hl_journal_entry *entry,
                         struct haul_result *result,
                         char message[HL_RECORDED_MESSAGE_SIZE])
{
    const struct hl_journal_failure *failure = &entry->failure;
    result->outcome = HAUL_OUTCOME_FAILED;
    result->error = hl_cause_error(failure->error);
    result->http_status = failure->http_status;
    result->attempts = failure->attempts;
    if (result->error == HAUL_ERR_HTTP)
        snprintf(message, HL_RECORDED_MESSAGE_SIZE, "HTTP %ld",
                 failure->http_status);
    else
        snprintf(message, HL_RECORDED_MESSAGE_SIZE, "%s",
                 haul_error_text(result->error));
    result->message = message;
    (void)hl_on_disk_part_size(root, entry, &result->bytes);
    return false;
}

bool hl_recorded_outcome(struct hl_beneath *root,
                         const struct hl_journal_entry *entry, bool shared,
                         struct haul_result *result,
                         char message[HL_RECORDED_MESSAGE_SIZE])
{
    result->file = entry->name;
    if (entry->state == HL_JOURNAL_FAILED)
        return judge_failed(root, entry, result, message);
    const struct hl_decision decision = decide(root, entry, shared);
    if (decision.todo == HL_TODO_FAILED) {
        result->outcome = HAUL_OUTCOME_FAILED;
        result->error =
            entry->state == HL_JOURNAL_DONE ? HAUL_ERR_IO : HAUL_ERR_CANCELLED;
        result->message = decision.why;
        return false;
    }
    if (decision.todo == HL_TODO_DONE) {
        result->outcome = HAUL_OUTCOME_OK;
        result->bytes = entry->file.stamp.size;
        result->sha256 = hl_digests_sha256(entry->file.digests);
        result->xxh3 = entry->file.xxh3;
        return false;
    }
    result->outcome = HAUL_OUTCOME_LEFT;
    return hl_on_disk_part_size(root, entry, &result->bytes);
}
