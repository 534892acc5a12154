#include "sink/room.h"

#include <assert.h>

char *hl_sink_room(struct hl_sink *sink, size_t size)
{
    struct hl_sink_piece *in = &sink->in;
    return hl_sink_piece_reserve(in, in->used + size) == 0 ? in->data + in->used
                                                           : NULL;
}

int hl_sink_store_room(struct hl_sink *sink, size_t size)
{
    struct hl_sink_piece *in = &sink->in;
    assert(sink->out.used == 0);
    sink->size += size;
    int r = sink->place->store(sink, in->data, in->used + size);
    in->used = 0;
    if (r < 0)
        sink->size = sink->flushed;
    return r;
}
