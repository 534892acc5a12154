#include "compare/account.h"

#include <inttypes.h>
#include <stdlib.h>
#include <uv.h>

#include "compare/race_moment.h"

const char *const hl_item_classes[HL_ITEMS] = {
    "starting", "connecting", "waiting",   "receiving", "ready",
    "pool",     "core",       "computing", "storing",   "report"};
const char *const hl_item_words[HL_ITEMS] = {"starting",
                                             "connecting",
                                             "waiting for the server",
                                             "receiving",
                                             "waiting for the loop",
                                             "waiting for the pool",
                                             "waiting for a core",
                                             "computing",
                                             "storing",
                                             "stored, not noticed yet"};

enum { STEPS = 11, PARTS_TOLD = 5 };

struct step {
    enum hl_account_item item;
    uint64_t us;
};

/* What is left of a time without a part of it. */
static uint64_t rest_of(uint64_t us, uint64_t part_us)
{
    return us > part_us ? us - part_us : 0;
}

/* What a transfer does, in order. Waiting for a core and computing are in turns
 * with each other. */
static void steps_of(struct step steps[STEPS], const struct hl_page_transfer *t)
{
    const uint64_t *us = t->phases_us;
    uint64_t outside = t->ready_first_us + t->ready_pool_us + t->ready_last_us;
    uint64_t core_us = hl_page_core_us(t);
    const struct step all[STEPS] = {
        {HL_ITEM_CONNECTING,
         us[HL_PAGE_DNS] + us[HL_PAGE_CONNECT] + us[HL_PAGE_TLS]},
        {HL_ITEM_WAITING, us[HL_PAGE_WAIT]},
        {HL_ITEM_READY, t->ready_first_us},
        {HL_ITEM_RECEIVING, us[HL_PAGE_BODY]},
        {HL_ITEM_READY, rest_of(us[HL_PAGE_READY], outside)},
        {HL_ITEM_POOL, t->ready_pool_us},
        {HL_ITEM_CORE, core_us},
        {HL_ITEM_COMPUTING, us[HL_PAGE_WORK] - core_us},
        {HL_ITEM_POOL, t->file_pool_us},
        {HL_ITEM_STORING, rest_of(us[HL_PAGE_FILE], t->file_pool_us)},
        {HL_ITEM_REPORT, t->ready_last_us},
    };
    for (size_t i = 0; i < STEPS; i++)
        steps[i] = all[i];
}

static int by_end(const void *a, const void *b)
{
    uint64_t x =
        hl_page_transfer_end_us(*(const struct hl_page_transfer *const *)a);
    uint64_t y =
        hl_page_transfer_end_us(*(const struct hl_page_transfer *const *)b);
    return (x > y) - (x < y);
}

/* Adds the steps of a transfer from *now on: what passed before is another's.
 */
static void walk(struct hl_account *account, uint64_t *now,
                 const struct hl_page_transfer *t)
{
    struct step steps[STEPS];
    uint64_t at = t->begin_us + t->phases_us[HL_PAGE_QUEUED];
    steps_of(steps, t);
    if (at > account->whole)
        at = account->whole;
    if (at > *now) {
        account->items[HL_ITEM_STARTING] += at - *now;
        *now = at;
    }
    for (size_t i = 0; i < STEPS; i++) {
        at += steps[i].us;
        if (at > account->whole)
            at = account->whole;
        if (at > *now) {
            account->items[steps[i].item] += at - *now;
            *now = at;
        }
    }
}

static const struct hl_page_transfer *last_of(const struct hl_page_run *run)
{
    const struct hl_page_transfer *last = NULL;
    for (size_t i = 0; i < run->transfers_count; i++)
        if (last == NULL || hl_page_transfer_end_us(&run->transfers[i]) >
                                hl_page_transfer_end_us(last))
            last = &run->transfers[i];
    return last;
}

int hl_account_path(struct hl_account *out, const struct hl_page_run *run)
{
    const struct hl_page_transfer **own =
        calloc(run->transfers_count + 1, sizeof(*own));
    const struct hl_page_transfer *last = last_of(run);
    uint64_t now = 0;
    if (own == NULL)
        return UV_ENOMEM;
    *out = (struct hl_account){.whole = run->length_us};
    for (size_t i = 0; last != NULL && i < run->transfers_count; i++)
        if (run->transfers[i].worker == last->worker)
            own[out->transfers++] = &run->transfers[i];
    qsort(own, out->transfers, sizeof(*own), by_end);
    for (size_t i = 0; i < out->transfers; i++)
        walk(out, &now, own[i]);
    free(own);
    /* The run ends a little after its last file. */
    out->items[HL_ITEM_STORING] += out->whole - now;
    return 0;
}

/* Adds how long the worker of each transfer was free before it asked. */
static int add_starting(struct hl_account *account,
                        const struct hl_page_run *run)
{
    const struct hl_page_transfer **sorted = hl_race_sort(run);
    uint64_t free_us = 0; /* since when the worker is free */
    if (sorted == NULL)
        return UV_ENOMEM;
    for (size_t i = 0; i < run->transfers_count; i++) {
        const struct hl_transfer_times at = hl_transfer_times(sorted[i]);
        if (i > 0 && sorted[i]->worker != sorted[i - 1]->worker)
            free_us = 0;
        account->items[HL_ITEM_STARTING] += rest_of(at.asked, free_us);
        account->whole += rest_of(at.asked, free_us);
        free_us = at.end > free_us ? at.end : free_us;
    }
    free(sorted);
    return 0;
}

int hl_account_sum(struct hl_account *out, const struct hl_page_run *run)
{
    struct step steps[STEPS];
    *out = (struct hl_account){.transfers = run->transfers_count};
    for (size_t i = 0; i < run->transfers_count; i++) {
        steps_of(steps, &run->transfers[i]);
        for (size_t k = 0; k < STEPS; k++) {
            out->items[steps[k].item] += steps[k].us;
            out->whole += steps[k].us;
        }
    }
    return add_starting(out, run);
}

void hl_account_round(uint64_t out[HL_ITEMS], const struct hl_account *account,
                      uint64_t unit_us)
{
    uint64_t left = (account->whole + unit_us / 2) / unit_us;
    uint64_t rests[HL_ITEMS];
    for (size_t i = 0; i < HL_ITEMS; i++) {
        out[i] = account->items[i] / unit_us;
        rests[i] = account->items[i] % unit_us;
        left -= out[i] < left ? out[i] : left;
    }
    /* The largest rests are rounded up. */
    for (; left > 0; left--) {
        size_t most = 0;
        for (size_t i = 0; i < HL_ITEMS; i++)
            if (rests[i] > rests[most])
                most = i;
        out[most]++;
        rests[most] = 0;
    }
}

/* How a time is written: so many units of a µs, in this unit. */
struct scale {
    uint64_t unit_us;
    double of_unit;
    int digits;
    const char *word;
};

static struct scale scale_for(uint64_t us)
{
    if (us >= 1000000)
        return (struct scale){10000, 0.01, 2, "s"};
    if (us >= 10000)
        return (struct scale){1000, 1, 0, "ms"};
    return (struct scale){100, 0.1, 1, "ms"};
}

static size_t largest_of(const uint64_t items[HL_ITEMS])
{
    size_t most = 0;
    for (size_t i = 0; i < HL_ITEMS; i++)
        if (items[i] > items[most])
            most = i;
    return most;
}

void hl_account_words(struct hl_buf *out, const struct hl_account *account)
{
    const struct scale s = scale_for(account->whole);
    uint64_t items[HL_ITEMS];
    unsigned parts = 0;
    uint64_t left = 0;
    hl_account_round(items, account, s.unit_us);
    for (size_t i = 0; i < HL_ITEMS; i++) {
        left += items[i];
        parts += items[i] > 0;
    }
    hl_buf_printf(out, "%.*f %s =", s.digits, (double)left * s.of_unit, s.word);
    for (unsigned told = 0; left > 0; told++) {
        size_t most = largest_of(items);
        bool is_rest = parts > PARTS_TOLD && told == PARTS_TOLD - 1;
        uint64_t part = is_rest ? left : items[most];
        hl_buf_printf(out, "%s %.*f %s", told > 0 ? " +" : "", s.digits,
                      (double)part * s.of_unit,
                      is_rest ? "other" : hl_item_words[most]);
        left -= part;
        items[most] = 0;
    }
}
