/* What the rows of a comparison show, in words. */
#ifndef HL_COMPARE_ADVICE_H
#define HL_COMPARE_ADVICE_H

#include "compare/table.h"

/* Adds paragraphs of lines of at most 79 columns. Pure: all comes from what
 * was measured. */
void hl_advice(struct hl_buf *out, const struct hl_part *part);

#endif
