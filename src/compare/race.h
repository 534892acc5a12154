/* A race: the rows of a part on one clock, as a page shows them. */
#ifndef HL_COMPARE_RACE_H
#define HL_COMPARE_RACE_H

#include "compare/account.h"
#include "compare/page_run.h"
#include "compare/table.h"
#include "util/buf.h"

struct hl_race {
    const struct hl_part *part;
    const struct hl_page_run *runs; /* of the part's rows */
    uint64_t end_us;                /* where the slow motion ends: the fastest
                                       rows are done, the others are not */
    unsigned slower;                /* how many times the slow motion is */
};

/* What a row did with its files, over its whole run. */
struct hl_race_facts {
    uint64_t files;
    uint64_t last_began_us; /* when the last of the workers first asked */
    uint64_t all_asked_us;  /* since when every file has been asked for */
    uint64_t ready_most;    /* the most files that were ready at one time */
    struct hl_account path; /* why it took as long as it did */
};

struct hl_race hl_race_of(const struct hl_part *part,
                          const struct hl_page_run *runs);
/* @return 0, or UV_ENOMEM. */
int hl_race_facts_of(struct hl_race_facts *out, const struct hl_page_run *run);

#endif
