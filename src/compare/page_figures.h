/* What a page tells of a real run: its hosts, its failures by cause, and what
 * it did over its time. Gathered from a report or a timeline, a row or an
 * attempt at a time; the memory for it does not grow with the run. */
#ifndef HL_COMPARE_PAGE_FIGURES_H
#define HL_COMPARE_PAGE_FIGURES_H

#include <stdbool.h>

#include "compare/page_hosts.h"
#include "compare/page_rates.h"
#include "compare/page_summary.h"
#include "util/date.h"

enum { HL_PAGE_CAUSES = 64, HL_PAGE_CAUSE_SIZE = 32, HL_PAGE_SIGNS = 256 };

struct hl_page_cause {
    char word[HL_PAGE_CAUSE_SIZE]; /* "http 404" */
    uint64_t urls;                 /* that failed for it in the end */
    uint64_t attempts;             /* that failed for it; of timelines alone */
    char *url;                     /* one of the URLs; owned; or NULL */
    char *message;                 /* what haul said of it; owned; or NULL */
};

/* By which the report and the timeline of one run are told where one of them
 * lacks its end: when an attempt began, and what came of it. */
struct hl_page_sign {
    uint64_t begin_us;
    uint64_t bytes;
    uint32_t status;
};

/* All zero is empty. */
struct hl_page_figures {
    bool has_report;
    bool has_trace;
    bool has_times;   /* a row or an attempt had */
    bool is_cut;      /* the trace ends before the run does */
    bool is_whole;    /* the file has its end */
    uint64_t dropped; /* events that the trace has lost */
    uint64_t length_us;
    uint64_t retries; /* attempts beyond the first of each URL */
    struct hl_page_hosts hosts;
    struct hl_page_rates rates;
    struct hl_page_cause causes[HL_PAGE_CAUSES];
    size_t causes_count;
    struct hl_page_summary summary;
    char began[HL_DATE_ISO_SIZE]; /* when the run did; "": not told */
    struct hl_page_sign signs[HL_PAGE_SIGNS]; /* of the first attempts */
    size_t signs_count;
};

/* What became of a URL. */
struct hl_page_result {
    const char *url;
    enum haul_outcome outcome;
    const char *error; /* haul's word; "": none */
    unsigned status;
    const char *message; /* or "" */
    uint32_t attempts;
    uint64_t end_us;
};

void hl_page_figures_release(struct hl_page_figures *figures);
/* An attempt was made for a URL. */
void hl_page_figures_attempt(struct hl_page_figures *figures, const char *url,
                             const struct hl_page_transfer *transfer);
/* An attempt failed, whether it was the last or not. */
void hl_page_figures_failed(struct hl_page_figures *figures, const char *error,
                            unsigned status);
void hl_page_figures_result(struct hl_page_figures *figures,
                            const struct hl_page_result *result);
/* Are these the report and the timeline of one run? */
bool hl_page_figures_same(const struct hl_page_figures *report,
                          const struct hl_page_figures *trace);
/* Takes what a timeline knows better into the figures of the same run's report:
 * every attempt, not only the last of each URL. */
void hl_page_figures_join(struct hl_page_figures *report,
                          const struct hl_page_figures *trace);
/* The run's time in s: what the summary says, else until the last attempt's
 * end. */
double hl_page_figures_seconds(const struct hl_page_figures *figures);
/* All hosts as one. */
void hl_page_figures_total(const struct hl_page_figures *figures,
                           struct hl_page_host *out);

#endif
