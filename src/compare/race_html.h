/* The first screen of a page: a race between the rows of a part. */
#ifndef HL_COMPARE_RACE_HTML_H
#define HL_COMPARE_RACE_HTML_H

#include "compare/race.h"

/* What the pictures of all races share; stands before the first. */
void hl_race_put_patterns(struct hl_buf *out);
/* Adds the race as it stands at the end of its slow motion, which is what is
 * seen without a script. The script finds its runs from first_run on. */
void hl_race_put(struct hl_buf *out, const struct hl_race *race,
                 size_t first_run);

#endif
