/* The limit of open files. */
#ifndef HL_UTIL_OPEN_FILES_H
#define HL_UTIL_OPEN_FILES_H

#include <stdint.h>

enum { HL_OPEN_FILES_A_LOOP = 8 }; /* what libuv opens for one */

/* How many this process may have open; UINT64_MAX: any number. */
uint64_t hl_open_files_most(void);
/* Raises that as far as it goes. */
void hl_open_files_raise(void);

#endif
