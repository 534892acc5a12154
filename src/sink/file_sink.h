/*
 * Bodies that become files. A long body streams to a temporary file, the part,
 * beside its final name. Only publishing gives a file its final name, and only
 * a complete file. A body that ends early leaves its part where a record may
 * name it (hooks.begun).
 */
#ifndef HL_SINK_FILE_SINK_H
#define HL_SINK_FILE_SINK_H

#include "sink/sink.h"

/* NULL without memory. Freed by hl_sink_free(). */
struct hl_sink *hl_file_sink_new(const struct hl_sink_run *run,
                                 const struct hl_sink_hooks *hooks);

#endif
