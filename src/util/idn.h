/* Turns hosts as people write them into the ASCII that DNS knows. Any thread,
 * in any locale. */
#ifndef HL_UTIL_IDN_H
#define HL_UTIL_IDN_H

#include <stddef.h>

enum { HL_IDN_SIZE = 256 };

/*
 * Writes the ASCII form of a host by UTS #46, as browsers do. Its characters
 * beyond ASCII may be written as they are or with percent signs. @return 0;
 * UV_EINVAL where the host has no such form, or where the form could be read as
 * more than a host: *why is then a static reason; or UV_ENOMEM.
 */
int hl_idn_to_ascii(char out[HL_IDN_SIZE], const char *host, size_t length,
                    const char **why);

#endif
