/* uthash as the project uses it: running out of memory leaves the item out,
 * its hh.tbl NULL, where the default would end the program. */
#ifndef HL_UTIL_HASH_H
#define HL_UTIL_HASH_H

#define HASH_NONFATAL_OOM            1
#define uthash_nonfatal_oom(element) ((element)->hh.tbl = NULL)

#include <uthash.h>

#endif
