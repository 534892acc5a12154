/* The number of slots, against simulated servers: it comes near the knee of
 * each within seconds, and stays there. Nothing here depends on a clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "schedule/auto_slots.h"

enum {
    MOST = 1024,
    STEP_US = 1000,
    NOTE_STEPS = 25, /* of the simulation between two notes */
    RECORD_S = 120,
};

/* A server and the path to it. 0: no such limit. */
struct server {
    double latency_s;
    double jitter_s;
    double connect_s; /* before the first request of each slot */
    double each;      /* bytes/s of a connection */
    double shared;    /* bytes/s of all */
    double files_s;   /* answers per second, however many are asked for */
    unsigned thrash;  /* requests from which on latency grows by the square */
    unsigned refuse;  /* requests from which on the answer is an error */
    unsigned faults;  /* errors per thousand, whatever is asked for */
    double noise;     /* of the shared bandwidth, from second to second */
    double size;      /* of a file */
    unsigned large;   /* one file in so many has 100 times that size */
    double slow_start_s; /* the server is ten times as slow for so long */
    unsigned cap;        /* the run lets no more be in flight */
    bool adapts;         /* and halves what it lets be when it is refused */
};

struct transfer {
    double wait_s;
    double bytes;
    double begun_s;
    double share; /* of the bandwidth; 1 on average */
    bool fails;
};

struct simulation {
    struct server server;
    double now_s;
    struct transfer transfers[MOST];
    unsigned in_flight;
    double credit; /* answers that may come, by files_s */
    unsigned cap;  /* by adapts */
    unsigned well; /* answers in order since that cap changed */
    double cap_s;  /* when it was halved */
    bool warm[MOST];
    uint64_t random;
    struct hl_flow flow;
    struct hl_auto_slots slots;
    unsigned fixed; /* slots; 0: they follow goodput */
    /* By second. */
    double work[RECORD_S];
    uint32_t least[RECORD_S];
    uint32_t most[RECORD_S];
    uint64_t errors[RECORD_S];
};

static double uniform(struct simulation *s)
{
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return (double)(s->random >> 11) / 9007199254740992.0;
}

static void begin(struct simulation *s)
{
    const struct server *server = &s->server;
    struct transfer *t = &s->transfers[s->in_flight];
    double slow = s->now_s < server->slow_start_s ? 10 : 1;
    double crowd = 1;
    if (server->thrash > 0 && s->in_flight >= server->thrash)
        crowd = (double)(s->in_flight + 1) / server->thrash;
    *t = (struct transfer){
        .wait_s = slow * crowd * crowd *
                  (server->latency_s + server->jitter_s * uniform(s)),
        .bytes = server->size,
        .begun_s = s->now_s,
        .share = 0.5 + uniform(s),
        .fails = (server->refuse > 0 && s->in_flight >= server->refuse) ||
                 uniform(s) * 1000 < server->faults,
    };
    if (!s->warm[s->in_flight])
        t->wait_s += server->connect_s;
    s->warm[s->in_flight] = true;
    if (server->large > 0 && uniform(s) * server->large < 1)
        t->bytes *= 100;
    if (t->fails) {
        t->wait_s = 0.005;
        t->bytes = 0;
    }
    s->in_flight++;
}

/* As a host's own cap does, schedule/host.c. */
static void adapt(struct simulation *s, const struct transfer *t)
{
    if (t->fails && t->begun_s > s->cap_s) {
        s->cap = (s->cap < s->in_flight ? s->cap : s->in_flight) / 2;
        s->cap_s = s->now_s;
        s->well = 0;
    } else if (!t->fails && ++s->well >= s->cap) {
        s->cap++;
        s->well = 0;
    }
}

static void end(struct simulation *s, unsigned i)
{
    const struct transfer *t = &s->transfers[i];
    unsigned second = (unsigned)s->now_s;
    if (s->server.adapts)
        adapt(s, t);
    if (t->fails) {
        s->errors[second]++;
        s->flow.failed_at = s->in_flight;
        s->flow.errors += t->begun_s * 1e9 + 1e9 >= (double)s->slots.lowered_ns;
    } else {
        s->flow.files++;
        s->flow.last_file_ns = s->flow.now_ns;
        s->work[second] += 65536;
    }
    s->transfers[i] = s->transfers[--s->in_flight];
}

static void receive(struct simulation *s, double step_s)
{
    const struct server *server = &s->server;
    double shares = 0;
    double shared = server->shared;
    if (server->noise > 0)
        shared *= 1 + server->noise * (2 * uniform(s) - 1);
    for (unsigned i = 0; i < s->in_flight; i++)
        shares += s->transfers[i].wait_s <= 0 ? s->transfers[i].share : 0;
    double each = server->each > 0 ? server->each : 1e9;
    if (shared > 0 && shares > 0 && shared / shares < each)
        each = shared / shares;
    double bytes = 0;
    s->credit += server->files_s * step_s;
    for (unsigned i = s->in_flight; i-- > 0;) {
        struct transfer *t = &s->transfers[i];
        if (t->wait_s > 0) {
            t->wait_s -= step_s;
            continue;
        }
        double got = each * t->share * step_s;
        if (got > t->bytes)
            got = t->bytes;
        t->bytes -= got;
        bytes += got;
        if (t->bytes > 0 || (server->files_s > 0 && s->credit < 1))
            continue;
        s->credit -= server->files_s > 0;
        end(s, i);
    }
    if (s->credit > 10)
        s->credit = 10;
    s->flow.bytes += (uint64_t)bytes;
    s->work[(unsigned)s->now_s] += bytes;
}

static void run(struct simulation *s, double seconds)
{
    double end_s = s->now_s + seconds;
    for (unsigned step = 0; s->now_s < end_s; step++) {
        unsigned second = (unsigned)s->now_s;
        uint32_t slots = s->fixed > 0 ? s->fixed : s->slots.slots;
        unsigned cap = s->server.cap > 0 ? s->server.cap : MOST;
        if (s->server.adapts && s->cap < cap)
            cap = s->cap;
        while (s->in_flight < slots && s->in_flight < cap)
            begin(s);
        if (s->in_flight < slots)
            s->flow.idle_ns += STEP_US * 1000u;
        s->flow.now_ns = (uint64_t)(s->now_s * 1e9) + 1000000000;
        receive(s, STEP_US / 1e6);
        s->flow.in_flight = s->in_flight;
        if (s->fixed == 0 && step % NOTE_STEPS == 0)
            (void)hl_auto_slots_note(&s->slots, &s->flow);
        if (slots > s->most[second])
            s->most[second] = slots;
        if (s->least[second] == 0 || slots < s->least[second])
            s->least[second] = slots;
        s->now_s += STEP_US / 1e6;
    }
}

static void init(struct simulation *s, const struct server *server,
                 unsigned fixed)
{
    memset(s, 0, sizeof(*s));
    s->server = *server;
    s->random = 88172645463325252u;
    s->cap = MOST;
    s->cap_s = -1;
    s->fixed = fixed;
    hl_auto_slots_init(&s->slots, MOST);
}

static double work(const struct simulation *s, unsigned from, unsigned to)
{
    double sum = 0;
    for (unsigned i = from; i < to; i++)
        sum += s->work[i];
    return sum / (to - from);
}
static uint32_t most_slots(const struct simulation *s, unsigned from,
                           unsigned to)
{
    uint32_t most = 0;
    for (unsigned i = from; i < to; i++)
        most = s->most[i] > most ? s->most[i] : most;
    return most;
}

/* Work per second from one second to another, of the best fixed number. */
static double best_fixed(const struct server *server, unsigned from,
                         unsigned to)
{
    static struct simulation s;
    double best = 0;
    for (unsigned n = 4; n < MOST; n += 1 + n / 3) {
        init(&s, server, n);
        run(&s, to);
        best = work(&s, from, to) > best ? work(&s, from, to) : best;
    }
    return best;
}

/* What a run of so many seconds comes to. */
struct expected {
    const char *name;
    struct server server;
    unsigned from_s; /* from then on */
    double share;    /* of the best goodput, at least */
    uint32_t least;  /* slots at all times */
    uint32_t most;
};

static void check(const struct expected *e)
{
    static struct simulation s;
    enum { END_S = 20 };
    double best = best_fixed(&e->server, e->from_s, END_S);
    init(&s, &e->server, 0);
    run(&s, END_S);
    double share = work(&s, e->from_s, END_S) / best;
    uint32_t least = MOST;
    uint32_t most = most_slots(&s, e->from_s, END_S);
    for (unsigned i = e->from_s; i < END_S; i++)
        least = s.least[i] < least ? s.least[i] : least;
    print_message("%s: %.2f of the best, %u to %u slots\n", e->name, share,
                  least, most);
    assert_true(share >= e->share);
    assert_in_range(least, e->least, e->most);
    assert_in_range(most, e->least, e->most);
}

static void it_comes_to_the_knee_and_stays(void **state)
{
    static const struct expected all[] = {
        {"a narrow link, 20 ms",
         {.latency_s = 0.02, .size = 1e4, .shared = 10e6},
         2,
         0.93,
         20,
         700},
        {"no knee", {.latency_s = 0.1, .size = 1e4}, 3, 0.95, 700, MOST},
        {"slow connections, files that never end",
         {.latency_s = 0.1, .size = 1e8, .each = 2e6, .shared = 60e6},
         3,
         0.95,
         26,
         130},
        {"slow connections",
         {.latency_s = 0.1, .size = 1e6, .each = 2e6, .shared = 60e6},
         3,
         0.85,
         26,
         130},
        {"answers a second",
         {.latency_s = 0.05, .size = 1e4, .files_s = 2000},
         2,
         0.95,
         70,
         600},
        {"less than the first number is enough",
         {.latency_s = 0.01, .size = 1e4, .files_s = 1000},
         2,
         0.95,
         6,
         32},
        {"connections that take long to be made",
         {.latency_s = 0.05, .connect_s = 0.15, .size = 1e4, .shared = 10e6},
         3,
         0.93,
         40,
         MOST},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        check(&all[i]);
}

static void noise_does_not_lead_it_astray(void **state)
{
    static const struct expected all[] = {
        {"answers that come when they like",
         {.latency_s = 0.05, .jitter_s = 0.2, .size = 1e4, .shared = 10e6},
         3,
         0.9,
         80,
         700},
        {"a link whose width changes",
         {.latency_s = 0.05, .size = 1e4, .shared = 10e6, .noise = 0.5},
         3,
         0.9,
         30,
         MOST},
        {"one file in ten is a hundred times as large",
         {.latency_s = 0.05,
          .size = 1e4,
          .each = 5e6,
          .shared = 60e6,
          .large = 10},
         6,
         0.85,
         60,
         MOST},
        {"a server that is slow at first",
         {.latency_s = 0.05, .size = 1e4, .slow_start_s = 2, .shared = 10e6},
         5,
         0.9,
         40,
         MOST},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        check(&all[i]);
}

static void where_more_harms_there_are_no_more(void **state)
{
    static const struct expected thrash = {
        "a server that is slowed down",
        {.latency_s = 0.05, .size = 1e4, .thrash = 50},
        2,
        0.9,
        35,
        100};
    (void)state;
    check(&thrash);
}

static void slots_that_only_make_answers_late_are_taken_back(void **state)
{
    static struct simulation s;
    static const struct server server = {
        .latency_s = 0.01, .size = 1e4, .files_s = 1000};
    (void)state;
    init(&s, &server, 0);
    run(&s, 20);
    assert_in_range(s.slots.slots, 8, 15);
}

static void probes_that_bring_nothing_become_rare(void **state)
{
    static struct simulation s;
    static const struct server server = {
        .latency_s = 0.01, .size = 1e4, .files_s = 1000};
    unsigned changes = 0;
    (void)state;
    init(&s, &server, 0);
    run(&s, 20);
    for (unsigned i = 0; i < 80; i++) {
        uint32_t before = s.slots.slots;
        run(&s, 0.25);
        changes += s.slots.slots != before;
    }
    print_message("%u changes\n", changes);
    assert_in_range(changes, 1, 15);
}

static void a_step_that_brought_nothing_is_smaller_the_next_time(void **state)
{
    static struct simulation s;
    static const struct server server = {
        .latency_s = 0.1, .size = 1e6, .each = 2e6, .shared = 60e6};
    (void)state;
    init(&s, &server, 0);
    run(&s, 27);
    /* 49 are held at first; 74 were tried. */
    assert_in_range(most_slots(&s, 3, 5), 72, 76);
    assert_in_range(most_slots(&s, 10, 27), 43, 60);
}

static void it_falls_below_the_number_that_brings_errors(void **state)
{
    static const struct expected refuse = {
        "a server that refuses",
        {.latency_s = 0.05, .size = 1e4, .refuse = 40},
        3,
        0.9,
        28,
        50};
    static struct simulation s;
    (void)state;
    check(&refuse);
    init(&s, &refuse.server, 0);
    run(&s, 20);
    uint64_t errors = 0;
    for (unsigned i = 5; i < 20; i++)
        errors += s.errors[i];
    /* 800 files a second end in order. */
    assert_true(errors < 15 * 800 / 50);
}

static void a_burst_of_errors_passes(void **state)
{
    static struct simulation s;
    static const struct server server = {
        .latency_s = 0.05, .size = 1e4, .shared = 10e6};
    (void)state;
    init(&s, &server, 0);
    run(&s, 5);
    uint32_t before = s.slots.slots;
    s.server.refuse = 1;
    run(&s, 1);
    uint32_t during = s.slots.slots;
    s.server.refuse = 0;
    run(&s, 14);
    print_message("%u, %u, %u slots\n", before, during, s.slots.slots);
    assert_in_range(during, 1, before / 2);
    assert_true(work(&s, 15, 20) > 0.9 * work(&s, 2, 5));
}

static void run_to_errors(struct simulation *s)
{
    for (unsigned i = 0; s->slots.lowered_ns == 0 && i < 100; i++)
        run(s, 0.1);
    assert_true(s->slots.lowered_ns > 0);
}

static void
a_ceiling_holds_the_longer_the_more_often_it_brought_errors(void **state)
{
    static struct simulation s;
    static const struct server server = {
        .latency_s = 0.05, .size = 1e4, .refuse = 40};
    const uint64_t second = 1000000000;
    (void)state;
    init(&s, &server, 0);
    /* A probe with so many has brought errors. */
    s.slots.ceiling = 200;
    run_to_errors(&s);
    assert_int_equal(s.slots.ceiling_for_ns, 10 * second);
    /* Errors have come again and again, then more slots went well. */
    init(&s, &server, 0);
    s.slots.ceiling_for_ns = 80 * second;
    run_to_errors(&s);
    assert_int_equal(s.slots.ceiling_for_ns, 5 * second);
}

static void errors_that_slots_do_not_change_are_left_out(void **state)
{
    static const struct expected faults = {
        "one attempt in ten fails",
        {.latency_s = 0.05, .size = 1e4, .faults = 100, .shared = 10e6},
        8,
        0.85,
        30,
        MOST};
    (void)state;
    check(&faults);
}

static void few_errors_by_chance_change_nothing(void **state)
{
    static const struct expected faults = {
        "one attempt in twenty fails",
        {.latency_s = 0.05, .size = 1e4, .faults = 50, .shared = 10e6},
        2,
        0.9,
        30,
        MOST};
    (void)state;
    check(&faults);
}

/* A host that refuses is let have half as many, and then one more for each
 * round. Without fewer slots it would be refused again and again. */
static void slots_stay_below_where_a_host_refuses(void **state)
{
    static struct simulation s;
    static const struct server servers[] = {
        {.latency_s = 0.04, .size = 1e4, .refuse = 40, .adapts = true},
        /* Too few are refused to be more than chance. */
        {.latency_s = 0.04, .size = 1e4, .refuse = 15, .adapts = true},
    };
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        uint64_t errors = 0;
        init(&s, &servers[i], 0);
        run(&s, 5);
        for (unsigned second = 1; second < 5; second++)
            errors += s.errors[second];
        print_message("%u slots, %u errors\n", s.slots.slots, (unsigned)errors);
        assert_in_range(s.slots.slots, servers[i].refuse * 4 / 5,
                        servers[i].refuse);
        assert_true(errors <= 2);
    }
}

static void it_begins_anew_where_the_files_are_others(void **state)
{
    static struct simulation s;
    static const struct server large = {
        .latency_s = 0.06, .size = 1e6, .each = 4e6, .shared = 60e6};
    (void)state;
    init(&s, &large, 0);
    run(&s, 2);
    uint32_t before = s.slots.slots;
    s.server.size = 4e3;
    run(&s, 2);
    print_message("%u, then %u slots\n", before, s.slots.slots);
    assert_in_range(before, 16, 64);
    assert_in_range(s.slots.slots, 400, MOST);
}

static void what_the_run_cannot_use_is_not_added(void **state)
{
    static const struct expected capped = {
        "the hosts take 20",
        {.latency_s = 0.05, .size = 1e4, .cap = 20},
        1,
        0.99,
        16,
        32};
    (void)state;
    check(&capped);
}

static void it_follows_a_list_whose_files_change(void **state)
{
    static struct simulation s;
    static const struct server small = {
        .latency_s = 0.1, .size = 1e3, .each = 2e6, .shared = 20e6};
    (void)state;
    init(&s, &small, 0);
    s.server.size = 1e8;
    run(&s, 5);
    assert_in_range(s.slots.slots, 8, 64);
    /* The large files end here, as far as the link is concerned. */
    s.server.size = 1e3;
    s.in_flight = 0;
    run(&s, 10);
    print_message("%u slots\n", s.slots.slots);
    assert_in_range(s.slots.slots, 400, MOST);
}

static void it_stays_below_what_the_owner_allows(void **state)
{
    static struct simulation s;
    static const struct server server = {.latency_s = 0.05, .size = 1e4};
    (void)state;
    init(&s, &server, 0);
    s.slots.most = 100;
    run(&s, 5);
    assert_in_range(s.most[4], 80, 100);
    s.slots.most = 7;
    run(&s, 2);
    assert_in_range(s.most[6], 1, 7);
    hl_auto_slots_init(&s.slots, 3);
    assert_int_equal(s.slots.slots, 3);
}

static void without_answers_nothing_changes(void **state)
{
    struct hl_auto_slots a;
    struct hl_flow flow = {.now_ns = 1};
    (void)state;
    hl_auto_slots_init(&a, MOST);
    for (unsigned i = 0; i < 10000; i++) {
        flow.now_ns += 25000000;
        assert_false(hl_auto_slots_note(&a, &flow));
    }
    assert_int_equal(a.slots, HL_AUTO_FIRST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_comes_to_the_knee_and_stays),
        cmocka_unit_test(noise_does_not_lead_it_astray),
        cmocka_unit_test(where_more_harms_there_are_no_more),
        cmocka_unit_test(slots_that_only_make_answers_late_are_taken_back),
        cmocka_unit_test(probes_that_bring_nothing_become_rare),
        cmocka_unit_test(a_step_that_brought_nothing_is_smaller_the_next_time),
        cmocka_unit_test(it_falls_below_the_number_that_brings_errors),
        cmocka_unit_test(a_burst_of_errors_passes),
        cmocka_unit_test(
            a_ceiling_holds_the_longer_the_more_often_it_brought_errors),
        cmocka_unit_test(errors_that_slots_do_not_change_are_left_out),
        cmocka_unit_test(few_errors_by_chance_change_nothing),
        cmocka_unit_test(slots_stay_below_where_a_host_refuses),
        cmocka_unit_test(it_begins_anew_where_the_files_are_others),
        cmocka_unit_test(what_the_run_cannot_use_is_not_added),
        cmocka_unit_test(it_follows_a_list_whose_files_change),
        cmocka_unit_test(it_stays_below_what_the_owner_allows),
        cmocka_unit_test(without_answers_nothing_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
