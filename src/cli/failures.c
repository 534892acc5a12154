#include "cli/failures.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/print_message.h"
#include "cli/remedies.h"
#include "cli/secret.h"
#include "util/text.h"

enum {
    CAUSES_SHOWN = 6,
    DETAILS_SHOWN = 3, /* causes with what would help against them */
};

/* What the option is for that would have let the URL through. */
static const char *remedy_of(const struct haul_result *result,
                             bool keep_dirlinks)
{
    if (result->remembered)
        return "--retry-failed asks again";
    if (result->sys_errno == ELOOP && !keep_dirlinks)
        return "--keep-dirlinks allows it";
    return hl_remedy(result->error, result->http_status, result->why);
}

const char *hl_failure_text(struct hl_buf *out,
                            const struct haul_result *result,
                            bool keep_dirlinks)
{
    const char *remedy = remedy_of(result, keep_dirlinks);
    bool is_large = result->error == HAUL_ERR_TOO_LARGE;
    bool is_plain = !is_large && !result->had_file && remedy == NULL;
    if (result->message == NULL || is_plain)
        return result->message;
    hl_buf_clear(out);
    hl_buf_text(out, is_large ? "larger than --max-filesize" : result->message);
    if (is_large && result->remembered)
        hl_buf_text(out, ", when it was last asked for");
    if (remedy != NULL)
        hl_buf_printf(out, "; %s", remedy);
    if (result->had_file)
        hl_buf_printf(out, "; the file is kept: %s", result->file);
    return out->data;
}

/* Adds url without passwords; NULL is an empty one. @return the text. */
static const char *put_url(struct hl_buf *out, const char *url)
{
    hl_secret_mask_urls(out, url != NULL ? url : "");
    return out->used > 0 && !out->failed ? out->data : "";
}

void hl_failures_bad_line(const char *list, uint64_t line, uint64_t record,
                          const char *url, const char *why)
{
    struct hl_buf text = {0};
    char number[40] = "";
    if (record != line)
        snprintf(number, sizeof(number), " record %" PRIu64 ":", record);
    hl_error("%s:%" PRIu64 ":%s %s: %s", list, line, number,
             put_url(&text, url), why);
    hl_buf_release(&text);
}

static void name(const struct hl_failures *f, const struct haul_result *result)
{
    struct hl_buf url = {0};
    const char *word = haul_error_word(result->error);
    struct hl_buf text = {0};
    const char *message = hl_failure_text(&text, result, f->keep_dirlinks);
    if (message == NULL || text.failed)
        message = "";
    /* A line that cannot be used fails before the next is read. */
    bool is_read = f->list != NULL && result->line == f->record;
    if (result->error == HAUL_ERR_NAME && is_read && result->attempts == 0)
        hl_failures_bad_line(f->list, f->line, f->record, result->url, message);
    else
        hl_error("%s: %s: %s", put_url(&url, result->url), word, message);
    hl_buf_release(&text);
    hl_buf_release(&url);
}

void hl_failures_at(struct hl_failures *f, const struct hl_source_row *row)
{
    f->list = row->list;
    f->line = row->line;
    f->record = row->request.line;
}

/* What a signal has left is counted alone. */
static bool is_told(const struct haul_result *result)
{
    return result->outcome == HAUL_OUTCOME_FAILED ||
           (result->outcome == HAUL_OUTCOME_LEFT &&
            result->error == HAUL_ERR_WORKER);
}

static void note_why(struct hl_failures *f, const struct haul_result *result)
{
    struct hl_failures_why *why = &f->whys[result->why];
    why->error = result->error;
    why->status = result->error == HAUL_ERR_HTTP ? result->http_status : 0;
    why->count++;
}

void hl_failures_note(struct hl_failures *f, const struct haul_result *result)
{
    if (!is_told(result))
        return;
    long status = result->http_status;
    if (result->error == HAUL_ERR_HTTP && status > 0 && status < HL_STATUS_MAX)
        f->http[status]++;
    if (result->why != HAUL_WHY_NONE)
        note_why(f, result);
    if (f->silent)
        return;
    f->named++;
    if (f->all || f->named <= HL_FAILURES_NAMED)
        name(f, result);
    else if (f->named == HL_FAILURES_NAMED + 1)
        hl_say("further failures are only counted; -v prints all of them");
}

void hl_failures_retry(const struct haul_retry *retry)
{
    struct hl_buf url = {0};
    const char *message =
        retry->message != NULL ? retry->message : haul_error_text(retry->error);
    double wait = (double)retry->wait_ms / 1000;
    const char *shown = put_url(&url, retry->url);
    if (retry->retry > 0)
        hl_say("retry %u of %u in %.1f s: %s: %s", retry->retry, retry->most,
               wait, shown, message);
    else
        hl_say("goes on in %.1f s: %s: %s", wait, shown, message);
    hl_buf_release(&url);
}

/* A cause and how often it was one. */
struct cause {
    enum haul_error error;
    long status; /* of http; 0 */
    uint64_t count;
};

/* Keeps the most frequent, in their order. */
static void rank(struct cause causes[CAUSES_SHOWN], struct cause cause)
{
    for (int i = 0; i < CAUSES_SHOWN; i++) {
        if (causes[i].count >= cause.count)
            continue;
        struct cause less = causes[i];
        causes[i] = cause;
        cause = less;
    }
}

static int rank_all(const struct hl_failures *f, const struct haul_stats *stats,
                    struct cause causes[CAUSES_SHOWN])
{
    int found = 0;
    uint64_t other = stats->errors[HAUL_ERR_HTTP];
    for (long status = 1; status < HL_STATUS_MAX; status++) {
        if (f->http[status] == 0)
            continue;
        other -= f->http[status];
        found++;
        rank(causes, (struct cause){HAUL_ERR_HTTP, status, f->http[status]});
    }
    for (int i = 1; i < HAUL_ERROR_COUNT; i++) {
        uint64_t count = i == HAUL_ERR_HTTP ? other : stats->errors[i];
        if (count == 0 || i == HAUL_ERR_CANCELLED)
            continue;
        found++;
        rank(causes, (struct cause){(enum haul_error)i, 0, count});
    }
    return found;
}

/* What most failures of this cause have in common; HAUL_WHY_NONE: nothing that
 * is known. */
static enum haul_why most_of(const struct hl_failures *f,
                             const struct cause *cause)
{
    enum haul_why most = HAUL_WHY_NONE;
    for (int i = 1; i < HAUL_WHY_COUNT; i++)
        if (f->whys[i].error == cause->error &&
            f->whys[i].status == cause->status &&
            f->whys[i].count > f->whys[most].count)
            most = (enum haul_why)i;
    return most;
}

/* Puts "(WHAT WAS WRONG; WHAT WOULD HELP)" behind a cause, as far as the two
 * are known. @return true where it did. */
static bool put_detail(struct hl_buf *out, const struct hl_failures *f,
                       const struct cause *cause)
{
    char count[HL_TEXT_COUNT_SIZE];
    enum haul_why why = most_of(f, cause);
    const char *remedy = hl_remedy(cause->error, cause->status, why);
    if (remedy == NULL && why == HAUL_WHY_NONE)
        return false;
    hl_buf_text(out, " (");
    if (why != HAUL_WHY_NONE && f->whys[why].count < cause->count) {
        hl_text_count(count, f->whys[why].count);
        hl_buf_printf(out, "%s of them ", count);
    }
    if (why != HAUL_WHY_NONE)
        hl_buf_text(out, haul_why_text(why));
    if (why != HAUL_WHY_NONE && remedy != NULL)
        hl_buf_text(out, "; ");
    hl_buf_printf(out, "%s)", remedy != NULL ? remedy : "");
    return true;
}

static void put_causes(struct hl_buf *out, const struct hl_failures *f,
                       const struct haul_stats *stats, int most_details)
{
    struct cause causes[CAUSES_SHOWN] = {0};
    char count[HL_TEXT_COUNT_SIZE];
    int details = 0;
    int found = rank_all(f, stats, causes);
    for (int i = 0; i < CAUSES_SHOWN && causes[i].count > 0; i++) {
        hl_buf_printf(out, "%s%s ", i > 0 ? ", " : " (",
                      haul_error_word(causes[i].error));
        if (causes[i].status > 0)
            hl_buf_printf(out, "%ld ", causes[i].status);
        hl_text_count(count, causes[i].count);
        hl_buf_text(out, count);
        if (details < most_details)
            details += put_detail(out, f, &causes[i]);
    }
    if (found > 0)
        hl_buf_text(out, found > CAUSES_SHOWN ? ", …)" : ")");
}

void hl_failures_causes(struct hl_buf *out, const struct hl_failures *f,
                        const struct haul_stats *stats)
{
    put_causes(out, f, stats, DETAILS_SHOWN);
}

void hl_failures_counts(struct hl_buf *out, const struct hl_failures *f,
                        const struct haul_stats *stats)
{
    put_causes(out, f, stats, 0);
}

void hl_failures_json(struct hl_buf *out, const struct haul_stats *stats)
{
    const char *before = "";
    hl_buf_text(out, "\"errors\":{");
    for (int i = 1; i < HAUL_ERROR_COUNT; i++) {
        if (stats->errors[i] == 0)
            continue;
        hl_buf_printf(out, "%s\"%s\":%" PRIu64, before,
                      haul_error_word((enum haul_error)i), stats->errors[i]);
        before = ",";
    }
    hl_buf_text(out, "}");
}
