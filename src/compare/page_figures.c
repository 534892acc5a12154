#include "compare/page_figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/secret.h"

static const char other_causes[] = "other causes";
/* A timeline has the causes of attempts alone. */
static const char untold[] = "not told";

void hl_page_figures_release(struct hl_page_figures *figures)
{
    hl_page_hosts_release(&figures->hosts);
    for (size_t i = 0; i < figures->causes_count; i++) {
        free(figures->causes[i].url);
        free(figures->causes[i].message);
    }
    hl_page_summary_release(&figures->summary);
    *figures = (struct hl_page_figures){.has_report = false};
}

void hl_page_figures_attempt(struct hl_page_figures *f, const char *url,
                             const struct hl_page_transfer *t)
{
    struct hl_page_host *host = hl_page_hosts_of(&f->hosts, url);
    const uint64_t *us = t->phases_us;
    uint64_t begin = t->begin_us + us[HL_PAGE_QUEUED];
    uint64_t answer = begin + us[HL_PAGE_DNS] + us[HL_PAGE_CONNECT] +
                      us[HL_PAGE_TLS] + us[HL_PAGE_WAIT];
    uint64_t end = answer + us[HL_PAGE_BODY] + us[HL_PAGE_READY] +
                   us[HL_PAGE_WORK] + us[HL_PAGE_FILE];
    if (f->signs_count < HL_PAGE_SIGNS)
        f->signs[f->signs_count++] =
            (struct hl_page_sign){t->begin_us, t->bytes, t->status};
    f->has_times = true;
    if (end > f->length_us)
        f->length_us = end;
    hl_page_spent_add(&host->spent, t);
    hl_page_rates_busy(&f->rates, begin, end);
    hl_page_rates_bytes(&f->rates, answer, answer + us[HL_PAGE_BODY], t->bytes);
}

/* "http 404": the status tells more than the word. */
static struct hl_page_cause *cause_of(struct hl_page_figures *f,
                                      const char *error, unsigned status)
{
    char word[HL_PAGE_CAUSE_SIZE];
    if (strcmp(error, haul_error_word(HAUL_ERR_HTTP)) == 0 && status > 0)
        snprintf(word, sizeof(word), "%s %u", error, status);
    else
        snprintf(word, sizeof(word), "%s", error);
    for (size_t i = 0; i < f->causes_count; i++)
        if (strcmp(f->causes[i].word, word) == 0)
            return &f->causes[i];
    if (f->causes_count == HL_PAGE_CAUSES)
        return &f->causes[HL_PAGE_CAUSES - 1];
    struct hl_page_cause *cause = &f->causes[f->causes_count++];
    if (f->causes_count == HL_PAGE_CAUSES)
        snprintf(word, sizeof(word), "%s", other_causes);
    memcpy(cause->word, word, sizeof(word));
    return cause;
}

void hl_page_figures_failed(struct hl_page_figures *f, const char *error,
                            unsigned status)
{
    if (error[0] != '\0')
        cause_of(f, error, status)->attempts++;
}

/* The first URL that fails for a cause is its example. */
static void note_example(struct hl_page_cause *cause,
                         const struct hl_page_result *result)
{
    struct hl_buf shown = {0};
    struct hl_buf message = {0};
    if (cause->url != NULL)
        return;
    hl_secret_mask_urls(&shown, result->url);
    hl_secret_mask_urls(&message, result->message);
    cause->url = shown.data;
    cause->message = message.data;
}

void hl_page_figures_result(struct hl_page_figures *f,
                            const struct hl_page_result *result)
{
    struct hl_page_host *host = hl_page_hosts_of(&f->hosts, result->url);
    bool failed = result->outcome == HAUL_OUTCOME_FAILED;
    bool came = result->outcome == HAUL_OUTCOME_OK && result->attempts > 0;
    host->outcomes[result->outcome]++;
    if (result->outcome == HAUL_OUTCOME_OK && !came)
        host->there++;
    if (result->attempts > 1)
        f->retries += result->attempts - 1;
    if (came)
        hl_page_rates_file(&f->rates, result->end_us);
    if (!failed)
        return;
    if (result->attempts > 0)
        hl_page_rates_failed(&f->rates, result->end_us);
    const char *error = result->error[0] != '\0' ? result->error : untold;
    struct hl_page_cause *cause = cause_of(f, error, result->status);
    cause->urls++;
    note_example(cause, result);
    hl_page_host_failed(host, (size_t)(cause - f->causes));
}

static bool is_same(const struct hl_page_sign *a, const struct hl_page_sign *b)
{
    /* Both files round. */
    uint64_t apart = a->begin_us > b->begin_us ? a->begin_us - b->begin_us
                                               : b->begin_us - a->begin_us;
    return apart < 10 && a->bytes == b->bytes && a->status == b->status;
}

bool hl_page_figures_same(const struct hl_page_figures *report,
                          const struct hl_page_figures *trace)
{
    size_t same = 0;
    if (!report->has_report || report->has_trace || !trace->has_trace ||
        trace->has_report)
        return false;
    if (report->began[0] != '\0' && trace->began[0] != '\0')
        return strcmp(report->began, trace->began) == 0;
    for (size_t i = 0; i < report->signs_count; i++) {
        size_t at = 0;
        while (at < trace->signs_count &&
               !is_same(&report->signs[i], &trace->signs[at]))
            at++;
        same += at < trace->signs_count;
    }
    return same > 0 && same >= report->signs_count / 2;
}

void hl_page_figures_join(struct hl_page_figures *report,
                          const struct hl_page_figures *trace)
{
    struct hl_page_host *host;
    struct hl_page_host *next;
    report->has_trace = true;
    report->is_cut = trace->is_cut;
    report->dropped = trace->dropped;
    if (trace->is_cut || trace->dropped > 0 || !trace->is_whole)
        return;
    HASH_ITER (hh, report->hosts.table, host, next) {
        const struct hl_page_host *same =
            hl_page_hosts_find(&trace->hosts, host->name);
        if (same != NULL)
            host->spent = same->spent;
    }
    report->hosts.others.spent = trace->hosts.others.spent;
    report->rates = trace->rates;
    report->retries = trace->retries;
    if (trace->length_us > report->length_us)
        report->length_us = trace->length_us;
    for (size_t i = 0; i < trace->causes_count; i++) {
        const struct hl_page_cause *cause = &trace->causes[i];
        if (cause->attempts > 0)
            cause_of(report, cause->word, 0)->attempts = cause->attempts;
    }
}

double hl_page_figures_seconds(const struct hl_page_figures *f)
{
    return f->summary.seconds > 0 ? f->summary.seconds
                                  : (double)f->length_us / 1e6;
}

void hl_page_figures_total(const struct hl_page_figures *f,
                           struct hl_page_host *out)
{
    struct hl_page_host *host;
    struct hl_page_host *next;
    *out = (struct hl_page_host){.name = ""};
    HASH_ITER (hh, f->hosts.table, host, next)
        hl_page_host_merge(out, host);
    hl_page_host_merge(out, &f->hosts.others);
}
