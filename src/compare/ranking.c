#include "compare/ranking.h"

#include "modes/traits.h"

/* How far two runs of one row are apart: after one run each this is assumed,
 * after several it is known better. */
static const double one_run = 0.15;
static const double several_runs = 0.05;
/* The start of the processes alone may take so much longer. */
static const double least_s = 0.03;
/* Memory that is less by a tenth is clearly less. */
static const double clearly_less = 0.9;

bool hl_row_is_sound(const struct hl_row *row)
{
    const struct hl_measure *m = &row->measure;
    return m->failed == 0 && m->files > 0 && m->seconds > 0;
}

double hl_spread_of(uint32_t runs)
{
    return runs > 1 ? several_runs : one_run;
}

bool hl_rows_are_equal(const struct hl_row *a, const struct hl_row *b)
{
    bool in_order = a->measure.seconds <= b->measure.seconds;
    const struct hl_row *fast = in_order ? a : b;
    const struct hl_row *slow = in_order ? b : a;
    double difference = slow->measure.seconds - fast->measure.seconds;
    bool ran_once =
        a->shortest_s >= a->longest_s && b->shortest_s >= b->longest_s;
    double share = hl_spread_of(ran_once ? 1 : 2);
    return difference <= least_s ||
           difference <= share * fast->measure.seconds ||
           (!ran_once && slow->shortest_s <= fast->longest_s);
}

bool hl_row_is_faster(const struct hl_row *a, const struct hl_row *b)
{
    return a->measure.seconds < b->measure.seconds && !hl_rows_are_equal(a, b);
}

double hl_row_busy(const struct hl_row *row)
{
    const struct hl_measure *m = &row->measure;
    return m->seconds > 0 ? m->cpu_seconds / m->seconds : 0;
}

static void find_ends(struct hl_ranking *r, const struct hl_part *part)
{
    for (size_t i = 0; i < part->count; i++) {
        const struct hl_row *row = &part->rows[i];
        if (!hl_row_is_sound(row))
            continue;
        r->sound++;
        if (r->fastest == NULL ||
            row->measure.seconds < r->fastest->measure.seconds)
            r->fastest = row;
        if (r->slowest == NULL ||
            row->measure.seconds > r->slowest->measure.seconds)
            r->slowest = row;
    }
}

static const struct hl_row *find_lightest(const struct hl_part *part,
                                          const struct hl_row *fastest)
{
    const struct hl_row *best = NULL;
    double limit = (double)fastest->measure.peak_rss_bytes * clearly_less;
    for (size_t i = 0; i < part->count; i++) {
        const struct hl_row *row = &part->rows[i];
        if (hl_row_is_sound(row) && hl_rows_are_equal(row, fastest) &&
            (double)row->measure.peak_rss_bytes < limit) {
            best = row;
            limit = (double)row->measure.peak_rss_bytes;
        }
    }
    return best;
}

struct hl_ranking hl_rank(const struct hl_part *part)
{
    struct hl_ranking r = {.base = NULL};
    for (size_t i = 0; i < part->count; i++)
        if (r.base == NULL && hl_mode_traits(part->rows[i].mode)->one_at_a_time)
            r.base = &part->rows[i];
    if (r.base == NULL)
        r.base = &part->rows[0];
    find_ends(&r, part);
    if (r.sound > 0 && !hl_row_is_sound(r.base))
        r.base = r.fastest;
    if (r.sound > 0)
        r.lightest = find_lightest(part, r.fastest);
    r.alike = r.sound > 0;
    for (size_t i = 0; r.alike && i < part->count; i++)
        r.alike = !hl_row_is_sound(&part->rows[i]) ||
                  hl_rows_are_equal(&part->rows[i], r.fastest);
    return r;
}
