/* By what, where and when the figures of a page were measured. */
#ifndef HL_COMPARE_MEASURED_BY_H
#define HL_COMPARE_MEASURED_BY_H

#include "util/buf.h"

/* argv is what compare was called with; its first is not used. */
void hl_measured_by(struct hl_buf *out, int argc, char **argv);

#endif
