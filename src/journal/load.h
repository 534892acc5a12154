/* Reads the whole journal into memory, as it is opened. */
#ifndef HL_JOURNAL_LOAD_H
#define HL_JOURNAL_LOAD_H

struct hl_journal;

/* @return 0, HAUL_EJOURNAL for a file of a version that is not known here, or a
 * libuv code. */
int hl_journal_load(struct hl_journal *journal);

#endif
