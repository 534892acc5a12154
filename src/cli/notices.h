/* Prints what happens to a run as a whole, when it happens: the network goes
 * down and comes back, a host asks to wait, the number of transfers is lowered,
 * the run ends early.
 */
#ifndef HL_CLI_NOTICES_H
#define HL_CLI_NOTICES_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "cli/waits.h"
#include "haul/haul.h"

struct hl_notices {
    const struct haul_session *session;
    const char *dir; /* of the files; NULL: the body goes to stdout */
    uint32_t max_outage_s;
    uv_timer_t timer;
    uint64_t looked_ns;
    struct hl_waits waits;
    bool quiet;
    uint32_t slots; /* as printed last */
    bool lowered;
    int error;
};

/* Starts a timer, which does not keep the loop alive. */
void hl_notices_open(struct hl_notices *notices, uv_loop_t *loop,
                     const struct haul_session *session,
                     const struct haul_options *options, bool quiet);
/* Does what the timer does, where it is due: call it after each transfer, as
 * some modes block the loop. */
void hl_notices_tick(struct hl_notices *notices);
/* Prints what is new and closes the timer; run the loop once more. */
void hl_notices_close(struct hl_notices *notices);

#endif
