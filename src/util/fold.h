/* Keys of names, for file systems that take several spellings for one name. */
#ifndef HL_UTIL_FOLD_H
#define HL_UTIL_FOLD_H

#include "util/buf.h"

/*
 * Puts the key of name, a path, in place of what out held. If any file system
 * takes two names for one, the two have the same key. A few names that every
 * file system tells apart have the same key too.
 *
 * Letters lose their case, characters become their compatibility forms
 * (Unicode's NFKC_Casefold), and dots and blanks at the end of a part are left
 * out, as FAT does. A part that is not UTF-8 loses the case of its ASCII
 * letters only. The number of slashes never changes. out->failed without
 * memory.
 */
void hl_fold(struct hl_buf *out, const char *name);

#endif
