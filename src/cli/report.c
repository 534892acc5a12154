#include "cli/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/failures.h"
#include "cli/kept_columns.h"
#include "cli/loop_figures.h"
#include "cli/report_hosts.h"
#include "cli/secret.h"
#include "util/date.h"

int hl_report_open(struct hl_report *report, const char *path)
{
    *report = (struct hl_report){0};
    if (path == NULL)
        return 0;
    if (hl_report_name_of(path).is_csv)
        report->form = HL_REPORT_CSV;
    return hl_report_output_open(&report->output, path);
}

/* What stands before the value of a row's member. A row has thirty of them, so
 * each goes out in one piece. */
#define KEY(name) ",\"" name "\":"

/* Begins a member, whose value the caller adds. @return false: there is no
 * value, as this is the header. */
static bool begin(struct hl_report *report, const char *key)
{
    struct hl_buf *buf = &report->buf;
    switch (report->form) {
    case HL_REPORT_JSON:
        hl_buf_text(buf, key);
        return true;
    case HL_REPORT_CSV:
        hl_buf_text(buf, ",");
        return true;
    case HL_REPORT_CSV_HEADER:
        break;
    }
    hl_buf_text(buf, ",");
    hl_buf_add(buf, key + strlen(KEY("")) - 2, strlen(key) - strlen(KEY("")));
    return false;
}

static void put_number(struct hl_report *report, const char *key,
                       uint64_t number)
{
    if (begin(report, key))
        hl_buf_int(&report->buf, (int64_t)number);
}

static void put_ms(struct hl_report *report, const char *key, uint64_t us)
{
    if (begin(report, key))
        hl_buf_thousandths(&report->buf, us);
}

static void put_text(struct hl_report *report, const char *key,
                     const char *text)
{
    if (!begin(report, key))
        return;
    if (report->form == HL_REPORT_CSV)
        hl_buf_csv(&report->buf, text);
    else
        hl_buf_json(&report->buf, text);
}

static void put_null(struct hl_report *report, const char *key)
{
    put_text(report, key, NULL);
}

static void put_url(struct hl_report *report, const char *url)
{
    struct hl_buf shown = {0};
    bool masked = url != NULL && strchr(url, '@') != NULL;
    if (masked)
        hl_secret_mask_urls(&shown, url);
    report->buf.failed |= shown.failed;
    put_text(report, KEY("url"), masked ? shown.data : url);
    hl_buf_release(&shown);
}

/* Of the last attempt, which only the run has seen. */
static void put_transfer(struct hl_report *report,
                         const struct haul_result *result)
{
    put_number(report, KEY("worker"), result->worker);
    put_text(report, KEY("http"), result->http);
    if (begin(report, KEY("reused")))
        hl_buf_text(&report->buf, result->reused ? "true" : "false");
    put_number(report, KEY("resumed_from"), result->resumed_from);
}

static void put_no_transfer(struct hl_report *report)
{
    put_null(report, KEY("worker"));
    put_null(report, KEY("http"));
    put_null(report, KEY("reused"));
    put_null(report, KEY("resumed_from"));
}

/* X(member of the report, member of struct haul_times). */
#define TIMES(X)             \
    X("queued_ms", queued)   \
    X("dns_ms", dns)         \
    X("connect_ms", connect) \
    X("tls_ms", tls)         \
    X("wait_ms", wait)       \
    X("body_ms", body)       \
    X("ready_ms", ready)     \
    X("work_ms", work)       \
    X("file_ms", file)       \
    X("total_ms", total)

static void put_times(struct hl_report *report,
                      const struct haul_result *result)
{
    put_ms(report, KEY("start_ms"), result->start_us);
#define X(name, member) put_ms(report, KEY(name), result->times.member);
    TIMES(X)
#undef X
}

static void put_no_times(struct hl_report *report)
{
    put_null(report, KEY("start_ms"));
#define X(name, member) put_null(report, KEY(name));
    TIMES(X)
#undef X
}

/* The journal keeps the status and the attempts of what failed alone. */
static void put_outcome(struct hl_report *report,
                        const struct haul_result *result)
{
    bool is_known =
        !report->from_journal ||
        (result->outcome == HAUL_OUTCOME_FAILED && result->attempts > 0);
    put_text(report, KEY("outcome"), haul_outcome_word(result->outcome));
    if (is_known)
        put_number(report, KEY("status"), (uint64_t)result->http_status);
    else
        put_null(report, KEY("status"));
    put_number(report, KEY("bytes"), result->bytes);
    if (is_known)
        put_number(report, KEY("attempts"), result->attempts);
    else
        put_null(report, KEY("attempts"));
    put_text(report, KEY("error"), haul_error_word(result->error));
    put_text(report, KEY("message"),
             hl_failure_text(&report->text, result, report->keep_dirlinks));
    report->buf.failed |= report->text.failed;
}

static void put_members(struct hl_report *report,
                        const struct haul_result *result)
{
    if (result->line > 0)
        put_number(report, KEY("n"), result->line);
    else
        put_null(report, KEY("n"));
    put_text(report, KEY("id"), result->id);
    put_url(report, result->url);
    put_text(report, KEY("file"), result->file);
    put_outcome(report, result);
    if (report->from_journal)
        put_no_transfer(report);
    else
        put_transfer(report, result);
    put_text(report, KEY("sha256"), result->sha256);
    put_text(report, KEY("xxh3_128"), result->xxh3);
    if (result->dup_of > 0)
        put_number(report, KEY("dup_of"), result->dup_of);
    else
        put_null(report, KEY("dup_of"));
    if (report->from_journal)
        put_no_times(report);
    else
        put_times(report, result);
}

/* ",n,id,...,": the names of all members. */
static const char *all_members(void)
{
    static char names[1024];
    struct hl_report header = {.form = HL_REPORT_CSV_HEADER};
    if (names[0] != '\0')
        return names;
    put_members(&header, &(struct haul_result){0});
    if (!header.buf.failed)
        snprintf(names, sizeof(names), "%s,v,", header.buf.data);
    hl_buf_release(&header.buf);
    return names;
}

bool hl_report_has(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || strchr(name, ',') != NULL)
        return false;
    for (const char *at = all_members(); (at = strstr(at, name)) != NULL; at++)
        if (at[-1] == ',' && at[length] == ',')
            return true;
    return false;
}

/* Writes a line of CSV; before each of its cells stands a comma, so the first
 * byte is dropped. */
static void write_csv(struct hl_report *report,
                      const struct haul_result *result)
{
    struct hl_buf *buf = &report->buf;
    hl_buf_clear(buf);
    put_members(report, result);
    if (report->form == HL_REPORT_CSV_HEADER && report->kept != NULL)
        hl_kept_columns_header(report->kept, buf);
    if (result->note != NULL)
        hl_buf_text(buf, result->note);
    hl_buf_text(buf, "\r\n");
    hl_report_output_write(&report->output, buf, 1);
}

static void begin_csv(struct hl_report *report)
{
    if (report->form != HL_REPORT_CSV || report->has_begun)
        return;
    report->has_begun = true;
    report->form = HL_REPORT_CSV_HEADER;
    write_csv(report, &(struct haul_result){0});
    report->form = HL_REPORT_CSV;
}

void hl_report_result(struct hl_report *report,
                      const struct haul_result *result)
{
    struct hl_buf *buf = &report->buf;
    if (!hl_report_output_is_open(&report->output))
        return;
    begin_csv(report);
    if (report->form == HL_REPORT_CSV) {
        write_csv(report, result);
        return;
    }
    hl_buf_clear(buf);
    hl_buf_text(buf, "{\"v\":1");
    put_members(report, result);
    if (result->note != NULL)
        hl_buf_text(buf, result->note);
    hl_buf_text(buf, "}\n");
    hl_report_output_write(&report->output, buf, 0);
}

/* The journal does not tell how a file that is there came to be there. */
static bool is_known(const struct hl_report *report, enum haul_outcome outcome)
{
    return !report->from_journal || (outcome != HAUL_OUTCOME_UNCHANGED &&
                                     outcome != HAUL_OUTCOME_ADOPTED);
}

/* What only the run itself knows of its course. */
static void put_course(struct hl_buf *buf,
                       const struct hl_report_summary *summary)
{
    bool is_told = summary->held_back != NULL && summary->held_back[0] != '\0';
    hl_buf_text(buf, ",\"mode\":");
    hl_buf_json(buf, summary->mode);
    if (summary->hosts != NULL)
        hl_buf_printf(buf, ",\"most_in_flight\":%u",
                      summary->stats->most_in_flight);
    else
        hl_buf_text(buf, ",\"most_in_flight\":null");
    hl_buf_text(buf, ",\"held_back\":");
    hl_buf_json(buf, is_told ? summary->held_back : NULL);
    hl_buf_text(buf, ",\"hosts\":");
    if (summary->hosts != NULL)
        hl_report_hosts_json(buf, summary->hosts);
    else
        hl_buf_text(buf, "null");
}

static void put_summary(struct hl_report *report,
                        const struct hl_report_summary *summary)
{
    const struct haul_stats *stats = summary->stats;
    struct hl_buf *buf = &report->buf;
    int64_t left = summary->left;
    hl_buf_text(buf, "{\"v\":1,\"summary\":{");
    for (int i = 0; i < HAUL_OUTCOME_COUNT; i++) {
        enum haul_outcome outcome = (enum haul_outcome)i;
        if (outcome == HAUL_OUTCOME_LEFT)
            continue;
        hl_buf_printf(buf, "\"%s\":", haul_outcome_word(outcome));
        if (is_known(report, outcome))
            hl_buf_printf(buf, "%" PRIu64 ",", stats->outcomes[i]);
        else
            hl_buf_text(buf, "null,");
    }
    if (left >= 0)
        hl_buf_printf(buf, "\"left\":%" PRId64, left);
    else
        hl_buf_text(buf, "\"left\":null");
    hl_buf_text(buf, ",");
    hl_failures_json(buf, stats);
    hl_buf_printf(buf, ",\"bytes\":%" PRIu64, stats->bytes);
    if (report->from_journal) {
        hl_buf_text(buf, ",\"began\":null,\"seconds\":null,");
    } else {
        char began[HL_DATE_ISO_SIZE];
        hl_date_iso(began, stats->began_us);
        hl_buf_printf(buf, ",\"began\":\"%s\",\"seconds\":%.3f,", began,
                      summary->seconds);
    }
    if (summary->loops != NULL)
        hl_loops_json(buf, summary->loops);
    else
        hl_buf_text(buf, "\"loop\":null");
    put_course(buf, summary);
    hl_buf_text(buf, "}}\n");
}

int hl_report_close(struct hl_report *report,
                    const struct hl_report_summary *summary)
{
    struct hl_buf *buf = &report->buf;
    if (!hl_report_output_is_open(&report->output))
        return 0;
    begin_csv(report);
    if (report->form == HL_REPORT_JSON) {
        hl_buf_clear(buf);
        put_summary(report, summary);
        hl_report_output_write(&report->output, buf, 0);
    }
    hl_buf_release(buf);
    hl_buf_release(&report->text);
    return hl_report_output_close(&report->output);
}

void hl_report_abandon(struct hl_report *report)
{
    if (!hl_report_output_is_open(&report->output))
        return;
    report->output.error = UV_ECANCELED;
    hl_buf_release(&report->buf);
    hl_buf_release(&report->text);
    (void)hl_report_output_close(&report->output);
}
