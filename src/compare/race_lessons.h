/* What a race teaches, in three sentences. */
#ifndef HL_COMPARE_RACE_LESSONS_H
#define HL_COMPARE_RACE_LESSONS_H

#include "compare/race.h"

void hl_race_lessons(struct hl_buf *out, const struct hl_race *race);

#endif
