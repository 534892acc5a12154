/*
 * The journals of a part of a plan. Several runs may work on the part, one
 * after another or at once, on this machine or on others: its attempts. Each
 * attempt has a journal of its own, .haul/journal.TOKEN, and appends to no
 * other. What is known of the part is what all journals say together, as they
 * were when they were opened. Loop thread only.
 */
#ifndef HL_JOURNAL_ATTEMPTS_H
#define HL_JOURNAL_ATTEMPTS_H

struct hl_journal;

/* Makes the journal of this attempt, and gives it a token that no other attempt
 * has. @return a descriptor, which the caller closes, or a code. */
int hl_attempts_make(struct hl_journal *journal);
/* Opens the journals of the other attempts as segments of journal->log, in the
 * order in which they were last written, so that the record of a later attempt
 * counts. @return 0 or a code. */
int hl_attempts_open(struct hl_journal *journal);
/* Closes the files of these segments. */
void hl_attempts_close_files(struct hl_journal *journal);
/* Opens them again, below journal->haul_fd. @return 0 or a code, and then they
 * are all closed. */
int hl_attempts_reopen_files(struct hl_journal *journal);

#endif
