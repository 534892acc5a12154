/* The limit of open files, which is the process's. Any thread. */
#ifndef HL_UTIL_OPEN_FILES_H
#define HL_UTIL_OPEN_FILES_H

#include <stdint.h>

enum {
    /* Open beside what a run counts: journal, list, report, pipes, lookups, and
     * the session's loop. */
    HL_OPEN_FILES_SPARE = 64,
    HL_OPEN_FILES_A_LOOP = 8, /* what libuv opens for another */
};

/* How many may be open; UINT64_MAX: any number. */
uint64_t hl_open_files_most(void);
/* Raises that as far as it goes; a program's to call, not a library's. */
void hl_open_files_raise(void);

#endif
