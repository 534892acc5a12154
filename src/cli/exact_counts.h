/*
 * How often each of many strings comes. Counts are exact; at most limit
 * different strings are kept, each in about 100 bytes and its length, and those
 * that come later are not. Owned by one thread.
 */
#ifndef HL_CLI_EXACT_COUNTS_H
#define HL_CLI_EXACT_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hl_exact_counts_text;

/* All zero but for its limit is empty. */
struct hl_exact_counts {
    size_t limit;
    struct hl_exact_counts_text *strings; /* hash; owned */
    bool is_full; /* more than limit different strings came */
};

/* Counts text once more. @return 0 or UV_ENOMEM. */
int hl_exact_counts_add(struct hl_exact_counts *tally, const char *text);
/* How many different strings are kept. */
size_t hl_exact_counts_different(const struct hl_exact_counts *tally);

struct hl_exact_counts_rank {
    const char *text; /* valid until the tally is released */
    uint64_t count;
};

/* Fills out with the strings that came most often, at most most of them, the
 * most frequent first and equals in the order in which they came. @return how
 * many.
 */
size_t hl_exact_counts_top(const struct hl_exact_counts *tally,
                           struct hl_exact_counts_rank *out, size_t most);
void hl_exact_counts_release(struct hl_exact_counts *tally);

#endif
