/* What a URL has come to, by the journal and by a look at its file: for
 * commands that tell what runs have done. */
#ifndef HL_CLI_RECORDED_OUTCOME_H
#define HL_CLI_RECORDED_OUTCOME_H

#include <stdbool.h>

#include "haul/haul.h"
#include "journal/journal_entry.h"
#include "util/beneath.h"

enum { HL_RECORDED_MESSAGE_SIZE = 64 };

/* Fills in outcome, error and what else a run would report of the URL; message
 * is what the text of a failure is made in. shared: several runs work in the
 * directory, as in a part of a plan. Blocks on the disk. @return whether a part
 * of the URL's file is there, of result->bytes. */
bool hl_recorded_outcome(struct hl_beneath *root,
                         const struct hl_journal_entry *entry, bool shared,
                         struct haul_result *result,
                         char message[HL_RECORDED_MESSAGE_SIZE]);

#endif
