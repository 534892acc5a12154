#include "transfer/phases.h"

#include "transfer/job.h"
#include "util/time_units.h"

void hl_phases_init(struct hl_phases *phases, uint64_t now_ns)
{
    *phases = (struct hl_phases){.begun_ns = now_ns, .at_ns = now_ns};
}

void hl_phases_again(struct hl_phases *phases, uint64_t now_ns)
{
    hl_phases_enter(phases, HL_PHASE_START, now_ns);
    phases->heard = false;
}

/* Where events are told later than they came, a phase may seem to end before
 * it began: it then takes no time. */
static void add(struct hl_phases *phases, enum hl_phase phase, uint64_t end_ns)
{
    if (end_ns <= phases->at_ns)
        return;
    uint64_t ns = end_ns - phases->at_ns;
    phases->ns[phase] += ns;
    if (phase == HL_PHASE_READY && !phases->heard)
        phases->ready_first_ns += ns;
    phases->at_ns = end_ns;
}

void hl_phases_begin(struct hl_phases *phases, uint64_t now_ns)
{
    if (phases->begun) {
        add(phases, HL_PHASE_READY, now_ns);
    } else if (now_ns > phases->at_ns) {
        phases->begun_ns = phases->at_ns = now_ns;
    }
    phases->begun = true;
    phases->now = HL_PHASE_DNS;
}

void hl_phases_enter(struct hl_phases *phases, enum hl_phase phase,
                     uint64_t now_ns)
{
    add(phases, phases->now, now_ns);
    phases->now = phase;
    phases->heard |= phase == HL_PHASE_BODY;
}

void hl_phases_late(struct hl_phases *phases, uint64_t from_ns, uint64_t now_ns)
{
    if (now_ns <= from_ns)
        return;
    add(phases, phases->now, from_ns);
    add(phases, HL_PHASE_READY, now_ns);
}

void hl_phases_hand_over(struct hl_phases *phases, uint64_t now_ns)
{
    phases->handed_ns = now_ns;
}

void hl_phases_take_up(struct hl_phases *phases, uint64_t now_ns)
{
    uint64_t ns = now_ns > phases->handed_ns ? now_ns - phases->handed_ns : 0;
    if (phases->now == HL_PHASE_READY)
        phases->ready_pool_ns += ns;
    else if (phases->now == HL_PHASE_FILE)
        phases->file_pool_ns += ns;
}

void hl_phases_times(const struct hl_phases *phases, struct haul_times *out)
{
    const uint64_t *ns = phases->ns;
    *out = (struct haul_times){
        .dns = ns[HL_PHASE_DNS] / HL_NS_PER_US,
        .connect = ns[HL_PHASE_CONNECT] / HL_NS_PER_US,
        .tls = ns[HL_PHASE_TLS] / HL_NS_PER_US,
        .wait = ns[HL_PHASE_WAIT] / HL_NS_PER_US,
        .body = ns[HL_PHASE_BODY] / HL_NS_PER_US,
        .ready = ns[HL_PHASE_READY] / HL_NS_PER_US,
        .work = ns[HL_PHASE_WORK] / HL_NS_PER_US,
        .file = ns[HL_PHASE_FILE] / HL_NS_PER_US,
    };
    out->total = hl_times_sum(out);
}
