/* Numbers with units, as people type them. Pure; each @return 0 or
 * UV_EINVAL, and *out only on 0. */
#ifndef HL_UTIL_PARSE_H
#define HL_UTIL_PARSE_H

#include <stdint.h>

/* A plain number of at most max. */
int hl_parse_count(const char *text, uint64_t max, uint64_t *out);
/* "10", "1.5M": K, M, G, T = 1024 and its powers; an "i" or "B" may follow. */
int hl_parse_bytes(const char *text, uint64_t *out);
/* "500ms", "1.5s", "3m", "2h", "20us"; a bare number is seconds. In ns. */
int hl_parse_duration(const char *text, uint64_t *out_ns);
/* "10", "10/s", "90/m", "1.5/h": how often, as the time between two, in ns;
 * 0 for "0". */
int hl_parse_rate(const char *text, uint64_t *out_ns);

#endif
