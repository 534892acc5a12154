/* Are two open files, from their first byte to their last, the same? Blocks on
 * the disk; one that cannot be read is not the same. */
#ifndef HL_UTIL_SAME_BYTES_H
#define HL_UTIL_SAME_BYTES_H

#include <stdbool.h>

bool hl_same_bytes(int a, int b);

#endif
