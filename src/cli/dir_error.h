/* Says why a directory cannot be used for a run, or why its journal cannot be
 * read. */
#ifndef HL_CLI_DIR_ERROR_H
#define HL_CLI_DIR_ERROR_H

/* Says so in one line; code is haul_session_new()'s or that of a call of
 * journal.h. @return the exit status, as of hl_fail(). */
int hl_dir_error(const char *dir, int code);

#endif
