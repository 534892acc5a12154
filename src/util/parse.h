/*
 * Numbers with units, as people type them. Pure. Each function but the first
 * @returns 0 or UV_EINVAL, and sets *out only where it returns 0.
 */
#ifndef HL_UTIL_PARSE_H
#define HL_UTIL_PARSE_H

#include <stdint.h>

/* Reads the decimal digits that text begins with, without a sign or blanks.
 * @return what follows them; NULL where there are none, or where the number is
 * more than max. */
const char *hl_parse_digits(const char *text, uint64_t max, uint64_t *out);
/* A number of at most max, and nothing else. */
int hl_parse_count(const char *text, uint64_t max, uint64_t *out);
/* "10", "1.5M": K, M, G and T are 1024 and its powers; "B", "iB" and "i" may
 * follow them. */
int hl_parse_bytes(const char *text, uint64_t *out);
/* "500ms", "1.5s", "3m", "2h", "20us"; a number without a unit is seconds. */
int hl_parse_duration(const char *text, uint64_t *out_ns);
/* "10", "10/s", "90/m", "1.5/h": how often something happens. Gives the time
 * between two of them; 0 for "0". */
int hl_parse_rate(const char *text, uint64_t *out_ns);

#endif
