/*
 * Shows progress on stderr: on a terminal a bar, with what is in flight, what
 * failed and what is slow; else a line each minute, or JSON for programs. A
 * timer on the loop draws it. Where a mode blocks the loop, hl_progress_tick()
 * draws it between transfers and during them.
 *
 * Structure: estimate.c finds out how fast the run goes, progress_words.c makes
 * lines of that, which screen.c puts on the terminal.
 */
#ifndef HL_CLI_PROGRESS_H
#define HL_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "cli/estimate.h"
#include "cli/failures.h"
#include "cli/request_source.h"
#include "cli/screen.h"
#include "haul/haul.h"

enum hl_progress_kind {
    HL_PROGRESS_AUTO, /* the bar on a terminal, else lines */
    HL_PROGRESS_BAR,
    HL_PROGRESS_LINES,
    HL_PROGRESS_JSON,
    HL_PROGRESS_NONE,
};

extern const char *const hl_progress_words[];

/* What progress is of; all borrowed. */
struct hl_progress_run {
    uv_loop_t *loop;
    struct haul_session *session;
    const struct hl_source *source;
    const struct hl_failures *failures;
    uint32_t grace_ms; /* of transfers in flight after the first signal */
};

struct hl_progress {
    enum hl_progress_kind kind;
    struct hl_progress_run run;
    uv_timer_t timer;
    uint64_t begun_ns;
    uint64_t drawn_ns;
    uint64_t stopped_ns;  /* when the stop was first seen; 0: it was not */
    uint64_t recorded;    /* URLs that were done before the run */
    uint64_t there;       /* results whose files were there already */
    uint64_t without;     /* other results without a transfer */
    uint64_t fetched;     /* the rest of the results */
    uint64_t done_bytes;  /* of the files of those that are done */
    uint64_t restored_ns; /* when the bar last came back after a message */
    uint64_t shown_total; /* that was estimated; as it was shown */
    uint64_t waits_ns;    /* when waits was last found out */
    char waits[256];      /* what the run waits for; or "" */
    bool any_line;        /* a line of HL_PROGRESS_LINES was printed */
    struct hl_estimate estimate;
    struct hl_screen screen;
};

/* What AUTO is here. traces: lines of a trace come on stderr too. */
enum hl_progress_kind hl_progress_choose(enum hl_progress_kind kind,
                                         bool traces);
/* Is this kind drawn more often than once a minute? */
bool hl_progress_is_live(enum hl_progress_kind kind);
void hl_progress_open(struct hl_progress *progress, enum hl_progress_kind kind,
                      const struct hl_progress_run *run);
void hl_progress_count(struct hl_progress *progress,
                       const struct haul_result *result);
/* Draws where that is due. */
void hl_progress_tick(struct hl_progress *progress);
/* The terminal has another size, or was written to by others. */
void hl_progress_redraw(struct hl_progress *progress);
/* Makes room for text that does not come through print_message.h. */
void hl_progress_clear(struct hl_progress *progress);
/* Says where the run ended, unless a bar did, which is removed; closes the
 * timer: run the loop once more. */
void hl_progress_close(struct hl_progress *progress);

#endif
