/* The limit of open files, which is the process's. Any thread. */
#ifndef HL_UTIL_OPEN_FILES_H
#define HL_UTIL_OPEN_FILES_H

#include <stdint.h>

enum {
    /* What a program that transfers or serves has open beside its connections
     * and their files: loops, pipes, journal, list, report, lookups. */
    HL_OPEN_FILES_SPARE = 64,
};

/* How many files may be open; UINT64_MAX: any number. */
uint64_t hl_open_files_most(void);
/* How many files the program's parent has left open beside the standard three.
 * Only the first 256 descriptors are looked at. */
uint32_t hl_open_files_taken(void);
/* How many files can still be opened; most: as many as that, or more. */
uint32_t hl_open_files_left(uint32_t most);
/* Raises the limit as far as the system allows. For a program to call, not for
 * a library. */
void hl_open_files_raise(void);

#endif
