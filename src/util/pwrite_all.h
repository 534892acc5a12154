/* Writing all of it, in as many calls as it takes. */
#ifndef HL_UTIL_PWRITE_ALL_H
#define HL_UTIL_PWRITE_ALL_H

#include <stddef.h>
#include <stdint.h>

/* @return 0 or a libuv code; some of it may be written then. */
int hl_pwrite_all(int fd, const void *data, size_t size, uint64_t offset);

#endif
