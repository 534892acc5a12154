/*
 * URLs whose file the journal has on record: what becomes of them once the file
 * was looked at. Loop thread only.
 */
#ifndef HL_RUN_KNOWN_FILE_H
#define HL_RUN_KNOWN_FILE_H

#include "run/checks.h"

/* For hl_checks: the task goes on, or ends, by what was found. arg is the run.
 */
void hl_known_file_looked(void *arg, struct hl_check *check);

#endif
