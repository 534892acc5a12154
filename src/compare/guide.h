/* Which way to use for which job, with the figures that were measured. */
#ifndef HL_COMPARE_GUIDE_H
#define HL_COMPARE_GUIDE_H

#include "compare/table.h"
#include "util/buf.h"

/* Adds a section; nothing where too few rows fetched all their files. */
void hl_guide(struct hl_buf *out, const struct hl_part *parts, size_t count);

#endif
