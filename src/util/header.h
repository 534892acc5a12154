/* Checks of request headers that a user or a list gives. */
#ifndef HL_UTIL_HEADER_H
#define HL_UTIL_HEADER_H

#include <stdbool.h>
#include <stddef.h>

/* Is it a token of RFC 9110, as names of headers and methods are? */
bool hl_header_is_name(const char *name, size_t length);
/* Checks a header; its name is the first length bytes of name. @return NULL
 * where the header may be sent. Else a static text that begins with "a header
 * that": it is no line "Name: value", or haul sets it itself. */
const char *hl_header_objection(const char *name, size_t length,
                                const char *value);
/* The same for a line "Name: value". */
const char *hl_header_line_objection(const char *line);
/* The same for an array of lines that ends with NULL, or is NULL. */
const char *hl_headers_objection(const char *const *lines);

#endif
