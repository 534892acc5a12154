#include "compare/race.h"

#include <math.h>
#include <stdlib.h>
#include <uv.h>

#include "compare/race_moment.h"
#include "compare/ranking.h"

static const double soon_s = 0.03;

enum {
    STEP_US = 10000,         /* the end is a multiple of it */
    SLOW_LEAST_US = 3000000, /* the slow motion lasts at least so long */
    STEPS_SIZE = 6,          /* of one transfer: it becomes ready three times */
};

/* When the fastest row is done, and those that are done soon after it. Where no
 * row fetched all its files, when the last is done. */
static uint64_t end_of(const struct hl_part *part)
{
    const struct hl_ranking rank = hl_rank(part);
    double fastest =
        rank.sound > 0 ? rank.fastest->measure.seconds + soon_s : INFINITY;
    double end = 0;
    for (size_t i = 0; i < part->count; i++) {
        const struct hl_row *row = &part->rows[i];
        double seconds = row->measure.seconds;
        if ((rank.sound == 0 || hl_row_is_sound(row)) && seconds <= fastest &&
            seconds > end)
            end = seconds;
    }
    return ((uint64_t)(end * 1e6) / STEP_US + 1) * STEP_US;
}

struct hl_race hl_race_of(const struct hl_part *part,
                          const struct hl_page_run *runs)
{
    static const unsigned times[] = {1, 2, 5, 10, 25, 50, 100, 250};
    struct hl_race race = {.part = part, .runs = runs, .end_us = end_of(part)};
    for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++)
        if (i == 0 || race.end_us * race.slower < SLOW_LEAST_US)
            race.slower = times[i];
    return race;
}

/* A file becomes ready, or is so no longer. */
struct step {
    uint64_t us;
    int by;
};

static int by_time(const void *a, const void *b)
{
    const struct step *x = a;
    const struct step *y = b;
    if (x->us != y->us)
        return x->us < y->us ? -1 : 1;
    return x->by - y->by;
}

static size_t add_ready(struct step *steps, size_t count, uint64_t from,
                        uint64_t to)
{
    if (from >= to)
        return count;
    steps[count] = (struct step){from, 1};
    steps[count + 1] = (struct step){to, -1};
    return count + 2;
}

static uint64_t most_of(struct step *steps, size_t count)
{
    int64_t now = 0;
    int64_t most = 0;
    qsort(steps, count, sizeof(*steps), by_time);
    for (size_t i = 0; i < count; i++) {
        now += steps[i].by;
        most = now > most ? now : most;
    }
    return (uint64_t)most;
}

/* When the worker that was the last to begin asked for its first file. */
static int find_last_to_begin(struct hl_race_facts *out,
                              const struct hl_page_run *run)
{
    const struct hl_page_transfer **sorted = hl_race_sort(run);
    if (sorted == NULL)
        return UV_ENOMEM;
    for (size_t i = 0; i < run->transfers_count; i++) {
        uint64_t asked = hl_transfer_times(sorted[i]).asked;
        bool is_first = i == 0 || sorted[i]->worker != sorted[i - 1]->worker;
        if (is_first && asked > out->last_began_us)
            out->last_began_us = asked;
    }
    free(sorted);
    return 0;
}

int hl_race_facts_of(struct hl_race_facts *out, const struct hl_page_run *run)
{
    struct step *steps =
        calloc(run->transfers_count * STEPS_SIZE + 1, sizeof(*steps));
    size_t count = 0;
    if (steps == NULL)
        return UV_ENOMEM;
    *out = (struct hl_race_facts){.files = run->names.count};
    for (size_t i = 0; i < run->transfers_count; i++) {
        const struct hl_transfer_times at =
            hl_transfer_times(&run->transfers[i]);
        count = add_ready(steps, count, at.answered, at.served);
        count = add_ready(steps, count, at.read, at.resumed);
        count = add_ready(steps, count, at.done, at.end);
        if (at.asked > out->all_asked_us)
            out->all_asked_us = at.asked;
    }
    out->ready_most = most_of(steps, count);
    free(steps);
    int r = find_last_to_begin(out, run);
    return r < 0 ? r : hl_account_path(&out->path, run);
}
