/*
 * How often each of many texts comes. Counts are exact; at most limit
 * different texts are kept, each in about 100 bytes and its length, and those
 * that come later are not. Owned by one thread.
 */
#ifndef HL_CLI_EXACT_COUNTS_H
#define HL_CLI_EXACT_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hl_tally_text;

/* All zero but for its limit is empty. */
struct hl_tally {
    size_t limit;
    struct hl_tally_text *texts; /* hash; owned */
    bool is_full;                /* more than limit different texts came */
};

/* Counts text once more. @return 0 or UV_ENOMEM. */
int hl_tally_add(struct hl_tally *tally, const char *text);
/* How many different texts are kept. */
size_t hl_tally_different(const struct hl_tally *tally);

struct hl_tally_rank {
    const char *text; /* valid until the tally is released */
    uint64_t count;
};

/* Fills out with the texts that came most often, at most most of them, the most
 * frequent first and equals in the order in which they came. @return how many.
 */
size_t hl_tally_top(const struct hl_tally *tally, struct hl_tally_rank *out,
                    size_t most);
void hl_tally_release(struct hl_tally *tally);

#endif
