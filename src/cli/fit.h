/*
 * A line of a terminal that is made of pieces, as "12 of 40, 3.4 MB/s": where
 * there is no room for all, those that matter least are left out. Pure.
 */
#ifndef HL_CLI_FIT_H
#define HL_CLI_FIT_H

#include <stddef.h>

#include "util/buf.h"

enum { HL_FIT_PIECES = 8, HL_FIT_TEXT = 320 };

/* All zero is empty. */
struct hl_fit {
    struct {
        char text[HL_FIT_TEXT];
        unsigned rank; /* 0 matters most */
    } pieces[HL_FIT_PIECES];
    unsigned count;
};

/* Adds a piece behind the others, made fit to be shown. An empty one is not
 * added. */
__attribute__((format(printf, 3, 4))) void
hl_fit_add(struct hl_fit *fit, unsigned rank, const char *format, ...);
/* Adds to out, in their order, the pieces that fit into so many columns, with
 * ", " between them. Where not even the first by rank fits, its first words. */
void hl_fit_put(const struct hl_fit *fit, size_t columns, struct hl_buf *out);

#endif
