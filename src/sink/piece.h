/* Bytes of a body that are stored together. */
#ifndef HL_SINK_PIECE_H
#define HL_SINK_PIECE_H

#include <stddef.h>

/* All zero is an empty one. */
struct hl_sink_piece {
    char *data; /* owned: free() it */
    size_t used;
    size_t capacity;
};

/* Makes room for capacity bytes in all. @return 0 or UV_ENOMEM. */
int hl_sink_piece_reserve(struct hl_sink_piece *piece, size_t capacity);

#endif
