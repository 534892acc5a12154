/* Numbers as messages show them. */
#ifndef HL_CLI_AMOUNTS_H
#define HL_CLI_AMOUNTS_H

#include <stdint.h>

#include "util/buf.h"

enum { HL_BYTES_SIZE = 32 };

/* Puts "12.3 MB" into out, which is also returned. */
const char *hl_bytes_text(char out[HL_BYTES_SIZE], double bytes);
/* Adds "12,345 words". */
void hl_put_count(struct hl_buf *out, uint64_t count, const char *words);
/* Adds ", 12,345 words", but nothing where count is 0. */
void hl_put_more(struct hl_buf *out, uint64_t count, const char *words);

#endif
