/* Which rows of a comparison are faster than which. */
#ifndef HL_COMPARE_RANKING_H
#define HL_COMPARE_RANKING_H

#include "compare/table.h"

/* Of a part's rows. A sound row has fetched files, and none failed. */
struct hl_ranking {
    const struct hl_row *base;    /* sequential, or else the first; where that
                                     is not sound, the fastest */
    const struct hl_row *fastest; /* of the sound rows; NULL: there is none */
    const struct hl_row *slowest;
    const struct hl_row *lightest; /* as fast as the fastest, with clearly less
                                      memory; NULL: there is none */
    size_t sound;                  /* how many are */
    bool alike;                    /* each of them is as fast as the fastest */
};

bool hl_row_is_sound(const struct hl_row *row);
/* Do the times of two rows differ by no more than those of two runs of one row
 * may? */
/* How far two runs of one row may be apart, as a share of the time. */
double hl_spread_of(uint32_t runs);
bool hl_rows_are_equal(const struct hl_row *a, const struct hl_row *b);
/* Is a faster than b by more than that? */
bool hl_row_is_faster(const struct hl_row *a, const struct hl_row *b);
/* The processors that a row kept busy, over its whole time. */
double hl_row_busy(const struct hl_row *row);
/* part has at least one row. */
struct hl_ranking hl_rank(const struct hl_part *part);

#endif
