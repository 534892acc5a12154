#include "compare/page_thin.h"

#include <stdlib.h>

enum {
    SLOW = HL_PAGE_DRAWN / 10,
    FAILED = HL_PAGE_DRAWN / 4,
};

/* The ordinal of a transfer is its place among all of the run. */
static bool keeps(const struct hl_page_thin *thin, uint64_t ordinal,
                  const struct hl_page_transfer *t)
{
    if (thin->every == 0 || ordinal % thin->every == 0)
        return true;
    return thin->slow_us > 0 && hl_page_transfer_us(t) > thin->slow_us;
}

bool hl_page_thin_keeps(struct hl_page_thin *thin,
                        const struct hl_page_transfer *t)
{
    uint64_t ordinal = thin->seen++;
    if (keeps(thin, ordinal, t))
        return true;
    if (t->error == 0 || thin->failed >= FAILED)
        return false;
    thin->failed++;
    return true;
}

bool hl_page_thin_is_due(const struct hl_page_run *run)
{
    return run->transfers_count >= 2 * (size_t)HL_PAGE_DRAWN;
}

static int by_length(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x < y) - (x > y);
}

/* A length that few transfers are longer than. */
static uint64_t find_slow(const struct hl_page_run *run, uint64_t *lengths)
{
    for (size_t i = 0; i < run->transfers_count; i++)
        lengths[i] = hl_page_transfer_us(&run->transfers[i]);
    qsort(lengths, run->transfers_count, sizeof(*lengths), by_length);
    return lengths[SLOW];
}

/* The run's transfers are not numbered: of the kept ones each second is. */
static void drop(struct hl_page_thin *thin, struct hl_page_run *run)
{
    size_t kept = 0;
    thin->failed = 0;
    for (size_t i = 0; i < run->transfers_count; i++) {
        const struct hl_page_transfer *t = &run->transfers[i];
        bool is_failed = t->error != 0 && thin->failed < FAILED;
        if (i % 2 != 0 && hl_page_transfer_us(t) <= thin->slow_us && !is_failed)
            continue;
        thin->failed += is_failed;
        run->transfers[kept++] = *t;
    }
    run->transfers_count = kept;
}

static void drop_names(struct hl_page_run *run, uint32_t *names)
{
    struct hl_page_strings *all = &run->names;
    size_t kept = 0;
    for (size_t i = 0; i < all->count; i++)
        names[i] = UINT32_MAX;
    for (size_t i = 0; i < run->transfers_count; i++)
        names[run->transfers[i].name] = 0;
    for (size_t i = 0; i < all->count; i++) {
        if (names[i] == UINT32_MAX) {
            free(all->items[i]);
            continue;
        }
        names[i] = (uint32_t)kept;
        all->items[kept++] = all->items[i];
    }
    all->count = kept;
    for (size_t i = 0; i < run->transfers_count; i++)
        run->transfers[i].name = names[run->transfers[i].name];
}

uint32_t *hl_page_thin_out(struct hl_page_thin *thin, struct hl_page_run *run)
{
    uint32_t *names = calloc(run->names.count + 1, sizeof(*names));
    uint64_t *lengths = calloc(run->transfers_count, sizeof(*lengths));
    if (names == NULL || lengths == NULL) {
        free(names);
        free(lengths);
        return NULL;
    }
    thin->slow_us = find_slow(run, lengths);
    free(lengths);
    thin->every = thin->every > 0 ? 2 * thin->every : 2;
    drop(thin, run);
    drop_names(run, names);
    return names;
}
