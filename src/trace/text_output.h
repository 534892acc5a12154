/* The text sink: a line an event, "   12.345 ms  loop      turn n=3". */
#ifndef HL_TRACE_TEXT_OUTPUT_H
#define HL_TRACE_TEXT_OUTPUT_H

#include <stdio.h>

#include "trace/trace.h"

/* stream is borrowed until the sink is closed. mask is of HAUL_TRACE_*. Without
 * memory, the sink wants nothing. */
struct hl_trace_sink hl_trace_text_sink(FILE *stream, uint32_t mask);

#endif
