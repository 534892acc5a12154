#include "compare/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modes/traits.h"
#include "util/parse.h"

enum { WORKERS_MAX = 1000 };

/* A number this close to the fastest is as good, and the fewer are better. */
static const double about_best = 0.98;

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

const char *hl_sweep_parse(struct hl_sweep *sweep, const char *list)
{
    char word[16];
    sweep->counts_count = 0;
    for (const char *p = list; *p != '\0';) {
        size_t n = strcspn(p, ",");
        uint64_t value;
        if (sweep->counts_count == HL_SWEEP_COUNTS)
            return "has more than 8 numbers";
        snprintf(word, sizeof(word), "%.*s", (int)n, p);
        if (n >= sizeof(word) ||
            hl_parse_count(word, WORKERS_MAX, &value) < 0 || value == 0)
            return "is no list of numbers from 1 to 1000";
        sweep->counts[sweep->counts_count++] = (uint32_t)value;
        p += n + (p[n] == ',');
    }
    qsort(sweep->counts, sweep->counts_count, sizeof(*sweep->counts), by_value);
    return sweep->counts_count > 0 ? NULL : "is empty";
}

static const struct hl_row *measured(const struct hl_sweep_source *source,
                                     const struct hl_row *wanted)
{
    for (size_t i = 0; i < source->count; i++) {
        const struct hl_row *row = &source->rows[i];
        if (row->mode == wanted->mode && !row->on_pool &&
            row->workers == wanted->workers)
            return row;
    }
    return NULL;
}

static void print_head(const struct hl_sweep *sweep)
{
    printf("\nSeconds by workers ");
    for (size_t i = 0; i < sweep->counts_count; i++)
        printf("%7u", sweep->counts[i]);
    putchar('\n');
    fflush(stdout);
}

static size_t best_of(const struct hl_row *rows, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        if (rows[i].measure.seconds < rows[best].measure.seconds * about_best)
            best = i;
    return best;
}

static void print_model(const struct hl_row *rows, size_t count)
{
    size_t best = best_of(rows, count);
    printf("%-19s", haul_mode_name(rows[0].mode));
    for (size_t i = 0; i < count; i++)
        printf("%6.2f%c", rows[i].measure.seconds,
               i == best && count > 1 ? '*' : ' ');
    putchar('\n');
    fflush(stdout);
}

static int run_row(const struct hl_sweep_source *source, struct hl_row *row)
{
    const struct hl_row *known = measured(source, row);
    if (known == NULL)
        return source->run(source->arg, row);
    *row = *known;
    return 0;
}

static int run_model(struct hl_sweep *sweep,
                     const struct hl_sweep_source *source,
                     enum haul_mode_id mode)
{
    struct hl_row *first = &sweep->rows[sweep->rows_count];
    bool one = hl_mode_traits(mode)->one_at_a_time;
    size_t counts = one ? 1 : sweep->counts_count;
    for (size_t i = 0; i < counts; i++) {
        hl_row_init(&first[i], mode, one ? 1 : sweep->counts[i], false);
        int r = run_row(source, &first[i]);
        if (r < 0)
            return r;
        sweep->rows_count++;
    }
    print_model(first, counts);
    return 0;
}

static bool is_first_of_mode(const struct hl_row *rows, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (rows[i].mode == rows[at].mode)
            return false;
    return true;
}

int hl_sweep_run(struct hl_sweep *sweep, const struct hl_sweep_source *source)
{
    int r = 0;
    print_head(sweep);
    for (size_t i = 0; r == 0 && i < source->count; i++)
        if (is_first_of_mode(source->rows, i))
            r = run_model(sweep, source, source->rows[i].mode);
    return r;
}
