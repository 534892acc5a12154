/* Says, in one line, that a journal is damaged or lost, and what follows. */
#ifndef HL_CLI_JOURNAL_DAMAGE_H
#define HL_CLI_JOURNAL_DAMAGE_H

#include "haul/haul.h"

/* Who has found it: a run goes on and fetches again; the others only look. */
enum hl_damage_to {
    HL_DAMAGE_TO_RUN,
    HL_DAMAGE_TO_PART, /* a run of a part of a plan, which adopts what is there
                        */
    HL_DAMAGE_TO_STATUS,
    HL_DAMAGE_TO_VERIFY
};

/* Prints nothing where nothing is wrong. */
void hl_journal_damage_say(const char *dir,
                           const struct haul_journal_damage *damage,
                           enum hl_damage_to to);

#endif
