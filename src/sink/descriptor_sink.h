/*
 * One body that goes to an open descriptor, which may be a pipe. All attempts
 * of the job share the sink: what is written cannot be taken back, so a later
 * attempt can only go on behind it. The last piece is written when the digests
 * are found right.
 */
#ifndef HL_SINK_DESCRIPTOR_SINK_H
#define HL_SINK_DESCRIPTOR_SINK_H

#include "sink/sink.h"

/* fd stays the caller's. NULL without memory. Freed by hl_sink_free(). */
struct hl_sink *hl_descriptor_sink_new(int fd, const struct hl_sink_run *run,
                                       const struct hl_sink_hooks *hooks);

#endif
