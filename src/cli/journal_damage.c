#include "cli/journal_damage.h"

#include <stdio.h>

#include "cli/print_message.h"
#include "util/text.h"

static const char *lost(enum hl_damage_to to)
{
    switch (to) {
    case HL_DAMAGE_TO_RUN:
        return "all URLs are fetched again, under other names where files are "
               "there (--if-exists adopt keeps these)";
    case HL_DAMAGE_TO_PART:
        return "files that are there are kept, all else is fetched again";
    case HL_DAMAGE_TO_STATUS:
        return "nothing is known of them; the next run fetches all URLs again";
    case HL_DAMAGE_TO_VERIFY:
        break;
    }
    return "no file can be verified";
}

static const char *damaged(enum hl_damage_to to)
{
    switch (to) {
    case HL_DAMAGE_TO_RUN:
        return "URLs of which nothing else is on record are fetched again, "
               "under other names where files are there (--if-exists adopt "
               "keeps these)";
    case HL_DAMAGE_TO_PART:
        return "files that are there are kept; URLs of which nothing else is "
               "on record are fetched again";
    case HL_DAMAGE_TO_STATUS:
        return "URLs of which nothing else is on record are not counted here; "
               "the next run fetches them again";
    case HL_DAMAGE_TO_VERIFY:
        break;
    }
    return "files of which nothing else is on record are not verified";
}

static const char *cut(enum hl_damage_to to)
{
    return to == HL_DAMAGE_TO_VERIFY
               ? "the file of the last record is not verified"
               : "the last record is lost, and its URL is fetched again";
}

void hl_journal_damage_say(const char *dir,
                           const struct haul_journal_damage *damage,
                           enum hl_damage_to to)
{
    char count[HL_TEXT_COUNT_SIZE];
    const char *name = to == HL_DAMAGE_TO_PART ? "journal.*" : "journal";
    hl_text_count(count, damage->lines);
    if (damage->is_lost)
        hl_error("%s/.haul/%s, the record of earlier runs, is gone or "
                 "empty: %s",
                 dir, name, lost(to));
    else if (damage->lines > 0)
        hl_error("%s/.haul/%s is damaged in %s %s: %s", dir, name, count,
                 damage->lines == 1 ? "line" : "lines", damaged(to));
    else if (damage->is_cut)
        hl_error("%s/.haul/%s ends within a line: %s", dir, name, cut(to));
}
