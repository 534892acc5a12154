/*
 * For a thread that both receives the bytes of a body and stores them: it puts
 * them behind those that wait in the sink, instead of hl_sink_write(). Only
 * while no piece is being stored, and no other thread writes.
 */
#ifndef HL_SINK_ROOM_H
#define HL_SINK_ROOM_H

#include "sink/sink.h"

/* The place for the next bytes of the body, with room for size of them.
 * @return NULL without memory. */
char *hl_sink_room(struct hl_sink *sink, size_t size);
/* The thread has put size bytes there: stores them, and what waited before
 * them; blocks. @return 0 or the code of a failed write. */
int hl_sink_store_room(struct hl_sink *sink, size_t size);

#endif
