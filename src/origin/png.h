/* Images whose look follows from a hash. */
#ifndef HL_ORIGIN_PNG_H
#define HL_ORIGIN_PNG_H

#include <stddef.h>
#include <stdint.h>

/* A PNG of two colours with number drawn large; the caller frees it. NULL:
 * no memory. */
uint8_t *hl_png_make(uint32_t width, uint32_t height, uint64_t hash,
                     const char *number, size_t *size);

#endif
