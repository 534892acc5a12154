#include <errno.h>
#include <inttypes.h>

#include "cli/message.h"
#include "cli/progress.h"
#include "cli/status_parts.h"
#include "util/text.h"
#include "util/url.h"

static bool is_listed(const struct hl_status *s, enum haul_outcome outcome)
{
    switch ((enum hl_status_list)s->options->list) {
    case HL_STATUS_NONE:
        return s->options->json;
    case HL_STATUS_OK:
        return outcome == HAUL_OUTCOME_OK;
    case HL_STATUS_FAILED:
        return outcome == HAUL_OUTCOME_FAILED;
    case HL_STATUS_LEFT:
        return outcome == HAUL_OUTCOME_LEFT;
    case HL_STATUS_ALL:
        return true;
    }
    return false;
}

/* As it is; or, where that would steer a terminal, in normal form, which is the
 * same URL in a list. */
static int list(const char *text)
{
    struct hl_url url;
    const char *why;
    const char *at = text;
    while (*at != '\0' && hl_text_shown_length(at) > 0)
        at += hl_text_shown_length(at);
    if (*at == '\0') {
        puts(text);
        return 0;
    }
    int r = hl_url_parse(&url, text, &why);
    if (r < 0)
        return r;
    puts(url.text);
    hl_url_release(&url);
    return 0;
}

void hl_status_tell(struct hl_status *s, const struct haul_result *result,
                    bool fit)
{
    s->stats.requests++;
    s->stats.outcomes[result->outcome]++;
    if (result->outcome == HAUL_OUTCOME_FAILED)
        s->stats.errors[result->error]++;
    hl_failures_note(&s->failures, result);
    if (!is_listed(s, result->outcome))
        return;
    if (s->options->json)
        hl_report_result(&s->report, result);
    else if (fit && list(result->url) == UV_ENOMEM)
        s->error = UV_ENOMEM;
    else if (!fit)
        s->unlisted++;
}

static void put_count(struct hl_buf *out, uint64_t count, const char *word)
{
    char text[HL_TEXT_COUNT_SIZE];
    hl_text_count(text, count);
    hl_buf_printf(out, "%s %s", text, word);
}

static void say(const struct hl_status *s, const char *dir)
{
    char causes[HL_CAUSES_SIZE];
    char bytes[32];
    struct hl_buf line = {0};
    put_count(&line, s->stats.outcomes[HAUL_OUTCOME_OK], "ok, ");
    put_count(&line, s->stats.outcomes[HAUL_OUTCOME_FAILED], "failed");
    hl_failures_causes(&s->failures, &s->stats, causes);
    hl_buf_text(&line, causes);
    if (s->stats.outcomes[HAUL_OUTCOME_LEFT] > 0) {
        hl_buf_text(&line, ", ");
        put_count(&line, s->stats.outcomes[HAUL_OUTCOME_LEFT], "left");
    }
    if (s->parts > 0) {
        hl_progress_bytes(bytes, sizeof(bytes), (double)s->part_bytes);
        hl_buf_text(&line, " (");
        put_count(&line, s->parts, s->parts == 1 ? "part" : "parts");
        hl_buf_printf(&line, ", %s)", bytes);
    }
    hl_progress_bytes(bytes, sizeof(bytes), (double)s->stats.bytes);
    if (!line.failed)
        hl_tell("%s, %s: %s", line.data, bytes, dir);
    hl_buf_release(&line);
}

int hl_status_finish(struct hl_status *s, const char *dir)
{
    const struct hl_report_summary summary = {
        .stats = &s->stats,
        .left = (int64_t)s->stats.outcomes[HAUL_OUTCOME_LEFT],
    };
    if (s->unlisted > 0)
        hl_error("%" PRIu64 " more that a list of URLs cannot name: their "
                 "lines were bad, or had headers, a user or a checksum",
                 s->unlisted);
    if (s->options->json)
        return hl_report_close(&s->report, &summary);
    if (s->error < 0)
        return s->error;
    if (s->options->list == HL_STATUS_NONE)
        say(s, dir);
    return fflush(stdout) != 0 || ferror(stdout) ? -errno : 0;
}
