/* What happens to a run as a whole, told when it happens: the network goes
 * and comes back, transfers at a time are lowered, the run ends early. */
#ifndef HL_CLI_NOTICES_H
#define HL_CLI_NOTICES_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "haul/haul.h"

struct hl_notices {
    const struct haul_session *session;
    const char *dir; /* of the files; NULL: standard output has the body */
    uint32_t max_outage_s;
    uv_timer_t timer;
    uint64_t looked_ns;
    uint64_t offline_ns; /* since when; 0: it is not */
    uint32_t slots;      /* as told last */
    bool lowered;
    int error;
};

/* The timer does not keep the loop. */
void hl_notices_open(struct hl_notices *notices, uv_loop_t *loop,
                     const struct haul_session *session,
                     const struct haul_options *options);
/* Looks if it is time to: for modes that block the loop. */
void hl_notices_tick(struct hl_notices *notices);
/* Looks a last time and closes the timer; run the loop once more. */
void hl_notices_close(struct hl_notices *notices);

#endif
