/* Why a directory cannot be used for a run, or its journal not be read. */
#ifndef HL_CLI_DIR_ERROR_H
#define HL_CLI_DIR_ERROR_H

/* One line; code is haul_session_new()'s or that of a call of journal.h. */
void hl_dir_error(const char *dir, int code);

#endif
