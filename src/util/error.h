/* What an error code means. Any thread. */
#ifndef HL_UTIL_ERROR_H
#define HL_UTIL_ERROR_H

#include <errno.h>
#include <stdbool.h>

/* The text of a libuv code, as uv_strerror() gives it. Where libuv does not
 * know the code, uv_strerror() allocates a new text with each call; this text
 * is always static. */
const char *hl_strerror(int code);

/* Is the machine short of descriptors or of memory? Such an error says nothing
 * about the file, and the same call may succeed a moment later. code is a
 * negative errno or a libuv code. */
static inline bool hl_is_shortage(int code)
{
    return code == -EMFILE || code == -ENFILE || code == -ENOMEM;
}

#endif
