#include "transfer/incoming.h"

#include <stddef.h>

/* Adds the difference; unsigned numbers wrap, so that it may be negative. */
static void move(atomic_uint_least64_t *sum, uint64_t from, uint64_t to)
{
    if (from != to)
        atomic_fetch_add_explicit(sum, to - from, memory_order_relaxed);
}

void hl_incoming_note(struct hl_incoming *in, struct hl_incoming_file *file,
                      const struct hl_incoming_file *to)
{
    struct hl_incoming_file next = *to;
    if (next.length > UINT64_C(1) << 53)
        next.length = 0;
    if (next.length == 0)
        next.there = 0;
    if (next.there > next.length)
        next.there = next.length;
    if (next.received < file->received)
        next.received = file->received;
    if (in != NULL) {
        move(&in->received, file->received, next.received);
        move(&in->files, file->length > 0, next.length > 0);
        move(&in->length, file->length, next.length);
        move(&in->there, file->there, next.there);
    }
    *file = next;
}

void hl_incoming_add(struct hl_incoming *in, struct hl_incoming_file *file,
                     uint64_t size)
{
    const struct hl_incoming_file to = {
        .received = file->received + size,
        .length = file->length,
        .there = file->there + size,
    };
    hl_incoming_note(in, file, &to);
}

void hl_incoming_end(struct hl_incoming *in, struct hl_incoming_file *file)
{
    const struct hl_incoming_file none = {0};
    hl_incoming_note(in, file, &none);
    file->received = 0;
}
