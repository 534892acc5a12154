/* The words of a race: all of their figures come from its rows and runs. */
#ifndef HL_COMPARE_RACE_WORDS_H
#define HL_COMPARE_RACE_WORDS_H

#include "compare/race.h"
#include "compare/race_moment.h"

/* Made URLs are pictures; what a list names may be anything. */
const char *hl_race_thing(const struct hl_setting *setting);
/* "2.5 ms", "46 ms", "1.02 s". */
void hl_race_duration(struct hl_buf *out, uint64_t us);
/* "100 pictures. Each comes 0.1 s after it is asked for." */
void hl_race_title(struct hl_buf *out, const struct hl_setting *setting);
/* "Five ways to fetch them, ..." */
void hl_race_question(struct hl_buf *out, const struct hl_race *race);
/* The name of a row for one who does not know the modes, and who works in it.
 */
void hl_race_name(struct hl_buf *out, const struct hl_row *row);
void hl_race_workers(struct hl_buf *out, const struct hl_row *row);
/* What the workers do: "7 blocked, 3 running". */
void hl_race_state(struct hl_buf *out, const struct hl_row *row,
                   const struct hl_race_moment *moment, unsigned cores);
/* The sentence beside a row, at the end of the slow motion. */
void hl_race_sentence(struct hl_buf *out, const struct hl_race *race,
                      const struct hl_row *row,
                      const struct hl_race_facts *facts,
                      const struct hl_race_moment *moment);
/* The sentence at the end of the whole race: who was first, and who shares that
 * place, as two runs of one row may differ so much. */
void hl_race_place(struct hl_buf *out, const struct hl_race *race,
                   const struct hl_row *row);

#endif
