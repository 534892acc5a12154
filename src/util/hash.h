/* uthash, which by default ends the program when memory runs out. Here the item
 * is left out then, and its hh.tbl is NULL. */
#ifndef HL_UTIL_HASH_H
#define HL_UTIL_HASH_H

#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((element)->hh.tbl = NULL)

#include <uthash.h>

#endif
