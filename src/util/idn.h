/* Hosts as people write them, in the ASCII that DNS knows. Any thread, and in
 * any locale. */
#ifndef HL_UTIL_IDN_H
#define HL_UTIL_IDN_H

#include <stddef.h>

enum { HL_IDN_SIZE = 256 };

/*
 * The ASCII form of a host with characters beyond ASCII, which may be written
 * with percent signs: by UTS #46, as browsers have it. @return 0; UV_EINVAL,
 * with *why a static reason, for what has no such form or would be read as
 * more than a host; or UV_ENOMEM.
 */
int hl_idn_to_ascii(char out[HL_IDN_SIZE], const char *host, size_t length,
                    const char **why);

#endif
