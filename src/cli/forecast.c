#include "cli/forecast.h"

#include <math.h>

enum {
    FEW = 20,          /* rows whose bytes are shown together */
    SHARES_MAX = 1000, /* rows of which a file that has come by half counts as
                          a half */
    ENDS_MIN = 10,     /* files that tell the speed better than bytes do */
    ROWS_KEPT = 8192,  /* rows whose kinds are remembered */
};

static const double shown_s = 10; /* what a rate is the mean of */
static const double long_s = 60;
static const double settled_s = 2; /* before that nothing is foretold */
static const double still_s = 10;  /* without a byte: nothing moves */
static const double idle_s = 2;    /* the same, with no transfer in flight */
static const double most = 0.95;   /* of an estimated number */

void hl_forecast_begin(struct hl_forecast *forecast, uint64_t now_ns)
{
    *forecast = (struct hl_forecast){.noted_ns = now_ns, .moved_ns = now_ns};
}

/* What was measured `over` seconds ago counts a third of what is new. */
static void add(struct hl_forecast_mean *mean, uint64_t amount, double seconds,
                double over)
{
    double kept = exp(-seconds / over);
    double weight = over * (1 - kept);
    mean->sum = mean->sum * kept + (double)amount / seconds * weight;
    mean->seconds = mean->seconds * kept + weight;
}

static double rate(const struct hl_forecast_mean *mean)
{
    return mean->seconds > 0 ? mean->sum / mean->seconds : 0;
}

static uint64_t more(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

static void note_rates(struct hl_forecast *forecast,
                       const struct hl_forecast_figures *now, double seconds)
{
    const struct hl_forecast_figures *last = &forecast->last;
    uint64_t files = more(now->fetched, last->fetched);
    uint64_t bytes = more(now->received, last->received);
    add(&forecast->files, files, seconds, shown_s);
    add(&forecast->bytes, bytes, seconds, shown_s);
    add(&forecast->passing, more(now->there, last->there), seconds, shown_s);
    if (now->stands || (now->in_flight + last->in_flight + files == 0))
        return;
    add(&forecast->long_files, files, seconds, long_s);
    add(&forecast->long_bytes, bytes, seconds, long_s);
}

static void note_rows(struct hl_forecast *forecast,
                      const struct hl_forecast_figures *now)
{
    forecast->rows += (double)more(now->taken, forecast->last.taken);
    forecast->rows_there += (double)more(now->there, forecast->last.there);
    forecast->rows_without +=
        (double)more(now->without, forecast->last.without);
    if (forecast->rows < ROWS_KEPT)
        return;
    forecast->rows /= 2;
    forecast->rows_there /= 2;
    forecast->rows_without /= 2;
}

/* Few files, of which no more will come. */
static bool are_few(const struct hl_forecast_figures *now)
{
    return now->total > 0 && now->total <= FEW && !now->estimated &&
           now->taken >= now->total;
}

/* The lengths of files that wait are not known; of a file that is tried again,
 * what was known before is good enough. */
static void note_bytes(struct hl_forecast *forecast,
                       const struct hl_forecast_figures *now)
{
    if (!are_few(now) || now->done != forecast->last.done)
        forecast->bytes_total = 0;
    if (!are_few(now) || now->queued > 0 || now->sized != now->in_flight)
        return;
    forecast->bytes_total = now->done_bytes + now->sized_bytes;
    forecast->bytes_there = now->done_bytes + now->sized_there;
}

void hl_forecast_note(struct hl_forecast *forecast,
                      const struct hl_forecast_figures *now, uint64_t now_ns)
{
    if (now_ns <= forecast->noted_ns)
        return;
    note_rates(forecast, now, (double)(now_ns - forecast->noted_ns) / 1e9);
    note_rows(forecast, now);
    note_bytes(forecast, now);
    if (now->received != forecast->last.received ||
        now->done != forecast->last.done)
        forecast->moved_ns = now_ns;
    forecast->noted_ns = now_ns;
    forecast->last = *now;
}

/* How many rows are left that need a transfer: of those that were not read yet,
 * as many as of those that were read last; but no more files are there already
 * than are on record. */
static double transfers_left(const struct hl_forecast *forecast)
{
    const struct hl_forecast_figures *f = &forecast->last;
    double unread = (double)more(f->total, f->taken);
    double left = (double)(f->in_flight + f->queued) + unread;
    if (forecast->rows <= 0)
        return left;
    double on_record = (double)more(f->recorded, f->there);
    double there =
        fmin(unread * forecast->rows_there / forecast->rows, on_record);
    double without = unread * fmin(forecast->rows_without / forecast->rows, 1);
    return fmax(left - there - without, (double)(f->in_flight + f->queued));
}

/* By the bytes, where the files' lengths are known, of large files; or by the
 * number of files. */
static double left_by_speed(const struct hl_forecast *forecast,
                            double transfers)
{
    const struct hl_forecast_figures *f = &forecast->last;
    double bytes_per_s = rate(&forecast->long_bytes);
    double files_per_s = rate(&forecast->long_files);
    if (forecast->long_files.seconds < settled_s)
        return -1;
    if (f->sized > 0 && forecast->long_files.sum < ENDS_MIN &&
        bytes_per_s > 0) {
        double size = (double)f->sized_bytes / (double)f->sized;
        double rest = (double)more(f->sized_bytes, f->sized_there) +
                      size * fmax(transfers - (double)f->sized, 0);
        return rest / bytes_per_s;
    }
    return forecast->long_files.sum >= 1 ? transfers / files_per_s : -1;
}

/* Has nothing come for a while? A run with no transfer in flight waits for a
 * host, or for its next attempts. */
static bool is_still(const struct hl_forecast *forecast)
{
    uint64_t ns = forecast->noted_ns - forecast->moved_ns;
    double limit_s = forecast->last.in_flight > 0 ? still_s : idle_s;
    return (double)ns / 1e9 > limit_s;
}

static double time_left(const struct hl_forecast *forecast)
{
    const struct hl_forecast_figures *f = &forecast->last;
    if (f->total == 0 || f->stands || is_still(forecast) || f->done >= f->total)
        return -1;
    if (f->in_flight > 0 || f->fetched > 0)
        return left_by_speed(forecast, transfers_left(forecast));
    /* So far all files were there. If most of the rest is not on record, how
     * long that takes is not known before some of it was fetched. */
    double passing = rate(&forecast->passing);
    double unread = (double)more(f->total, f->taken);
    double on_record = (double)more(f->recorded, f->there);
    if (passing <= 0 || on_record < unread * most)
        return -1;
    return (unread + (double)f->queued) / passing;
}

static double share_of(const struct hl_forecast *forecast)
{
    const struct hl_forecast_figures *f = &forecast->last;
    if (f->total == 0)
        return -1;
    if (f->done < f->total && forecast->bytes_total > 0)
        return (double)forecast->bytes_there / (double)forecast->bytes_total;
    double done = (double)f->done;
    if (f->total <= SHARES_MAX && f->sized_bytes > 0)
        done +=
            (double)f->sized_there / (double)f->sized_bytes * (double)f->sized;
    return fmin(done / (double)f->total, 1);
}

void hl_forecast_view(const struct hl_forecast *forecast,
                      struct hl_forecast_view *out)
{
    bool moves = !is_still(forecast);
    *out = (struct hl_forecast_view){
        .share = share_of(forecast),
        .files_per_s = moves ? rate(&forecast->files) : 0,
        .bytes_per_s = moves ? rate(&forecast->bytes) : 0,
        .left_s = time_left(forecast),
        .bytes_total = forecast->bytes_total,
        .bytes_there = forecast->bytes_there,
    };
}
