/*
 * A census of many strings, which come one at a time: how many different ones
 * there are, and which come most often. Memory is bounded: up to a limit of
 * different strings all is exact, and beyond it estimated.
 *
 * Beyond the limit the rarest text gives its counter to the new one, which
 * takes over its count too (Metwally's Space-Saving): a count is then too high
 * by as much at most, and no text that comes often can be missed. Different
 * ones are estimated by a HyperLogLog of 16384 registers, to about 1 %.
 */
#ifndef HL_UTIL_CENSUS_H
#define HL_UTIL_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hl_census;

/* limit is at least 1. @return 0 or UV_ENOMEM. */
int hl_census_new(struct hl_census **out, size_t limit);
/* NULL is fine. */
void hl_census_free(struct hl_census *census);
/* Counts text once more. @return 0 or UV_ENOMEM. */
int hl_census_add(struct hl_census *census, const char *text);
/* Is all that is told exact? */
bool hl_census_is_exact(const struct hl_census *census);
uint64_t hl_census_different(const struct hl_census *census);

struct hl_census_rank {
    const char *text; /* valid until the next add */
    uint64_t count;
    uint64_t over; /* count may be too high by this much */
};

/* Fills out with the most frequent, at most most of them, in their order.
 * @return how many. */
size_t hl_census_top(const struct hl_census *census, struct hl_census_rank *out,
                     size_t most);

#endif
