/*
 * Does a directory take several spellings for one name? Some file systems
 * ignore case or the form of accented characters, everywhere or in directories
 * that were told to. All functions block on the disk.
 */
#ifndef HL_JOURNAL_FOLDING_H
#define HL_JOURNAL_FOLDING_H

#include <stdbool.h>

/* Was this directory told to ignore case (chattr +F)? */
bool hl_folding_is_set(int dir_fd);
/* Finds out by making a file in the directory for a moment. */
bool hl_folding_by_trial(int dir_fd);
/* Finds out by a file that is in the directory already. False where none can
 * tell. */
bool hl_folding_by_sight(int dir_fd);

#endif
