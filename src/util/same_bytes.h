/* Do two open files have the same bytes? @return 1; 0 where they differ or
 * one is no regular file; or a negative errno. Blocks on the disk. */
#ifndef HL_UTIL_SAME_BYTES_H
#define HL_UTIL_SAME_BYTES_H

int hl_same_bytes(int a, int b);

#endif
