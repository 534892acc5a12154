/* Do two open files have the same bytes? False where one is no regular file or
 * cannot be read. Blocks on the disk. */
#ifndef HL_UTIL_SAME_BYTES_H
#define HL_UTIL_SAME_BYTES_H

#include <stdbool.h>

bool hl_same_bytes(int a, int b);

#endif
