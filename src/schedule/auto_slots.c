#include "schedule/auto_slots.h"

#include "util/time_units.h"

enum {
    /* A small file is worth so many bytes beside its own. */
    FILE_WORTH = 64 * 1024,
    LEAST = 4, /* slots that a probe goes down to */
    ROUNDS_LEAST = 2,
    ROUNDS_MAX = 5,
    /* Attempts among which errors are counted, and errors that count. */
    ENDS_MIN = 32,
    ENDS_AFTER_FALL = 192,
    ERRORS_MIN = 3,
    /* Falls in a row between which errors must have become rarer. */
    FALLS_EARLY = 2,
    FALLS_LATE = 4,
};

/* A window that counts files, at the start and later. */
static const uint64_t files_soon_ns = UINT64_C(50) * HL_NS_PER_MS;
static const uint64_t files_late_ns = UINT64_C(100) * HL_NS_PER_MS;
/* A window that counts bytes, at the start and later. */
static const uint64_t bytes_soon_ns = UINT64_C(250) * HL_NS_PER_MS;
static const uint64_t bytes_late_ns = UINT64_C(1000) * HL_NS_PER_MS;
static const uint64_t wait_least_ns = UINT64_C(400) * HL_NS_PER_MS;
static const uint64_t wait_error_ns = UINT64_C(1000) * HL_NS_PER_MS;
static const uint64_t wait_most_ns = UINT64_C(8) * HL_NS_PER_S;
/* Transfers that are too many for a change have so much time to end. */
static const uint64_t settle_most_ns = UINT64_C(4) * HL_NS_PER_S;
static const uint64_t ceiling_least_ns = UINT64_C(5) * HL_NS_PER_S;
static const uint64_t ceiling_most_ns = UINT64_C(80) * HL_NS_PER_S;
/* Slots must be free for less than this share of a window. */
static const double idle_share = 0.3;
/* At the start: a level that has so much more goodput is followed by twice as
 * many slots. */
static const double start_growth = 1.2;
/* The slots after the start, by the knee. */
static const double knee_room = 1.25;
static const double up = 1.5;
static const double step_least = 0.15; /* of up, less 1 */
/* Growth of the slots after which a clear gain calls for more than that. */
static const double large_step = 0.4;
static const double up_again = 2;
static const double down = 0.87;
/* A probe is kept where goodput has grown by this share of the growth of the
 * slots; a probe with fewer where it has not sunk by more than that share. */
static const double gain_share = 0.08;
static const double loss_share = 0.02;
/* Slots that differ by less are the same. */
static const double least_gap = 0.0625;
/* More slots that bring less than so much less harm. */
static const double harm = 0.05;
/* A gain of so much of the growth of the slots calls for larger steps. */
static const double start_share = 0.5;
static const double clear_share = 0.5;
static const double strange_change = 0.3;
static const double noise_a_round = 0.05;
/* What of the noise is left where windows are averaged. */
static const double noise_left = 0.6;
static const double fall = 0.75;
static const double above_ceiling = 1.1;
static const double in_vain = 0.7;
static const double most_odds = 9;
/* Errors among all attempts that count. */
static const double error_share = 0.06;

static uint32_t bounded(const struct hl_auto_slots *a, double slots)
{
    if (slots < 1)
        return 1;
    return slots < a->most ? (uint32_t)slots : a->most;
}

void hl_auto_slots_init(struct hl_auto_slots *a, uint32_t most)
{
    *a = (struct hl_auto_slots){
        .most = most,
        .wait_ns = wait_least_ns,
        .step = up - 1,
        .ceiling_for_ns = ceiling_least_ns,
    };
    a->slots = bounded(a, HL_AUTO_FIRST);
}

static void begin_window(struct hl_auto_slots *a, const struct hl_flow *flow)
{
    a->mark = *flow;
    if (a->mark.last_file_ns == 0)
        a->mark.last_file_ns = flow->now_ns;
}

static double worth(uint64_t files)
{
    return (double)files * FILE_WORTH;
}

static bool is_about_bytes(const struct hl_auto_slots *a,
                           const struct hl_flow *flow)
{
    return (double)(flow->bytes - a->mark.bytes) >
           worth(flow->files - a->mark.files);
}

static bool is_over(const struct hl_auto_slots *a, const struct hl_flow *flow)
{
    uint64_t ns = flow->now_ns - a->mark.now_ns;
    uint64_t files = flow->files - a->mark.files;
    if (ns < (a->phase == HL_AUTO_START ? files_soon_ns : files_late_ns))
        return false;
    return files >= a->slots ||
           (is_about_bytes(a, flow) &&
            ns >= (a->phase == HL_AUTO_START ? bytes_soon_ns : bytes_late_ns));
}

/* Work per second. Files are counted from end to end, since many of them may
 * end at once, a latency apart. */
static double goodput(const struct hl_auto_slots *a, const struct hl_flow *flow)
{
    uint64_t files = flow->files - a->mark.files;
    double s = (double)(flow->now_ns - a->mark.now_ns) / 1e9;
    double files_s = (double)(flow->last_file_ns - a->mark.last_file_ns) / 1e9;
    double work = (double)(flow->bytes - a->mark.bytes) / s;
    return files > 0 && files_s > 0 ? work + worth(files) / files_s : work;
}

static bool was_idle(const struct hl_auto_slots *a, const struct hl_flow *flow)
{
    return (double)(flow->idle_ns - a->mark.idle_ns) >
           idle_share * (double)(flow->now_ns - a->mark.now_ns);
}

/* Do figures tell of the slots that there are now? Those that transfers bring
 * that began before the change tell of the slots before. */
static bool is_effective(const struct hl_auto_slots *a,
                         const struct hl_flow *flow)
{
    uint64_t ns = flow->now_ns - a->mark.now_ns;
    if (ns >= settle_most_ns)
        return true;
    return flow->in_flight <= a->slots &&
           (flow->files - a->mark.files >= a->mark.in_flight ||
            (is_about_bytes(a, flow) && ns >= bytes_soon_ns));
}

static void hold(struct hl_auto_slots *a, uint64_t wait_ns, uint64_t now_ns)
{
    a->phase = HL_AUTO_HOLD;
    a->windows = a->base > 0;
    a->strange = 0;
    a->probe_ns = now_ns + wait_ns;
}

/* More slots by this factor: up to the ceiling in halves; once it is old, a
 * little above it. */
static uint32_t more(const struct hl_auto_slots *a, double factor,
                     uint64_t now_ns)
{
    double to = a->slots * factor + 0.5;
    if (to < a->slots + 1)
        to = a->slots + 1;
    bool is_old = now_ns >= a->ceiling_ns;
    uint32_t halfway = (a->slots + a->ceiling) / 2;
    double limit = is_old ? above_ceiling * a->ceiling + 1 : halfway;
    if (a->ceiling > 0 && to > limit)
        to = limit;
    /* So near to the ceiling there is little to be won. */
    if (a->ceiling > 0 && to < (1 + least_gap) * a->slots)
        return a->slots;
    return bounded(a, to);
}

/* A window at the start. Where connections are slow to be made, a level shows
 * what it brings in its second window only. */
static void start(struct hl_auto_slots *a, double rate, uint64_t now_ns)
{
    double single = rate / a->slots;
    bool grows = rate >= start_growth * a->last;
    bool sinks = rate < (1 - harm) * a->last;
    if (rate > a->best)
        a->best = rate;
    if (single > a->single)
        a->single = single;
    a->flat = grows ? 0 : a->flat + 1;
    if (a->flat == 1 && !sinks)
        return;
    if (grows && more(a, up, now_ns) > a->slots) {
        double step = a->held > 0 ? (double)a->slots / a->held - 1 : 1;
        bool is_clear = rate >= (1 + start_share * step) * a->last;
        double factor = is_clear ? up_again : up;
        a->last = rate;
        a->held = a->slots;
        a->slots = more(a, factor, now_ns);
        return;
    }
    if (!grows) {
        double knee = knee_room * a->best / a->single + 0.5;
        if (knee < a->slots)
            a->slots = bounded(a, knee < HL_AUTO_FIRST ? HL_AUTO_FIRST : knee);
    }
    a->base = 0;
    hold(a, a->wait_ns, now_ns);
}

static double average(double so_far, double rate, unsigned windows)
{
    unsigned n = windows < ROUNDS_MAX ? windows : ROUNDS_MAX;
    return so_far + (rate - so_far) / n;
}

static double difference(double rate, double base)
{
    double d = base > 0 ? rate / base - 1 : 0;
    return d < 0 ? -d : d;
}

/* Windows that make a measurement. */
static unsigned rounds(const struct hl_auto_slots *a)
{
    double n = ROUNDS_LEAST + a->noise / noise_a_round;
    return n < ROUNDS_MAX ? (unsigned)n : ROUNDS_MAX;
}

static uint32_t fewer(const struct hl_auto_slots *a)
{
    uint32_t to = (uint32_t)(down * a->slots);
    return to >= LEAST ? to : a->slots;
}

static void turn_round(struct hl_auto_slots *a)
{
    a->down = !a->down;
    a->streak = false;
}

/* Tries other slots, where there are any to be tried. */
static void probe(struct hl_auto_slots *a, const struct hl_flow *flow)
{
    uint64_t now_ns = flow->now_ns;
    double factor = a->streak ? up_again : 1 + a->step;
    uint32_t to = a->down ? fewer(a) : more(a, factor, now_ns);
    if (to == a->slots) {
        turn_round(a);
        to = a->down ? fewer(a) : more(a, factor, now_ns);
    }
    a->probe_ns = now_ns + a->wait_ns;
    if (to == a->slots)
        return;
    a->held = a->slots;
    a->slots = to;
    a->probe_errors = flow->errors;
    a->phase = HL_AUTO_PROBE;
    a->windows = 0;
}

/* Goodput has changed although the slots have not: what is fetched now, or the
 * path, is another. */
static void begin_anew(struct hl_auto_slots *a)
{
    a->phase = HL_AUTO_START;
    a->last = a->best = a->single = 0;
    a->noise = 0;
    a->flat = 0;
    a->held = 0;
    a->step = up - 1;
    a->down = false;
    a->wait_ns = wait_least_ns;
}

static void note_held(struct hl_auto_slots *a, double rate,
                      const struct hl_flow *flow)
{
    uint64_t now_ns = flow->now_ns;
    double d = difference(rate, a->base);
    if (a->windows > 0 && d > strange_change && ++a->strange >= 2) {
        begin_anew(a);
        return;
    }
    if (a->windows > 0 && d > strange_change) {
        return;
    } else if (a->windows > 0) {
        a->noise += (d - a->noise) / 8;
        a->strange = 0;
    }
    a->windows++;
    a->base = a->windows == 1 ? rate : average(a->base, rate, a->windows);
    /* Whether falls help is seen at the slots that they have left. */
    if (a->windows >= rounds(a) && now_ns >= a->probe_ns && a->falls == 0)
        probe(a, flow);
}

/* The next steps up are smaller, as the best may lie between. */
static void go_back(struct hl_auto_slots *a, const struct hl_flow *flow)
{
    uint64_t now_ns = flow->now_ns;
    if (!a->down && flow->errors >= a->probe_errors + ERRORS_MIN) {
        a->ceiling = a->slots;
        a->ceiling_ns = now_ns + ceiling_least_ns;
    }
    if (!a->down && a->step > step_least)
        a->step /= 2;
    a->slots = a->held;
    turn_round(a);
    a->wait_ns = 2 * a->wait_ns < wait_most_ns ? 2 * a->wait_ns : wait_most_ns;
    hold(a, a->wait_ns, now_ns);
}

/* Do more slots make it clearly worse? */
static bool harms(const struct hl_auto_slots *a, double rate)
{
    return !a->down && rate < (1 - harm - 2 * a->noise) * a->base;
}

static void note_tried(struct hl_auto_slots *a, double rate,
                       const struct hl_flow *flow)
{
    uint64_t now_ns = flow->now_ns;
    a->windows++;
    a->tried = a->windows == 1 ? rate : average(a->tried, rate, a->windows);
    if (a->windows < rounds(a) && !harms(a, rate))
        return;
    double growth = (double)a->slots / a->held - 1;
    double gain = gain_share * growth;
    double doubt = noise_left * a->noise;
    double least = a->down ? 1 - loss_share : 1 + (gain > doubt ? gain : doubt);
    if (a->tried < least * a->base) {
        go_back(a, flow);
        return;
    }
    if (!a->down)
        a->step = up - 1;
    a->streak = growth >= large_step &&
                a->tried >= (1 + clear_share * growth) * a->base;
    a->wait_ns = wait_least_ns;
    if (a->slots > a->ceiling)
        a->ceiling = 0;
    a->base = a->tried;
    hold(a, 0, now_ns);
}

static void note_window(struct hl_auto_slots *a, const struct hl_flow *flow)
{
    double rate = goodput(a, flow);
    uint64_t now_ns = flow->now_ns;
    switch (a->phase) {
    case HL_AUTO_START:
        start(a, rate, now_ns);
        break;
    case HL_AUTO_HOLD:
        note_held(a, rate, flow);
        break;
    case HL_AUTO_PROBE:
        note_tried(a, rate, flow);
        break;
    }
}

/* What was tried was not used. */
static void give_up_probe(struct hl_auto_slots *a, const struct hl_flow *flow)
{
    if (a->phase == HL_AUTO_PROBE)
        go_back(a, flow);
}

/* Does this fall follow others that have not made errors rarer? Errors of a
 * server with too much to do sink at least as fast as the slots. */
static bool is_in_vain(struct hl_auto_slots *a, double odds)
{
    a->falls++;
    if (a->falls == 1)
        a->before = a->slots;
    /* Where nearly all fails there is no goodput to be lost. */
    if (a->falls == FALLS_LATE && odds > in_vain * a->odds && odds < most_odds)
        return true;
    if (a->falls == FALLS_LATE) {
        a->falls = FALLS_EARLY;
        a->before = a->slots;
    }
    if (a->falls == FALLS_EARLY)
        a->odds = odds;
    return false;
}

/* Do the hosts' own limits, which fall for errors, hold the run below its
 * slots? They rise until errors come again, and so take the slots' place. */
static bool is_held_back(const struct hl_auto_slots *a,
                         const struct hl_flow *flow)
{
    return flow->errors > a->mark.errors && flow->failed_at <= a->slots &&
           was_idle(a, flow);
}

/* Where more slots have just been tried, those before were good. */
static uint32_t after_fall(const struct hl_auto_slots *a,
                           const struct hl_flow *flow)
{
    bool is_step = a->phase != HL_AUTO_HOLD && a->slots > a->held;
    uint32_t good = is_step ? a->held : 0;
    if (is_held_back(a, flow)) {
        uint32_t below = bounded(a, (1 - least_gap) * flow->failed_at);
        return below > good ? below : good;
    }
    if (a->phase == HL_AUTO_PROBE && is_step)
        return good;
    return good > 0 ? (good + a->slots) / 2 : bounded(a, fall * a->slots);
}

/* No more than that were good for a while. */
static void set_ceiling(struct hl_auto_slots *a, uint32_t slots, bool is_new,
                        uint64_t now_ns)
{
    if (is_new && a->ceiling == 0)
        a->ceiling_for_ns = ceiling_least_ns;
    else if (is_new && a->ceiling_for_ns < ceiling_most_ns)
        a->ceiling_for_ns *= 2;
    a->ceiling = slots;
    a->ceiling_ns = now_ns + a->ceiling_for_ns;
}

static void fall_to(struct hl_auto_slots *a, uint32_t slots, uint64_t now_ns)
{
    a->slots = slots;
    a->lowered_ns = now_ns;
    a->step = up - 1;
    a->down = false;
    a->streak = false;
    a->wait_ns = wait_error_ns;
    a->base = 0;
    hold(a, a->wait_ns, now_ns);
}

/* A few errors are enough for that. The slots fall below what was in flight
 * then. @return whether they have. */
static bool note_held_back(struct hl_auto_slots *a, const struct hl_flow *flow)
{
    if (!is_held_back(a, flow))
        return false;
    uint32_t to = after_fall(a, flow);
    set_ceiling(a, flow->failed_at, true, flow->now_ns);
    fall_to(a, to, flow->now_ns);
    return true;
}

static void lower(struct hl_auto_slots *a, double share,
                  const struct hl_flow *flow)
{
    if (is_in_vain(a, share / (1 - share))) {
        /* The errors are not about slots: the falls are taken back. */
        a->usual = share;
        a->falls = 0;
        a->ceiling = 0;
        fall_to(a, a->before, flow->now_ns);
        return;
    }
    uint32_t too_many = is_held_back(a, flow) ? flow->failed_at : a->slots;
    uint32_t to = after_fall(a, flow);
    set_ceiling(a, too_many, a->falls == 1, flow->now_ns);
    fall_to(a, to, flow->now_ns);
}

/* Looks at errors, each time that enough attempts have ended. @return whether
 * the slots have changed. */
static bool note_errors(struct hl_auto_slots *a, const struct hl_flow *flow)
{
    uint64_t errors = flow->errors - a->errors_mark.errors;
    uint64_t ends = errors + flow->files - a->errors_mark.files;
    double share = (double)errors / (double)(ends + 1);
    double usual = (error_share + 2 * a->usual) * (double)ends;
    double excess = (double)errors - usual - 1;
    /* By chance there may be so many more, two standard deviations. */
    double chance = a->falls > 0 ? 0 : 4 * usual;
    /* After a fall the share must be known well, unless it is nothing. */
    uint64_t least = a->falls > 0 && errors > 0 ? ENDS_AFTER_FALL : ENDS_MIN;
    if (ends < least || ends < a->slots)
        return false;
    a->errors_mark = *flow;
    if (excess <= 0 || excess * excess < chance) {
        a->falls = a->clean ? 0 : a->falls;
        a->clean = true;
        return false;
    }
    a->clean = false;
    lower(a, share, flow);
    return true;
}

static void look(struct hl_auto_slots *a, const struct hl_flow *flow)
{
    if (note_errors(a, flow))
        return;
    if (a->is_changing) {
        if (!is_effective(a, flow))
            return;
        a->is_changing = false;
    } else if (!is_over(a, flow)) {
        return;
    } else if (!was_idle(a, flow)) {
        note_window(a, flow);
    } else if (!note_held_back(a, flow)) {
        give_up_probe(a, flow);
    }
    begin_window(a, flow);
}

bool hl_auto_slots_note(struct hl_auto_slots *a, const struct hl_flow *flow)
{
    uint32_t slots = a->slots;
    if (a->mark.now_ns == 0)
        begin_window(a, flow);
    look(a, flow);
    a->slots = bounded(a, a->slots);
    if (a->slots == slots)
        return false;
    a->is_changing = a->phase != HL_AUTO_START;
    begin_window(a, flow);
    return true;
}
