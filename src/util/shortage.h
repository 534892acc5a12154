/* Errors that tell nothing of a file: the machine is short of descriptors or of
 * memory, and the same call may succeed a moment later. */
#ifndef HL_UTIL_SHORTAGE_H
#define HL_UTIL_SHORTAGE_H

#include <errno.h>
#include <stdbool.h>

/* code: a negative errno, or a libuv code. Any thread. */
static inline bool hl_is_shortage(int code)
{
    return code == -EMFILE || code == -ENFILE || code == -ENOMEM;
}

#endif
