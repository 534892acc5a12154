/* Leaves out transfers of a large run: the page draws some, but counts all. */
#ifndef HL_COMPARE_PAGE_THIN_H
#define HL_COMPARE_PAGE_THIN_H

#include <stdbool.h>

#include "compare/page_run.h"

/* At most twice as many transfers are kept. */
enum { HL_PAGE_DRAWN = 2000 };

/* Which transfers are kept. All zero keeps all so far. */
struct hl_page_thin {
    uint64_t seen;    /* transfers of the run */
    uint64_t every;   /* of which one in so many is kept; 0: all */
    uint64_t slow_us; /* and each that took longer; 0: none */
    uint32_t failed;  /* and so many that failed are */
};

/* To be asked for each transfer, in turn: is it kept? */
bool hl_page_thin_keeps(struct hl_page_thin *thin,
                        const struct hl_page_transfer *transfer);
/* Are there so many that some must be left out? */
bool hl_page_thin_is_due(const struct hl_page_run *run);
/* Leaves out about half of the transfers, and the names that none has then.
 * @return the new index of each name, UINT32_MAX where it is gone, for the
 * caller to free; NULL without memory, and then nothing has changed. */
uint32_t *hl_page_thin_out(struct hl_page_thin *thin, struct hl_page_run *run);

#endif
