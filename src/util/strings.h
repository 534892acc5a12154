/* Copies of strings, and of arrays of strings that end with NULL. The copy of
 * NULL is NULL. */
#ifndef HL_UTIL_STRINGS_H
#define HL_UTIL_STRINGS_H

#include <stdbool.h>

/* Without memory they return NULL and set *failed; else they leave *failed. */
const char *hl_string_copy(const char *text, bool *failed);
void hl_string_free(const char *text);
const char *const *hl_strings_copy(const char *const *strings, bool *failed);
void hl_strings_free(const char *const *strings);

#endif
