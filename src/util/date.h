/* Dates of HTTP, and of files that programs read. Pure. */
#ifndef HL_UTIL_DATE_H
#define HL_UTIL_DATE_H

#include <stdint.h>
#include <time.h>

enum { HL_DATE_SIZE = 30, HL_DATE_ISO_SIZE = 32 };

/* "Sun, 06 Nov 1994 08:49:37 GMT", the form that servers must send (RFC 9110,
 * 5.6.7). @return seconds since the epoch; -1: not of this form. */
int64_t hl_date_parse(const char *text);
/* The opposite, for years up to 9999. */
void hl_date_format(char out[HL_DATE_SIZE], time_t when);
/* "1994-11-06T08:49:37.000123Z" (RFC 3339) of µs since the epoch, for years up
 * to 9999. */
void hl_date_iso(char out[HL_DATE_ISO_SIZE], uint64_t us);

#endif
