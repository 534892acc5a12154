/*
 * Shows progress on stderr: on a terminal a bar, with what is in flight, what
 * failed and what is slow; else a line each minute, or JSON for programs. A
 * timer on the loop draws it, at most ten times a second. Where a mode blocks
 * the loop, hl_progress_tick() draws it between transfers.
 */
#ifndef HL_CLI_PROGRESS_H
#define HL_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "haul/haul.h"

enum hl_progress_kind {
    HL_PROGRESS_AUTO, /* the bar on a terminal, else lines */
    HL_PROGRESS_BAR,
    HL_PROGRESS_LINES,
    HL_PROGRESS_JSON,
    HL_PROGRESS_NONE,
};

extern const char *const hl_progress_words[];

struct hl_progress {
    enum hl_progress_kind kind;
    struct haul_session *session; /* borrowed */
    uint64_t total;               /* rows of the whole list; 0 unknown */
    uv_timer_t timer;
    uint64_t begun_ns;
    uint64_t drawn_ns;
    uint64_t last_bytes; /* at drawn_ns */
    double rate;         /* bytes/s, smoothed */
    int shown[3];        /* lengths of the lines on the screen, from the top */
    int shown_lines;
};

/* Is this kind drawn more often than once a minute? */
bool hl_progress_is_live(enum hl_progress_kind kind);
void hl_progress_open(struct hl_progress *progress, uv_loop_t *loop,
                      struct haul_session *session, enum hl_progress_kind kind,
                      uint64_t total);
/* Draws where that is due. */
void hl_progress_tick(struct hl_progress *progress);
/* Removes the bar and closes the timer; run the loop once more. */
void hl_progress_close(struct hl_progress *progress);

#endif
