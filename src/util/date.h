/* Dates of HTTP. Pure. */
#ifndef HL_UTIL_DATE_H
#define HL_UTIL_DATE_H

#include <stdint.h>
#include <time.h>

enum { HL_DATE_SIZE = 30 };

/* "Sun, 06 Nov 1994 08:49:37 GMT", the form that servers must send (RFC 9110,
 * 5.6.7). @return seconds since the epoch; -1: not of this form. */
int64_t hl_date_parse(const char *text);
/* The opposite, for years up to 9999. */
void hl_date_format(char out[HL_DATE_SIZE], time_t when);

#endif
