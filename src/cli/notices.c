#include "cli/notices.h"

#include <stdio.h>

#include "cli/print_message.h"
#include "util/container_of.h"
#include "util/time_units.h"

enum { LOOK_MS = 500 };

/* The number goes down in steps. After the first only those that halve it are
 * printed. */
static void note_slots(struct hl_notices *n, uint32_t slots)
{
    if (slots >= n->slots || (n->lowered && slots > n->slots / 2))
        return;
    hl_say("there are too few open files or ports, or too little memory, for "
           "%u transfers at a time: %u from now on",
           n->slots, slots);
    n->slots = slots;
    n->lowered = true;
}

static void note_error(struct hl_notices *n, int error)
{
    if (error == n->error)
        return;
    n->error = error;
    if (error == UV_ENOSPC && n->dir == NULL)
        return; /* to_stdout.c tells */
    if (error == UV_ENOSPC)
        hl_error("%s: no space left: no more transfers are started; the same "
                 "command goes on when there is space again",
                 n->dir);
    else if (error == UV_EFBIG && n->dir != NULL)
        hl_error("%s: the journal would be larger than a file may be (ulimit "
                 "-f): no more transfers are started",
                 n->dir);
    else if (error == HAUL_EOUTAGE)
        hl_waits_too_long(&n->waits, n->max_outage_s);
    else
        hl_error("%s", haul_strerror(error));
}

static void look(struct hl_notices *n)
{
    struct haul_stats stats;
    uint64_t now = uv_hrtime();
    n->looked_ns = now;
    haul_session_stats(n->session, &stats);
    note_slots(n, stats.slots_most);
    note_error(n, haul_session_error(n->session));
    /* A run that ends has no network either. */
    if (n->error == 0)
        hl_waits_look(&n->waits, n->session, &stats, n->quiet);
}

static void on_uv_timer(uv_timer_t *timer)
{
    look(container_of(timer, struct hl_notices, timer));
}

void hl_notices_open(struct hl_notices *notices, uv_loop_t *loop,
                     const struct haul_session *session,
                     const struct haul_options *options, bool quiet)
{
    struct haul_stats stats;
    haul_session_stats(session, &stats);
    *notices = (struct hl_notices){
        .session = session,
        .dir = options->output_fd > 0 ? NULL
               : options->dir != NULL ? options->dir
                                      : ".",
        .max_outage_s =
            options->max_outage_s > 0 ? options->max_outage_s : 3600,
        .slots = stats.slots_most,
        .quiet = quiet,
    };
    if (options->max_outage_s == HAUL_NONE)
        notices->max_outage_s = 0;
    uv_timer_init(loop, &notices->timer);
    uv_timer_start(&notices->timer, on_uv_timer, LOOK_MS, LOOK_MS);
    uv_unref((uv_handle_t *)&notices->timer);
}

void hl_notices_tick(struct hl_notices *notices)
{
    if (uv_hrtime() - notices->looked_ns >= (uint64_t)LOOK_MS * HL_NS_PER_MS)
        look(notices);
}

void hl_notices_close(struct hl_notices *notices)
{
    look(notices);
    uv_close((uv_handle_t *)&notices->timer, NULL);
}
