/*
 * --list extra of haul status: the files below the directory that haul wrote
 * and whose URLs the list does not have, parts of files too. What somebody
 * changed since is not haul's any more.
 */
#ifndef HL_CLI_EXTRA_FILES_H
#define HL_CLI_EXTRA_FILES_H

#include "cli/run_directory.h"

/* Prints their paths, which begin with that of the directory, with end after
 * each. Where the list cannot be read to its end, it prints none. @return the
 * exit status, after a line on stderr where something is wrong. */
int hl_extra_files_print(struct hl_run_directory *lookup, char end);

#endif
