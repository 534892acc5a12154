#include "transfer/timing.h"

#include <string.h>

#include "transfer/xfer_struct.h"
#include "util/time_units.h"

static uint64_t ns_of(const struct hl_xfer *xfer, CURLINFO info)
{
    curl_off_t us = 0;
    curl_easy_getinfo(xfer->easy, info, &us);
    return us > 0 ? (uint64_t)us * HL_NS_PER_US : 0;
}

void hl_timing_opened(struct hl_xfer *xfer)
{
    struct hl_phases *phases = &xfer->phases;
    uint64_t now = uv_hrtime();
    /* Another address is tried beside the first. */
    if (phases->now == HL_PHASE_CONNECT)
        return;
    /* libcurl tells times since its own begin with the transfer. */
    xfer->try.origin_ns = now - ns_of(xfer, CURLINFO_NAMELOOKUP_TIME_T);
    if (phases->now == HL_PHASE_START)
        hl_phases_begin(phases, xfer->try.origin_ns);
    hl_phases_enter(phases, HL_PHASE_CONNECT, now);
}

/* Has the connection to the server or the proxy been made, what followed was
 * TLS. */
static void note_connected(struct hl_xfer *xfer)
{
    if (xfer->phases.now != HL_PHASE_CONNECT)
        return;
    uint64_t connected = ns_of(xfer, CURLINFO_CONNECT_TIME_T);
    if (connected > 0)
        hl_phases_enter(&xfer->phases, HL_PHASE_TLS,
                        xfer->try.origin_ns + connected);
}

/* libcurl has read what came for the transfer, in an event that the loop has
 * come to or, when a timeout was due, without one. */
static void note_late(struct hl_xfer *xfer, uint64_t now_ns)
{
    const struct hl_serving *serving = xfer->hooks.serving;
    struct hl_phases *phases = &xfer->phases;
    if (serving == NULL)
        return;
    bool shared = xfer->try.in_http_2;
    if (serving->xfer == xfer || (shared && serving->at_ns > 0))
        hl_phases_late(phases, serving->from_ns, serving->at_ns);
    if ((serving->xfer == xfer && !shared) ||
        now_ns < phases->at_ns + HL_NS_PER_MS)
        return;
    int fd = hl_sockets_fd(xfer->sockets, xfer->connection);
    if (fd >= 0)
        hl_phases_late(phases,
                       hl_loop_turn_data(serving->turn, fd, shared, now_ns),
                       now_ns);
}

void hl_timing_requested(struct hl_xfer *xfer, uint64_t now_ns)
{
    struct hl_phases *phases = &xfer->phases;
    if (phases->now == HL_PHASE_START) {
        hl_phases_begin(phases, now_ns);
    } else {
        if (ns_of(xfer, CURLINFO_APPCONNECT_TIME_T) > 0)
            note_connected(xfer);
        note_late(xfer, now_ns);
    }
    hl_phases_enter(phases, HL_PHASE_WAIT, now_ns);
}

/* libcurl 7.88 tells when the connection was made only once TLS stands too. So
 * TLS begins here with the first event, which says that TCP does. */
void hl_timing_reported(struct hl_xfer *xfer, bool connected, uint64_t from_ns,
                        uint64_t now_ns)
{
    struct hl_phases *phases = &xfer->phases;
    if (phases->now != HL_PHASE_CONNECT && phases->now != HL_PHASE_TLS)
        return;
    hl_phases_late(phases, from_ns, now_ns);
    if (connected && phases->now == HL_PHASE_CONNECT &&
        strncmp(xfer->job->url, "https:", 6) == 0)
        hl_phases_enter(phases, HL_PHASE_TLS, now_ns);
}

void hl_timing_heard(struct hl_xfer *xfer)
{
    uint64_t now = uv_hrtime();
    note_late(xfer, now);
    hl_phases_enter(&xfer->phases, HL_PHASE_BODY, now);
}

void hl_timing_more(struct hl_xfer *xfer, uint64_t now_ns)
{
    note_late(xfer, now_ns);
    hl_phases_enter(&xfer->phases, HL_PHASE_FILE, now_ns);
}

void hl_timing_over(struct hl_xfer *xfer, uint64_t now_ns)
{
    const struct hl_serving *serving = xfer->hooks.serving;
    if (xfer->try.over || xfer->phases.now == HL_PHASE_START)
        return;
    xfer->try.over = true;
    note_connected(xfer);
    if (serving != NULL && serving->xfer == xfer)
        hl_phases_late(&xfer->phases, serving->from_ns, serving->at_ns);
    hl_phases_enter(&xfer->phases, HL_PHASE_READY, now_ns);
}

void hl_timing_judged(struct hl_xfer *xfer, uint64_t now_ns)
{
    struct hl_phases *phases = &xfer->phases;
    enum haul_error error = xfer->try.error;
    if (phases->now != HL_PHASE_START)
        return;
    xfer->try.over = true;
    if (error == HAUL_ERR_CANCELLED)
        hl_phases_begin(phases, now_ns);
    else
        phases->now = error == HAUL_ERR_DNS || error == HAUL_ERR_NODOMAIN
                          ? HL_PHASE_DNS
                          : HL_PHASE_CONNECT;
    hl_phases_enter(phases, HL_PHASE_READY, now_ns);
}
