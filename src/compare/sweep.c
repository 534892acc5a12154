#include "compare/sweep.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/ranking.h"
#include "modes/traits.h"
#include "util/parse.h"

enum { WORKERS_MAX = 1000 };

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
    printf(
        "\nSeconds by files at a time (*: the fewest that are as fast as the "
        "fastest)\n%-19s",
        "");
    for (size_t i = 0; i < sweep->counts_count; i++)
        printf("%7u", sweep->counts[i]);
    putchar('\n');
    fflush(stdout);
}

size_t hl_sweep_best(const struct hl_row *rows, size_t count)
{
    const struct hl_row *fastest = NULL;
    for (size_t i = 0; i < count; i++)
        if (hl_row_is_sound(&rows[i]) &&
            (fastest == NULL ||
             rows[i].measure.seconds < fastest->measure.seconds))
            fastest = &rows[i];
    for (size_t i = 0; fastest != NULL && i < count; i++)
        if (hl_row_is_sound(&rows[i]) && hl_rows_are_equal(&rows[i], fastest))
            return i;
    return count;
}

static void print_mode(const struct hl_row *rows, size_t count)
{
    size_t best = hl_sweep_best(rows, count);
    struct hl_measure all = {.failed = 0};
    printf("%-19s", haul_mode_name(rows[0].mode));
    for (size_t i = 0; i < count; i++) {
        all.failed += rows[i].measure.failed;
        for (int k = 0; k < HAUL_ERROR_COUNT; k++)
            all.errors[k] += rows[i].measure.errors[k];
        if (hl_row_is_sound(&rows[i]))
            printf("%6.2f%c", rows[i].measure.seconds,
                   i == best && count > 1 ? '*' : ' ');
        else
            printf("%6s ", "failed");
    }
    putchar('\n');
    if (all.failed > 0)
        hl_failures_print(&all);
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

static int run_mode(struct hl_sweep *sweep,
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
        first[i].shortest_s = first[i].measure.seconds;
        first[i].longest_s = first[i].measure.seconds;
        sweep->rows_count++;
    }
    print_mode(first, counts);
    return 0;
}

static bool is_first_of_mode(const struct hl_row *rows, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (rows[i].mode == rows[at].mode)
            return false;
    return true;
}

/* The sweep may ask for more files at a time than there are. */
static void print_bound(const struct hl_sweep *sweep)
{
    uint64_t files = 0;
    for (size_t i = 0; i < sweep->rows_count; i++)
        if (sweep->rows[i].measure.files > files)
            files = sweep->rows[i].measure.files;
    if (sweep->counts[sweep->counts_count - 1] > files && files > 0)
        printf("With %" PRIu64 " file%s, no more than %" PRIu64
               " can be fetched at a time.\n",
               files, files > 1 ? "s" : "", files);
}

int hl_sweep_run(struct hl_sweep *sweep, const struct hl_sweep_source *source)
{
    int r = 0;
    print_head(sweep);
    for (size_t i = 0; r == 0 && i < source->count; i++)
        if (is_first_of_mode(source->rows, i))
            r = run_mode(sweep, source, source->rows[i].mode);
    if (r == 0)
        print_bound(sweep);
    return r;
}
