/* Names as a file system sees them that takes several spellings for one. */
#ifndef HL_UTIL_FOLD_H
#define HL_UTIL_FOLD_H

#include "util/buf.h"

/*
 * Puts the key of name, a path, in place of what out held: names that any file
 * system takes for one have the same key. Letters lose their case, characters
 * become their compatibility forms (Unicode's NFKC_Casefold), and dots and
 * blanks at the end of a part are left out, as FAT does. A part that is no
 * UTF-8 loses the case of its ASCII letters. Some names that no file system
 * takes for one have the same key too. Never changes the number of slashes.
 * out->failed without memory.
 */
void hl_fold(struct hl_buf *out, const char *name);

#endif
