/* Which hosts a run waits for, while it runs: those that cannot be reached, and
 * those that have asked for a pause or for fewer requests. */
#ifndef HL_CLI_WAITS_H
#define HL_CLI_WAITS_H

#include <stdbool.h>

#include "cli/host_name.h"
#include "haul/debug.h"
#include "util/buf.h"

enum { HL_WAITS_TOLD = 3 };

/* What was printed. All zero: nothing was. */
struct hl_waits {
    bool is_down;      /* an outage, which is not over yet */
    bool is_one;       /* of the one host down */
    uint64_t begun_us; /* uv_hrtime()/1000 */
    char down[HL_HOST_NAME_SIZE];
    struct hl_wait {
        char host[HL_HOST_NAME_SIZE];
        uint64_t asked_s;
        bool slowed;
    } told[HL_WAITS_TOLD];
    unsigned told_count;
    bool more; /* said that further hosts are not named */
};

/* Prints what is new. What is wrong is printed in a quiet run too. */
void hl_waits_look(struct hl_waits *waits, const struct haul_session *session,
                   const struct haul_stats *stats, bool quiet);
/* The outage was too long for --max-outage: says so. */
void hl_waits_too_long(const struct hl_waits *waits, uint32_t max_outage_s);
/* Adds "127.0.0.7 is paused until 02:14:09 (503)", of the host that is paused
 * longest, or that is down; nothing where there is none. */
void hl_waits_put(struct hl_buf *out, const struct haul_session *session);

#endif
