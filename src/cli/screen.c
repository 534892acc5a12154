#include "cli/screen.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/parse.h"

#define HOME       "\r"
#define REST       "\033[K" /* erase the rest of the line */
#define BELOW      "\033[J" /* erase the rest of the line, and all below it */
#define WRAP_NEVER "\033[?7l"
#define WRAP       "\033[?7h"

enum { USUAL_COLUMNS = 80, MOST_COLUMNS = 500 };

size_t hl_screen_columns(unsigned *lines)
{
    struct winsize size = {0};
    const char *text = getenv("COLUMNS");
    uint64_t columns = 0;
    (void)ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
    columns = size.ws_col;
    if (columns == 0 &&
        (text == NULL || hl_parse_count(text, MOST_COLUMNS, &columns) < 0))
        columns = USUAL_COLUMNS;
    *lines = HL_SCREEN_LINES;
    if (size.ws_row > 0 && size.ws_row <= HL_SCREEN_LINES)
        *lines = size.ws_row > 1 ? size.ws_row - 1u : 1;
    columns = columns < MOST_COLUMNS ? columns : MOST_COLUMNS;
    return columns > 1 ? (size_t)columns - 1 : 1;
}

static void put_frame(struct hl_buf *out, const struct hl_buf *lines,
                      size_t count)
{
    unsigned drawn = 0;
    hl_buf_text(out, WRAP_NEVER);
    for (size_t i = 0; i < count; i++) {
        if (lines[i].used == 0)
            continue;
        hl_buf_text(out, drawn++ > 0 ? "\r\n" : HOME);
        hl_buf_add(out, lines[i].data, lines[i].used);
        hl_buf_text(out, REST);
    }
    hl_buf_text(out, BELOW);
    if (drawn > 1)
        hl_buf_printf(out, "\033[%uA", drawn - 1);
    hl_buf_text(out, HOME WRAP);
}

void hl_screen_draw(struct hl_screen *screen, const struct hl_buf *lines,
                    size_t count)
{
    struct hl_buf frame = {0};
    put_frame(&frame, lines, count);
    bool is_same = screen->shown && frame.used == screen->frame.used &&
                   memcmp(frame.data, screen->frame.data, frame.used) == 0;
    if (frame.failed || is_same) {
        hl_buf_release(&frame);
        return;
    }
    hl_buf_release(&screen->frame);
    screen->frame = frame;
    hl_screen_restore(screen);
}

void hl_screen_restore(struct hl_screen *screen)
{
    if (screen->frame.used == 0)
        return;
    fwrite(screen->frame.data, 1, screen->frame.used, stderr);
    fflush(stderr);
    screen->shown = true;
}

void hl_screen_clear(struct hl_screen *screen)
{
    if (!screen->shown)
        return;
    fputs(HOME BELOW, stderr);
    fflush(stderr);
    screen->shown = false;
}

void hl_screen_release(struct hl_screen *screen)
{
    hl_screen_clear(screen);
    hl_buf_release(&screen->frame);
}
