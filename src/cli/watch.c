#include "cli/watch.h"

#include <stdio.h>

#include "cli/message.h"
#include "util/container_of.h"

enum { LOOK_MS = 500, NS_PER_MS = 1000000 };

static const uint64_t ns_per_s = 1000000000u;

static void note_network(struct hl_watch *w, bool offline, uint64_t now)
{
    if (offline && w->offline_ns == 0) {
        w->offline_ns = now;
        hl_say("the network is down: nothing new is started, and no attempt "
               "counted; it is tried for %u s (--max-outage)",
               w->max_outage_s);
    } else if (!offline && w->offline_ns != 0) {
        hl_say("the network is back after %.0f s",
               (double)(now - w->offline_ns) / (double)ns_per_s);
        w->offline_ns = 0;
    }
}

/* They go down step by step: not each is worth a line. */
static void note_slots(struct hl_watch *w, uint32_t slots)
{
    if (slots >= w->slots || (w->lowered && slots > w->slots / 2))
        return;
    hl_say("there are no files, ports or memory for %u transfers at a time: %u "
           "from now on",
           w->slots, slots);
    w->slots = slots;
    w->lowered = true;
}

static void note_error(struct hl_watch *w, int error)
{
    if (error == w->error)
        return;
    w->error = error;
    if (error == UV_ENOSPC && w->dir == NULL)
        hl_error("standard output: no space left");
    else if (error == UV_ENOSPC)
        hl_error("%s: no space left: nothing more is started; the same "
                 "command goes on once there is room",
                 w->dir);
    else if (error == UV_EFBIG && w->dir != NULL)
        hl_error("%s: the journal would be larger than a file may be (ulimit "
                 "-f): nothing more is started",
                 w->dir);
    else
        hl_error("%s", haul_strerror(error));
}

static void look(struct hl_watch *w)
{
    struct haul_stats stats;
    uint64_t now = uv_hrtime();
    w->looked_ns = now;
    haul_session_stats(w->session, &stats);
    note_slots(w, stats.slots);
    note_error(w, haul_session_error(w->session));
    /* A run that ends has not come back. */
    if (stats.offline || w->error == 0)
        note_network(w, stats.offline, now);
}

static void on_uv_timer(uv_timer_t *timer)
{
    look(container_of(timer, struct hl_watch, timer));
}

void hl_watch_open(struct hl_watch *watch, uv_loop_t *loop,
                   const struct haul_session *session,
                   const struct haul_options *options)
{
    struct haul_stats stats;
    haul_session_stats(session, &stats);
    *watch = (struct hl_watch){
        .session = session,
        .dir = options->output_fd > 0 ? NULL
               : options->dir != NULL ? options->dir
                                      : ".",
        .max_outage_s =
            options->max_outage_s > 0 ? options->max_outage_s : 3600,
        .slots = stats.slots,
    };
    if (options->max_outage_s == HAUL_NONE)
        watch->max_outage_s = 0;
    uv_timer_init(loop, &watch->timer);
    uv_timer_start(&watch->timer, on_uv_timer, LOOK_MS, LOOK_MS);
    uv_unref((uv_handle_t *)&watch->timer);
}

void hl_watch_tick(struct hl_watch *watch)
{
    if (uv_hrtime() - watch->looked_ns >= (uint64_t)LOOK_MS * NS_PER_MS)
        look(watch);
}

void hl_watch_close(struct hl_watch *watch)
{
    look(watch);
    uv_close((uv_handle_t *)&watch->timer, NULL);
}
