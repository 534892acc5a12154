/* What stat(2) says of a file, in a form that can be kept and compared. Any
 * thread. */
#ifndef HL_UTIL_STAMP_H
#define HL_UTIL_STAMP_H

#include <stdbool.h>
#include <stdint.h>

struct stat;

struct hl_stamp {
    uint64_t size;
    int64_t mtime_ns;
    uint64_t identity; /* a digest of inode and ctime; 0: only the size is
                          known */
};

struct hl_stamp hl_stamp_of(const struct stat *st);
/* Are size, mtime, inode and ctime the same? Then nothing happened to the file
 * between the two stamps. */
bool hl_stamp_is_same(const struct hl_stamp *a, const struct hl_stamp *b);
/* Are size and mtime the same? Where a stamp has only the size: is the size the
 * same? */
bool hl_stamp_is_like(const struct hl_stamp *a, const struct hl_stamp *b);

#endif
