/*
 * Directories in which several spellings are one name: on a file system that
 * ignores case or the form of characters, or one that was told to do so for
 * a directory.
 */
#ifndef HL_ENGINE_FOLDING_H
#define HL_ENGINE_FOLDING_H

#include <stdbool.h>

/* Was this directory told to ignore case (chattr +F)? */
bool hl_folding_is_set(int dir_fd);
/* Tries it out with a file in the directory, which exists for a moment. */
bool hl_folding_by_trial(int dir_fd);
/* The same by what stands in the directory already. False where that does not
 * tell. */
bool hl_folding_by_sight(int dir_fd);

#endif
