#include "cli/report.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "cli/failures.h"
#include "cli/loop_figures.h"
#include "cli/secret.h"
#include "util/own_file.h"

/* Opens standard output as a stream of its own, which can be closed. */
static FILE *open_stdout(void)
{
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    int saved = errno;
    if (file == NULL && fd >= 0)
        close(fd);
    errno = saved;
    return file;
}

int hl_report_open(struct hl_report *report, const char *path)
{
    *report = (struct hl_report){0};
    if (path == NULL)
        return 0;
    report->file =
        strcmp(path, "-") == 0 ? open_stdout() : hl_private_fopen(path);
    return report->file != NULL ? 0 : -errno;
}

/* What stands before the value of a row's member. A row has thirty of them, so
 * each goes out in one piece. */
#define KEY(name) ",\"" name "\":"

static void put_number(struct hl_buf *buf, const char *key, uint64_t number)
{
    hl_buf_text(buf, key);
    hl_buf_int(buf, (int64_t)number);
}

static void put_ms(struct hl_buf *buf, const char *key, uint64_t us)
{
    hl_buf_text(buf, key);
    hl_buf_thousandths(buf, us);
}

static void put_text(struct hl_buf *buf, const char *key, const char *text)
{
    hl_buf_text(buf, key);
    hl_buf_json(buf, text);
}

static void put_url(struct hl_buf *buf, const char *url)
{
    struct hl_buf shown = {0};
    bool masked = url != NULL && strchr(url, '@') != NULL;
    if (masked)
        hl_secret_mask_urls(&shown, url);
    buf->failed |= shown.failed;
    put_text(buf, KEY("url"), masked ? shown.data : url);
    hl_buf_release(&shown);
}

static void put_times(struct hl_buf *buf, const struct haul_result *result)
{
    const struct haul_times *t = &result->times;
    put_ms(buf, KEY("start_ms"), result->start_us);
    put_ms(buf, KEY("queued_ms"), t->queued);
    put_ms(buf, KEY("dns_ms"), t->dns);
    put_ms(buf, KEY("connect_ms"), t->connect);
    put_ms(buf, KEY("tls_ms"), t->tls);
    put_ms(buf, KEY("wait_ms"), t->wait);
    put_ms(buf, KEY("body_ms"), t->body);
    put_ms(buf, KEY("file_ms"), t->file);
    put_ms(buf, KEY("total_ms"), t->total);
}

static void write_line(struct hl_report *report)
{
    struct hl_buf *buf = &report->buf;
    bool ok = !buf->failed &&
              fwrite(buf->data, 1, buf->used, report->file) == buf->used;
    if (!ok && report->sys_errno == 0)
        report->sys_errno = buf->failed ? ENOMEM : errno;
}

void hl_report_result(struct hl_report *report,
                      const struct haul_result *result)
{
    struct hl_buf *buf = &report->buf;
    if (report->file == NULL)
        return;
    hl_buf_clear(buf);
    hl_buf_text(buf, "{\"v\":1");
    put_number(buf, KEY("n"), result->line);
    put_text(buf, KEY("id"), result->id);
    put_url(buf, result->url);
    put_text(buf, KEY("file"), result->file);
    put_text(buf, KEY("outcome"), haul_outcome_word(result->outcome));
    put_number(buf, KEY("status"), (uint64_t)result->http_status);
    put_number(buf, KEY("bytes"), result->bytes);
    put_number(buf, KEY("attempts"), result->attempts);
    put_text(buf, KEY("error"), haul_error_word(result->error));
    put_text(buf, KEY("message"),
             hl_failure_text(&report->text, result, report->keep_dirlinks));
    buf->failed |= report->text.failed;
    put_number(buf, KEY("worker"), result->worker);
    put_text(buf, KEY("http"), result->http);
    hl_buf_text(buf,
                result->reused ? KEY("reused") "true" : KEY("reused") "false");
    put_number(buf, KEY("resumed_from"), result->resumed_from);
    put_text(buf, KEY("sha256"), result->sha256);
    if (result->dup_of > 0)
        put_number(buf, KEY("dup_of"), result->dup_of);
    else
        put_text(buf, KEY("dup_of"), NULL);
    put_times(buf, result);
    hl_buf_text(buf, "}\n");
    write_line(report);
}

static void put_summary(struct hl_buf *buf,
                        const struct hl_report_summary *summary)
{
    const struct haul_stats *stats = summary->stats;
    int64_t left = summary->left;
    hl_buf_text(buf, "{\"v\":1,\"summary\":{");
    for (int i = 0; i < HAUL_OUTCOME_COUNT; i++)
        if (i != HAUL_OUTCOME_LEFT)
            hl_buf_printf(buf, "\"%s\":%" PRIu64 ",",
                          haul_outcome_word((enum haul_outcome)i),
                          stats->outcomes[i]);
    if (left >= 0)
        hl_buf_printf(buf, "\"left\":%" PRId64, left);
    else
        hl_buf_text(buf, "\"left\":null");
    hl_buf_text(buf, ",");
    hl_failures_json(buf, stats);
    hl_buf_printf(buf, ",\"bytes\":%" PRIu64 ",\"seconds\":%.3f,", stats->bytes,
                  summary->seconds);
    if (summary->loops != NULL)
        hl_loops_json(buf, summary->loops);
    else
        hl_buf_text(buf, "\"loop\":null");
    hl_buf_text(buf, "}}\n");
}

int hl_report_close(struct hl_report *report,
                    const struct hl_report_summary *summary)
{
    if (report->file == NULL)
        return 0;
    hl_buf_clear(&report->buf);
    put_summary(&report->buf, summary);
    write_line(report);
    if (fclose(report->file) != 0 && report->sys_errno == 0)
        report->sys_errno = errno;
    report->file = NULL;
    hl_buf_release(&report->buf);
    hl_buf_release(&report->text);
    return -report->sys_errno;
}
