/* What limits a row, in words: who was blocked, on what, and what more workers
 * would bring. */
#ifndef HL_COMPARE_LIMIT_H
#define HL_COMPARE_LIMIT_H

#include "compare/account.h"
#include "compare/table.h"
#include "util/buf.h"

/* A row that fetched all its files, and what its timeline tells of it. */
struct hl_limited {
    const struct hl_setting *setting;
    const struct hl_row *row;
    const struct hl_page_run *run;
    const struct hl_account *path;
    const struct hl_account *sum;
};

/* Each adds a sentence or two. */
void hl_limit_blocked(struct hl_buf *out, const struct hl_limited *of);
void hl_limit_cause(struct hl_buf *out, const struct hl_limited *of);
void hl_limit_more(struct hl_buf *out, const struct hl_limited *of);
/* The number in flight of which it would be worth while to compute the time;
 * 0: more would bring nothing. */
uint64_t hl_limit_twice(const struct hl_limited *of);

#endif
