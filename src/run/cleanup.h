/* Removes the temporary files of runs that were killed. Blocks on the disk. */
#ifndef HL_RUN_CLEANUP_H
#define HL_RUN_CLEANUP_H

struct hl_beneath;
struct hl_journal;

/* To be called before hl_journal_begin(). @return 0 or a code. */
int hl_litter_sweep(struct hl_journal *journal, struct hl_beneath *root);

#endif
