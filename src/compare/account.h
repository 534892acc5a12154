/* Where the time of a row went, by its timeline. */
#ifndef HL_COMPARE_ACCOUNT_H
#define HL_COMPARE_ACCOUNT_H

#include "compare/page_run.h"
#include "util/buf.h"

/* What passes while a file is fetched. The classes in page.css have the same
 * names, and page/steps.mjs the same words. */
enum hl_account_item {
    HL_ITEM_STARTING, /* nobody has asked for the file yet */
    HL_ITEM_CONNECTING,
    HL_ITEM_WAITING, /* for the server */
    HL_ITEM_RECEIVING,
    HL_ITEM_READY, /* for the thread of the loop */
    HL_ITEM_POOL,  /* for a thread of the pool */
    HL_ITEM_CORE,  /* for a core to compute on */
    HL_ITEM_COMPUTING,
    HL_ITEM_STORING,
    HL_ITEM_REPORT, /* stored, until the run knows of it */
    HL_ITEMS
};

extern const char *const hl_item_classes[HL_ITEMS];
extern const char *const hl_item_words[HL_ITEMS];

/* Times in µs. The items of a path add up to the whole. */
struct hl_account {
    uint64_t items[HL_ITEMS];
    uint64_t whole;
    size_t transfers;
};

/* The way of the worker that was the last to be done, from the run's start to
 * its end: what it did is why the run took so long. @return 0, or UV_ENOMEM. */
int hl_account_path(struct hl_account *out, const struct hl_page_run *run);
/* All transfers of a run, added. The time of a transfer begins when its worker
 * is free: at the run's start, or when its transfer before that one has ended.
 * @return 0, or UV_ENOMEM. */
int hl_account_sum(struct hl_account *out, const struct hl_page_run *run);
/* Rounds the items to units of unit_us, so that they add up to the whole, which
 * is rounded too. */
void hl_account_round(uint64_t out[HL_ITEMS], const struct hl_account *account,
                      uint64_t unit_us);
/* Adds "115 ms = 101 waiting for the server + 12 starting + 2 storing". The
 * smallest of many items are "other". */
void hl_account_words(struct hl_buf *out, const struct hl_account *account);

#endif
