/*
 * File systems that take several spellings for one name. Some ignore case or
 * the form of accented characters, everywhere or in directories that were told
 * to.
 */
#ifndef HL_JOURNAL_FOLDING_H
#define HL_JOURNAL_FOLDING_H

#include <stdbool.h>

#include "util/buf.h"

/* Was this directory told to ignore case (chattr +F)? Like the two below, it
 * blocks on the disk. */
bool hl_folding_is_set(int dir_fd);
/* Finds out by making a file in the directory for a moment. */
bool hl_folding_by_trial(int dir_fd);
/* Finds out by a file that is in the directory already. False where no file can
 * tell. */
bool hl_folding_by_sight(int dir_fd);

/*
 * Puts the key of name, a path, in place of what out held. If any file system
 * takes two names for one, the two have the same key. A few names that every
 * file system tells apart have the same key too.
 *
 * Letters lose their case, characters become their compatibility forms
 * (Unicode's NFKC_Casefold), and dots and blanks at the end of a part are left
 * out, as FAT does. A part that is not UTF-8 loses the case of its ASCII
 * letters only. The number of slashes never changes. out->failed is set where
 * memory runs out.
 */
void hl_fold(struct hl_buf *out, const char *name);

#endif
