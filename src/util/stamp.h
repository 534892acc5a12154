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
    uint64_t identity; /* a digest of inode and ctime; 0: not known, and
                          nothing but the size is */
};

struct hl_stamp hl_stamp_of(const struct stat *st);
/* Were both taken, with nothing having happened to the file in between? */
bool hl_stamp_is_same(const struct hl_stamp *a, const struct hl_stamp *b);
/* The same size and modification time? Of a stamp that knows its size alone,
 * the same size. */
bool hl_stamp_is_like(const struct hl_stamp *a, const struct hl_stamp *b);

#endif
