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
/* Those that are open beside the standard three, as far as they are among the
 * first few hundred: a program's parent may have left them. */
uint32_t hl_open_files_taken(void);
/* How many can still be opened, up to most. */
uint32_t hl_open_files_left(uint32_t most);
/* Raises that as far as it goes; a program's to call, not a library's. */
void hl_open_files_raise(void);

#endif
