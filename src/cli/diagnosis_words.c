#include "cli/diagnosis_words.h"

#include <inttypes.h>
#include <string.h>

#include "util/text.h"

/* A host is slow that takes so many times as long for a file as the others. */
static const double slow_times = 4;

uint64_t hl_transfer_us(const struct haul_times *t)
{
    return t->dns + t->connect + t->tls + t->wait + t->body + t->ready +
           t->work + t->file;
}

double hl_percent(double part, double whole)
{
    double share = whole > 0 ? 100 * part / whole : 0;
    return share < 100 ? share : 100;
}

/* What a transfer of the host took, and one of the others. */
struct pace {
    double own_s;
    double others_s; /* 0: there are no others */
};

static struct pace pace_of(const struct hl_diagnosis_figures *f,
                           const struct haul_host_stats *host)
{
    struct pace pace = {0};
    uint64_t own = hl_transfer_us(&host->spent);
    uint64_t all = hl_transfer_us(&f->stats->spent);
    if (host->attempts > 0)
        pace.own_s = (double)own / 1e6 / (double)host->attempts;
    if (f->stats->attempts > host->attempts && all > own)
        pace.others_s = (double)(all - own) / 1e6 /
                        (double)(f->stats->attempts - host->attempts);
    return pace;
}

bool hl_is_slow(const struct hl_diagnosis_figures *f,
                const struct haul_host_stats *host)
{
    struct pace pace = pace_of(f, host);
    return pace.others_s > 0 && pace.own_s > slow_times * pace.others_s;
}

void hl_put_duration(struct hl_buf *out, double seconds)
{
    if (seconds < 0.9995)
        hl_buf_printf(out, "%.0f ms", 1000 * seconds);
    else if (seconds < 99.95)
        hl_buf_printf(out, "%.1f s", seconds);
    else
        hl_buf_printf(out, "%.0f s", seconds);
}

void hl_put_over(struct hl_buf *out, uint32_t tasks)
{
    if (tasks > 1)
        hl_buf_printf(out, " over %" PRIu32 " parts at once", tasks);
}

void hl_put_rate(struct hl_buf *out, uint64_t interval_ns, uint32_t tasks)
{
    double a_second = interval_ns > 0 ? 1e9 / (double)interval_ns : 0;
    if (tasks > 1)
        a_second *= tasks;
    if (a_second >= 0.999)
        hl_buf_printf(out, "%.4g/s", a_second);
    else
        hl_buf_printf(out, "%.4g/m", 60 * a_second);
    hl_put_over(out, tasks);
}

void hl_put_share(struct hl_buf *out, const struct hl_diagnosis_figures *f,
                  const struct hl_diagnosis_host *host)
{
    char own[HL_TEXT_COUNT_SIZE];
    char all[HL_TEXT_COUNT_SIZE];
    uint64_t urls = f->stats->urls;
    hl_text_count(own, host->stats.urls);
    hl_text_count(all, urls > host->stats.urls ? urls : host->stats.urls);
    hl_buf_printf(out, "%s has %s of %s URLs", host->name, own, all);
}

void hl_put_pace(struct hl_buf *out, const struct hl_diagnosis_figures *f,
                 const struct hl_diagnosis_host *host)
{
    struct pace pace = pace_of(f, &host->stats);
    hl_buf_printf(out, "%s took ", host->name);
    hl_put_duration(out, pace.own_s);
    hl_buf_text(out, " a file, the other hosts ");
    hl_put_duration(out, pace.others_s);
    hl_buf_text(out, "; ");
}

void hl_put_held(struct hl_buf *out, const struct hl_diagnosis_figures *f,
                 enum haul_held why)
{
    double held = (double)f->stats->held_us[why] / 1e6;
    hl_buf_text(out, " for ");
    hl_put_duration(out, held);
    hl_buf_printf(out, ", %.0f %% of the time", hl_percent(held, f->seconds));
}
