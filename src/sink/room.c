#include "sink/room.h"

#include <assert.h>
#include <stdlib.h>

char *hl_sink_room(struct hl_sink *sink, size_t size)
{
    struct hl_sink_piece *in = &sink->in;
    if (in->capacity < in->used + size) {
        char *data = realloc(in->data, in->used + size);
        if (data == NULL)
            return NULL;
        in->data = data;
        in->capacity = in->used + size;
    }
    return in->data + in->used;
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
