/*
 * The last lines of a terminal, drawn over and over again. The cursor waits at
 * the beginning of the first of them: so a terminal that becomes narrower may
 * wrap what is there, and the next frame still covers it all.
 */
#ifndef HL_CLI_SCREEN_H
#define HL_CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"

enum { HL_SCREEN_LINES = 3 };

/* All zero: nothing is shown. */
struct hl_screen {
    struct hl_buf frame; /* that was written last */
    bool shown;          /* and is still there */
};

/* The terminal's width less one column, which stays free, as a full line may
 * wrap. *lines becomes how many lines may be drawn. */
size_t hl_screen_columns(unsigned *lines);
/* Shows these lines; those that are empty are left out. One write, and none
 * where nothing has changed. */
void hl_screen_draw(struct hl_screen *screen, const struct hl_buf *lines,
                    size_t count);
/* Shows the last frame again, if there was one. */
void hl_screen_restore(struct hl_screen *screen);
/* Removes what is shown, so that other text can be printed. */
void hl_screen_clear(struct hl_screen *screen);
void hl_screen_release(struct hl_screen *screen);

#endif
