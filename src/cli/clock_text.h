/* Times of day as messages name them. */
#ifndef HL_CLI_CLOCK_TEXT_H
#define HL_CLI_CLOCK_TEXT_H

#include <stdint.h>

enum { HL_CLOCK_SIZE = 32 };

/* Puts the local time that is so many seconds from now (or before it) into out:
 * "02:14", "02:14:09" where it is near, "02 Dec 02:14" where it is another day.
 * @return out. */
const char *hl_clock_text(char out[HL_CLOCK_SIZE], int64_t from_now_s);

#endif
