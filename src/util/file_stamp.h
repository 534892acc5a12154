/* A stamp: what stat(2) says about a file, in a form that can be stored and
 * compared. Any thread. */
#ifndef HL_UTIL_FILE_STAMP_H
#define HL_UTIL_FILE_STAMP_H

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
/* Are size, mtime, inode and ctime the same? Then the file has not changed
 * between the two stamps. */
bool hl_stamp_is_same(const struct hl_stamp *a, const struct hl_stamp *b);
/* Are size and mtime the same? Where one of the stamps has only the size: are
 * the sizes the same? */
bool hl_stamp_is_like(const struct hl_stamp *a, const struct hl_stamp *b);

#endif
