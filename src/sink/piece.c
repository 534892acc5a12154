#include "sink/piece.h"

#include <stdlib.h>
#include <uv.h>

int hl_sink_piece_reserve(struct hl_sink_piece *piece, size_t capacity)
{
    if (capacity <= piece->capacity)
        return 0;
    char *data = realloc(piece->data, capacity);
    if (data == NULL)
        return UV_ENOMEM;
    piece->data = data;
    piece->capacity = capacity;
    return 0;
}
