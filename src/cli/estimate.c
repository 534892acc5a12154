#include "cli/estimate.h"

#include "util/real.h"

enum {
    FEW = 20,          /* rows whose bytes are shown together */
    SHARES_MAX = 1000, /* rows of which a file that has come by half counts as
                          a half */
    ENDS_MIN = 10,     /* files that tell the speed better than bytes do */
    ROWS_KEPT = 8192,  /* rows whose kinds are remembered */
};

static const double shown_s = 10; /* what a rate is the mean of */
static const double long_s = 60;
static const double settled_s = 2; /* before that the time left is not known */
static const double still_s = 10;  /* without a byte: nothing moves */
static const double idle_s = 2;    /* the same, with no transfer in flight */
static const double overdue_s = 1;
static const double most = 0.95; /* of an estimated number */

void hl_estimate_begin(struct hl_estimate *estimate, uint64_t now_ns)
{
    *estimate = (struct hl_estimate){.noted_ns = now_ns, .moved_ns = now_ns};
}

/* What was measured `over` seconds ago counts a third of what is new. */
static void add(struct hl_estimate_mean *mean, uint64_t amount, double seconds,
                double over)
{
    double kept = hl_real_decay(seconds / over);
    double weight = over * (1 - kept);
    mean->sum = mean->sum * kept + (double)amount / seconds * weight;
    mean->seconds = mean->seconds * kept + weight;
}

static double rate(const struct hl_estimate_mean *mean)
{
    return mean->seconds > 0 ? mean->sum / mean->seconds : 0;
}

static uint64_t more(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

static void note_rates(struct hl_estimate *estimate,
                       const struct hl_estimate_figures *now, double seconds)
{
    const struct hl_estimate_figures *last = &estimate->last;
    uint64_t files = more(now->fetched, last->fetched);
    uint64_t bytes = more(now->received, last->received);
    add(&estimate->files, files, seconds, shown_s);
    add(&estimate->bytes, bytes, seconds, shown_s);
    add(&estimate->passing, more(now->there, last->there), seconds, shown_s);
    if (now->stands || (now->in_flight + last->in_flight + files == 0))
        return;
    add(&estimate->long_files, files, seconds, long_s);
    add(&estimate->long_bytes, bytes, seconds, long_s);
}

static void note_rows(struct hl_estimate *estimate,
                      const struct hl_estimate_figures *now)
{
    estimate->rows += (double)more(now->taken, estimate->last.taken);
    estimate->rows_there += (double)more(now->there, estimate->last.there);
    estimate->rows_without +=
        (double)more(now->without, estimate->last.without);
    if (estimate->rows < ROWS_KEPT)
        return;
    estimate->rows /= 2;
    estimate->rows_there /= 2;
    estimate->rows_without /= 2;
}

/* Few files, of which no more will come. */
static bool are_few(const struct hl_estimate_figures *now)
{
    return now->total > 0 && now->total <= FEW && !now->estimated &&
           now->taken >= now->total;
}

/* The lengths of files that wait are not known; of a file that is tried again,
 * what was known before is good enough. */
static void note_bytes(struct hl_estimate *estimate,
                       const struct hl_estimate_figures *now)
{
    if (!are_few(now) || now->done != estimate->last.done)
        estimate->bytes_total = 0;
    if (!are_few(now) || now->queued > 0 || now->sized != now->in_flight)
        return;
    estimate->bytes_total = now->done_bytes + now->sized_bytes;
    estimate->bytes_there = now->done_bytes + now->sized_there;
}

void hl_estimate_note(struct hl_estimate *estimate,
                      const struct hl_estimate_figures *now, uint64_t now_ns)
{
    if (now_ns <= estimate->noted_ns)
        return;
    note_rates(estimate, now, (double)(now_ns - estimate->noted_ns) / 1e9);
    note_rows(estimate, now);
    note_bytes(estimate, now);
    if (now->received != estimate->last.received ||
        now->done != estimate->last.done)
        estimate->moved_ns = now_ns;
    estimate->noted_ns = now_ns;
    estimate->last = *now;
}

/* How many rows are left that need a transfer: of those that were not read yet,
 * as many as of those that were read last; but no more files are there already
 * than are on record. */
static double transfers_left(const struct hl_estimate *estimate)
{
    const struct hl_estimate_figures *f = &estimate->last;
    double unread = (double)more(f->total, f->taken);
    double left = (double)(f->in_flight + f->queued) + unread;
    if (estimate->rows <= 0)
        return left;
    double on_record = (double)more(f->recorded, f->there);
    double there = hl_real_least(unread * estimate->rows_there / estimate->rows,
                                 on_record);
    double without =
        unread * hl_real_least(estimate->rows_without / estimate->rows, 1);
    return hl_real_most(left - there - without,
                        (double)(f->in_flight + f->queued));
}

/* By the bytes, where the files' lengths are known, of large files; or by the
 * number of files. */
static double left_by_speed(const struct hl_estimate *estimate,
                            double transfers)
{
    const struct hl_estimate_figures *f = &estimate->last;
    double bytes_per_s = rate(&estimate->long_bytes);
    double files_per_s = rate(&estimate->long_files);
    if (estimate->long_files.seconds < settled_s)
        return -1;
    if (f->sized > 0 && estimate->long_files.sum < ENDS_MIN &&
        bytes_per_s > 0) {
        double size = (double)f->sized_bytes / (double)f->sized;
        double rest = (double)more(f->sized_bytes, f->sized_there) +
                      size * hl_real_most(transfers - (double)f->sized, 0);
        return rest / bytes_per_s;
    }
    return estimate->long_files.sum >= 1 ? transfers / files_per_s : -1;
}

static double seconds_still(const struct hl_estimate *estimate)
{
    return (double)(estimate->noted_ns - estimate->moved_ns) / 1e9;
}

/* Has nothing come for a while? A run with no transfer in flight waits for a
 * host, or for its next attempts. */
static bool is_still(const struct hl_estimate *estimate)
{
    double limit_s = estimate->last.in_flight > 0 ? still_s : idle_s;
    return seconds_still(estimate) > limit_s;
}

/* Ought the run to have ended by now? Nothing has come for longer than was
 * left: the last files are those of a slow host, or a file that was resumed is
 * read again for its hash. */
static bool is_overdue(const struct hl_estimate *estimate, double left)
{
    double still = seconds_still(estimate);
    return still > overdue_s && still > left;
}

static double time_left(const struct hl_estimate *estimate)
{
    const struct hl_estimate_figures *f = &estimate->last;
    if (f->total == 0 || f->stands || is_still(estimate) || f->done >= f->total)
        return -1;
    if (f->in_flight > 0 || f->fetched > 0) {
        double left = left_by_speed(estimate, transfers_left(estimate));
        return is_overdue(estimate, left) ? -1 : left;
    }
    /* So far all files were there. If most of the rest is not on record, how
     * long that takes is not known before some of it was fetched. */
    double passing = rate(&estimate->passing);
    double unread = (double)more(f->total, f->taken);
    double on_record = (double)more(f->recorded, f->there);
    if (passing <= 0 || on_record < unread * most)
        return -1;
    return (unread + (double)f->queued) / passing;
}

static double share_of(const struct hl_estimate *estimate)
{
    const struct hl_estimate_figures *f = &estimate->last;
    if (f->total == 0)
        return -1;
    if (f->done < f->total && estimate->bytes_total > 0)
        return (double)estimate->bytes_there / (double)estimate->bytes_total;
    double done = (double)f->done;
    if (f->total <= SHARES_MAX && f->sized_bytes > 0)
        done +=
            (double)f->sized_there / (double)f->sized_bytes * (double)f->sized;
    return hl_real_least(done / (double)f->total, 1);
}

void hl_estimate_view(const struct hl_estimate *estimate,
                      struct hl_estimate_view *out)
{
    bool moves = !is_still(estimate);
    *out = (struct hl_estimate_view){
        .share = share_of(estimate),
        .files_per_s = moves ? rate(&estimate->files) : 0,
        .bytes_per_s = moves ? rate(&estimate->bytes) : 0,
        .left_s = time_left(estimate),
        .bytes_total = estimate->bytes_total,
        .bytes_there = estimate->bytes_there,
    };
}
