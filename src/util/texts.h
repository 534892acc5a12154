/* Copies of strings, and of arrays of them that end with NULL; NULL is one
 * too. */
#ifndef HL_UTIL_TEXTS_H
#define HL_UTIL_TEXTS_H

#include <stdbool.h>

/* Without memory NULL, with *failed set; else *failed stays. */
const char *hl_text_copy(const char *text, bool *failed);
void hl_text_free(const char *text);
const char *const *hl_texts_copy(const char *const *texts, bool *failed);
void hl_texts_free(const char *const *texts);

#endif
