/* The sentence under a run's summary, from figures that leave no doubt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/diagnosis.h"
#include "schedule/host_figures.h"

static const uint64_t s = 1000000;

/* A run of ten transfers that took 10 s. */
struct bench {
    struct hl_diagnosis diagnosis;
    struct haul_options run;
    struct haul_stats stats;
    struct haul_loop_stats loop;
    uint32_t loops;
    double cpu_seconds;
    uint64_t files_limit;
    struct hl_share share;
    const char *proxy;
    char text[HL_DIAGNOSIS_SIZE];
};

static void add(struct bench *bench, const char *url, struct haul_times times)
{
    bench->stats.requests++;
    bench->stats.attempts++;
    bench->stats.urls++;
    hl_times_add(&bench->stats.spent, &times);
    if (bench->stats.hosts == 0)
        bench->stats.hosts = 1;
    hl_diagnosis_add(
        &bench->diagnosis,
        &(struct haul_result){.url = url, .http_status = 200, .times = times});
}

/* Transfers that took so long each, at the host that has most of top. */
static void add_at(struct bench *bench, enum hl_diagnosis_top top,
                   const char *name, unsigned count, struct haul_times times)
{
    struct hl_diagnosis_host *host = &bench->diagnosis.top[top];
    snprintf(host->name, sizeof(host->name), "%s", name);
    for (unsigned i = 0; i < count; i++) {
        add(bench, "http://h/x", times);
        hl_times_add(&host->stats.spent, &times);
        host->stats.urls++;
        host->stats.attempts++;
    }
}

static const char *tell_on(struct bench *bench, double seconds, unsigned cores)
{
    if (bench->loop.watched_us == 0)
        bench->loop =
            (struct haul_loop_stats){.watched_us = 10 * s, .idle_us = 9 * s};
    const struct hl_diagnosis_figures figures = {
        .run = &bench->run,
        .stats = &bench->stats,
        .loop = &bench->loop,
        .loops = bench->loops,
        .seconds = seconds,
        .cpu_seconds = bench->cpu_seconds,
        .cores = cores,
        .files_limit = bench->files_limit,
        .share = bench->share,
        .proxy = bench->proxy,
    };
    hl_diagnosis_put(&bench->diagnosis, &figures, bench->text,
                     sizeof(bench->text));
    return bench->text;
}

static const char *tell_of(struct bench *bench, double seconds)
{
    return tell_on(bench, seconds, 2);
}

static const char *tell(struct bench *bench)
{
    return tell_of(bench, 10);
}

static void ten(struct bench *bench, struct haul_times times)
{
    for (int i = 0; i < 10; i++)
        add(bench, "http://h/x", times);
}

#define TELLS(bench, ...)                                                \
    do {                                                                 \
        const char *const words_[] = {__VA_ARGS__};                      \
        const char *text_ = tell(bench);                                 \
        for (size_t i_ = 0; i_ < sizeof(words_) / sizeof(*words_); i_++) \
            if (strstr(text_, words_[i_]) == NULL)                       \
                fail_msg("no '%s' in '%s'", words_[i_], text_);          \
    } while (0)

static void nothing_done_is_nothing_told(void **state)
{
    struct bench bench = {.cpu_seconds = 0};
    (void)state;
    assert_string_equal(tell(&bench), "");
    add(&bench, "http://h/x", (struct haul_times){.queued = s});
    assert_string_equal(tell(&bench), "");
}

static void without_an_answer_no_phase_is_told(void **state)
{
    const struct haul_result refused = {.url = "http://h/x",
                                        .times.wait = 9 * s};
    struct bench bench = {.run.jobs = 4};
    (void)state;
    bench.stats.spent.wait = 9 * s;
    hl_diagnosis_add(&bench.diagnosis, &refused);
    assert_string_equal(tell(&bench), "");
    bench.stats.still_us = 9 * s;
    TELLS(&bench, "nothing was in flight for 90 %");
    bench.stats.still_us = 0;
    add(&bench, "http://h/x", (struct haul_times){.wait = s});
    TELLS(&bench, "waiting for the server");
}

static void the_largest_phase_is_named_with_its_share(void **state)
{
    static const struct {
        struct haul_times times;
        const char *what;
    } cases[] = {
        {{.wait = 9 * s, .body = s}, "90 % of the transfers' time was waiting"},
        {{.dns = 8 * s, .wait = 2 * s}, "80 % of the transfers' time was look"},
        {{.connect = 6 * s, .wait = 4 * s},
         "60 % of the transfers' time was s"},
        {{.tls = 6 * s, .wait = 4 * s}, "60 % of the transfers' time was TLS"},
        {{.body = 9 * s, .wait = s}, "receiving; the line or the server"},
        {{.file = 6 * s, .wait = 4 * s}, "storing files; the disk"},
        {{.work = 6 * s, .file = 4 * s}, "60 % of the transfers' time was wo"},
        {{.ready = 6 * s, .work = 4 * s}, "waiting for haul, which was busy"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct bench bench = {.run.jobs = 4};
        ten(&bench, cases[i].times);
        TELLS(&bench, cases[i].what);
    }
}

static void the_option_that_would_lift_it_fits_the_run(void **state)
{
    struct bench few = {.run = {.jobs = 4, .max_per_host = HAUL_NONE},
                        .stats = {.most_in_flight = 4, .full_us = 6 * s}};
    struct bench capped = few;
    struct bench once = few;
    struct bench all = {.run.jobs = 10, .stats.most_in_flight = 10};
    struct bench stopped = {.run.jobs = 10,
                            .stats = {.most_in_flight = 10, .cancelled = true}};
    struct bench some = {.run.jobs = 10, .stats.most_in_flight = 3};
    struct bench one = {.run.mode = HAUL_MODE_SEQUENTIAL,
                        .stats.most_in_flight = 1};
    struct bench sync = {.run.fsync = true};
    struct bench work = {.run.cpu_work_us = 600000};
    struct bench late = {.run.cpu_work_us = 600000};
    struct bench busy = {.run.cpu_work_us = 0};
    (void)state;
    capped.run.max_per_host = 4;
    once.stats.full_us = 3 * s;
    ten(&capped, (struct haul_times){.wait = s});
    ten(&once, (struct haul_times){.wait = s});
    ten(&few, (struct haul_times){.wait = s});
    ten(&some, (struct haul_times){.wait = s});
    ten(&all, (struct haul_times){.wait = s});
    ten(&stopped, (struct haul_times){.wait = s});
    ten(&one, (struct haul_times){.wait = s});
    ten(&sync, (struct haul_times){.file = s});
    ten(&work, (struct haul_times){.work = s});
    ten(&late, (struct haul_times){.ready = s});
    ten(&busy, (struct haul_times){.ready = s});
    TELLS(&few, "-j 8 waits for more");
    TELLS(&capped, "-j 8 with a larger -x waits for more");
    TELLS(&once, "at most 4 were in flight at once");
    TELLS(&all, "all were in flight at once");
    TELLS(&stopped, "at most 10 were in flight at once");
    TELLS(&some, "at most 3 were in flight at once");
    TELLS(&one, "-m async");
    TELLS(&sync, "--fsync");
    TELLS(&work, "working on files; --cpu-work");
    TELLS(&late, "busy with other files; --cpu-work holds them up");
    TELLS(&busy, "busy with other files; another loop (--loops 2) may help");
}

static void a_limit_of_open_files_is_no_matter_of_jobs(void **state)
{
    struct bench full = {.run.jobs = 4,
                         .stats = {.most_in_flight = 4, .full_us = 9 * s},
                         .files_limit = 64};
    struct bench some = full;
    (void)state;
    some.stats.most_in_flight = 3;
    some.stats.full_us = 0;
    ten(&full, (struct haul_times){.wait = s});
    ten(&some, (struct haul_times){.wait = s});
    TELLS(&full, "waiting for the servers; the limit of 64 open files held it");
    TELLS(&some, "at most 3 were in flight at once");
}

static void auto_jobs_are_told_below_the_limit_of_open_files(void **state)
{
    struct bench below = {.run = {.jobs = 40, .auto_jobs = true},
                          .stats = {.most_in_flight = 8,
                                    .slots = 8,
                                    .slots_most = 40,
                                    .full_us = 9 * s},
                          .files_limit = 96};
    struct bench at = below;
    (void)state;
    at.stats.slots = 40;
    ten(&below, (struct haul_times){.wait = s});
    ten(&at, (struct haul_times){.wait = s});
    TELLS(&below, "-j auto allowed no more at a time");
    TELLS(&at, "the limit of 96 open files held it");
}

static void the_processor_comes_before_the_phases(void **state)
{
    struct bench rate = {.run.limit_rate = 1000, .stats.bytes = 9500};
    struct bench loop = {.loop = {.watched_us = 10 * s,
                                  .idle_us = s,
                                  .longest = "socket ready (poll)"}};
    struct bench second = loop;
    struct bench first = loop;
    struct bench opened = loop;
    struct bench worked = loop;
    struct bench cpu = {.cpu_seconds = 18};
    struct bench *all[] = {&rate,   &loop,   &second, &first,
                           &opened, &worked, &cpu};
    second.run.loops = 2;
    second.loops = first.loops = 3;
    second.loop.loop = 2;
    first.run.loops = 2;
    opened.loops = 2;
    worked.run.cpu_work_us = 1;
    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        all[i]->stats.held_us[HAUL_HELD_BY_CAP] = 9 * s;
        ten(all[i], (struct haul_times){.wait = s});
    }
    TELLS(&rate, "--limit-rate held", "95 %");
    rate.share.tasks = 4;
    TELLS(&rate, "--limit-rate over 4 parts at once held", "95 %");
    TELLS(&loop, "the loop was busy for 90 %", "socket ready (poll)",
          "--loops 2");
    TELLS(&second, "loop 2 was busy for 90 %", "socket ready (poll)",
          "(-j) will not help");
    TELLS(&first, "the loop that the others work for was busy for 90 %");
    TELLS(&opened, "the first loop was busy for 90 %", "(-j) will not help");
    TELLS(&worked, "--cpu-work held it back: the loop was busy for 90 %");
    TELLS(&cpu, "the processors were busy for 90 %");
}

/* Sixty of sixty URLs wait at one host. */
static struct bench held_by(enum haul_held why, enum hl_diagnosis_top top,
                            struct haul_times times)
{
    struct bench bench = {0};
    bench.stats.held_us[why] = 9 * s;
    add_at(&bench, top, "127.0.0.7", 60, times);
    bench.diagnosis.top[top].stats.held_us[why] = 9 * s;
    return bench;
}

static void what_kept_urls_waiting_is_named_with_the_host(void **state)
{
    static const struct {
        enum haul_held why;
        enum hl_diagnosis_top top;
        const char *text;
    } rows[] = {
        {HAUL_HELD_BY_CAP, HL_TOP_BY_CAP,
         "127.0.0.7 has 60 of 60 URLs; -x 6 held it back for 9.0 s, 90 % of "
         "the time"},
        {HAUL_HELD_BY_BUSY, HL_TOP_BY_BUSY,
         "127.0.0.7 answered 503, so that fewer requests than -x 6 were in "
         "flight to it for 9.0 s, 90 % of the time; --no-adapt keeps to -x"},
        {HAUL_HELD_BY_PAUSE, HL_TOP_BY_PAUSE,
         "127.0.0.7 answered 503 and asked to wait (Retry-After: 3 s), which "
         "held the run back for 9.0 s, 90 % of the time; --rate-per-host or a "
         "smaller -x asks less of it"},
        {HAUL_HELD_BY_RATE, HL_TOP_BY_RATE,
         "127.0.0.7 has 60 of 60 URLs; --rate-per-host 2/s held it back for "
         "9.0 s, 90 % of the time"},
        {HAUL_HELD_BY_LOOKUP, HL_TOP_BY_LOOKUP,
         "looking up host names held it back for 9.0 s, 90 % of the time "
         "(127.0.0.7: 0 ms); a faster name server (/etc/resolv.conf) or "
         "--resolve lifts that"},
        {HAUL_HELD_BY_SILENCE, HL_TOP_BY_SILENCE,
         "127.0.0.7 has 60 of 60 URLs and could not be reached, which held the "
         "run back for 9.0 s, 90 % of the time; a smaller --retry gives its "
         "URLs up sooner"},
        {HAUL_HELD_BY_START, HL_TOP_BY_TIME,
         "--rate 30/m held it back for 9.0 s, 90 % of the time"},
        {HAUL_HELD_BY_OUTAGE, HL_TOP_BY_TIME,
         "no host answered for 9.0 s, 90 % of the time; --max-outage S is how "
         "long a run waits for that"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct bench bench =
            held_by(rows[i].why, rows[i].top, (struct haul_times){.wait = s});
        struct haul_host_stats *host = &bench.diagnosis.top[rows[i].top].stats;
        host->busy_status = 503;
        host->asked_s = 3;
        bench.run.start_interval_ns = 2000000000;
        bench.run.host_start_interval_ns = 500000000;
        assert_string_equal(tell(&bench), rows[i].text);
    }
}

static void no_limit_is_advised_for_hosts_of_ones_own(void **state)
{
    struct bench bench = held_by(HAUL_HELD_BY_CAP, HL_TOP_BY_CAP,
                                 (struct haul_times){.wait = s});
    (void)state;
    assert_null(strstr(tell(&bench), "-x 0"));
    bench.diagnosis.top[HL_TOP_BY_CAP].stats.is_private = true;
    bench.run.max_per_host = 2;
    TELLS(&bench, "-x 2 held it back", "; -x 0 lifts that");
}

static void a_part_is_told_the_limits_of_all_parts(void **state)
{
    struct bench bench = held_by(HAUL_HELD_BY_CAP, HL_TOP_BY_CAP,
                                 (struct haul_times){.wait = s});
    struct bench rate = held_by(HAUL_HELD_BY_START, HL_TOP_BY_TIME,
                                (struct haul_times){.wait = s});
    struct bench host = held_by(HAUL_HELD_BY_RATE, HL_TOP_BY_RATE,
                                (struct haul_times){.wait = s});
    struct bench busy = held_by(HAUL_HELD_BY_BUSY, HL_TOP_BY_BUSY,
                                (struct haul_times){.wait = s});
    const struct hl_share share = {
        .tasks = 64, .host_tasks = 64, .per_host = 6};
    (void)state;
    bench.diagnosis.top[HL_TOP_BY_CAP].stats.is_private = true;
    bench.run.max_per_host = 1;
    bench.run.host_rest = 9667;
    bench.share = rate.share = host.share = busy.share = share;
    TELLS(&bench,
          "-x 6 over 64 parts at once, with rests to keep to the share of the "
          "part, held it back",
          "; --concurrent-shards N says that fewer run at once, plan "
          "--shard-by host gives each host to one part");
    assert_null(strstr(tell(&bench), "-x 0"));
    rate.run.start_interval_ns = 2000000000;
    TELLS(&rate, "--rate 32/s over 64 parts at once held it back");
    host.run.host_start_interval_ns = 128000000000;
    TELLS(&host, "--rate-per-host 30/m over 64 parts at once held it back");
    TELLS(&busy, "fewer requests than -x 6 over 64 parts at once were");
    /* Of hosts that no other part has, the limits are whole. */
    bench.run.host_rest = 0;
    bench.share.host_tasks = 1;
    TELLS(&bench, "; -x 1 held it back", "; -x 0 lifts that");
}

static void disk_and_line_are_held_by_x_only_perhaps(void **state)
{
    struct bench disk = held_by(HAUL_HELD_BY_CAP, HL_TOP_BY_CAP,
                                (struct haul_times){.file = 9, .wait = 1});
    struct bench line = held_by(HAUL_HELD_BY_CAP, HL_TOP_BY_CAP,
                                (struct haul_times){.body = 9, .wait = 1});
    (void)state;
    assert_null(strstr(tell(&disk), "-x"));
    TELLS(&disk, "90 % of the transfers' time was storing files; the disk");
    TELLS(&line, "90 % of the transfers' time was receiving; the line or the "
                 "server sets the pace; if the server limits each connection, "
                 "a larger -x helps");
    line.stats.held_us[HAUL_HELD_BY_CAP] = s;
    assert_null(strstr(tell(&line), "-x"));
}

static void a_time_limit_that_is_given_is_told_to_be_smaller(void **state)
{
    struct bench bench = {.diagnosis.top[HL_TOP_ALONE].stats.alone_us = 9 * s};
    (void)state;
    add_at(&bench, HL_TOP_ALONE, "127.0.0.7", 1,
           (struct haul_times){.wait = 9 * s});
    for (unsigned i = 0; i < 10; i++)
        add(&bench, "http://g/x", (struct haul_times){.wait = s / 50});
    TELLS(&bench, "alone was waited for; --max-time S gives up what");
    bench.run.max_time_ms = 9000;
    TELLS(&bench, "alone was waited for; a smaller --max-time gives up what");
}

static void a_short_wait_is_not_told(void **state)
{
    struct bench bench = held_by(HAUL_HELD_BY_CAP, HL_TOP_BY_CAP,
                                 (struct haul_times){.wait = s});
    (void)state;
    bench.stats.held_us[HAUL_HELD_BY_CAP] = 2 * s;
    TELLS(&bench, "waiting for the servers");
    assert_null(strstr(tell(&bench), "held"));
}

static void hosts_with_as_many_urls_are_not_named(void **state)
{
    struct bench bench = held_by(HAUL_HELD_BY_CAP, HL_TOP_BY_CAP,
                                 (struct haul_times){.wait = s});
    (void)state;
    bench.stats.urls = 1800;
    bench.stats.hosts = 30;
    TELLS(&bench, "30 hosts have about as many URLs; -x 6 held it back for");
    bench.stats.urls = 600;
    TELLS(&bench, "127.0.0.7 has 60 of 600 URLs; -x 6 held it back for 9.0 s");
}

static void a_slow_host_among_many_is_named_with_its_pace(void **state)
{
    struct bench held = held_by(HAUL_HELD_BY_CAP, HL_TOP_BY_CAP,
                                (struct haul_times){.wait = s});
    struct bench alone = {.diagnosis.top[HL_TOP_ALONE].stats.alone_us = 9 * s};
    struct bench most = {.run.jobs = 4, .stats.most_in_flight = 4};
    struct bench *all[] = {&held, &alone, &most};
    static const char pace[] =
        "127.0.0.7 took 1.0 s a file, the other hosts 20 ms; ";
    (void)state;
    add_at(&alone, HL_TOP_ALONE, "127.0.0.7", 1,
           (struct haul_times){.wait = s});
    add_at(&most, HL_TOP_BY_TIME, "127.0.0.7", 50,
           (struct haul_times){.wait = s});
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        for (unsigned j = 0; j < 240; j++)
            add(all[i], "http://g/x", (struct haul_times){.wait = s / 50});
        all[i]->stats.hosts = 10;
        TELLS(all[i], pace);
    }
    TELLS(&held, "127.0.0.7 has 60 of 300 URLs; -x 6 held it back for 9.0 s");
    TELLS(&alone, "for 9.0 s, 90 % of the time, it alone was waited for; "
                  "--max-time S gives up");
    TELLS(&most, "100 % of the transfers' time was waiting for 127.0.0.7; at "
                 "most 4 were");
}

static void the_proxy_is_named_and_not_the_server(void **state)
{
    struct bench bench = {.run.jobs = 4, .proxy = "10.0.0.1:3128"};
    struct bench held = held_by(HAUL_HELD_BY_CAP, HL_TOP_BY_CAP,
                                (struct haul_times){.wait = s});
    (void)state;
    add_at(&bench, HL_TOP_BY_TIME, "127.0.0.7", 9,
           (struct haul_times){.connect = s});
    TELLS(&bench, "connecting to the proxy 10.0.0.1:3128;",
          "; --noproxy HOST goes there without the proxy");
    held.proxy = bench.proxy;
    TELLS(&held, "all went through the proxy 10.0.0.1:3128; 127.0.0.7 has 60");
}

static void a_short_run_is_not_told_to_be_busy(void **state)
{
    struct bench bench = {
        .loop = {.watched_us = s / 2, .longest = "socket ready (poll)"}};
    (void)state;
    ten(&bench, (struct haul_times){.wait = s});
    assert_null(strstr(tell_of(&bench, 0.5), "busy"));
    assert_non_null(strstr(tell_of(&bench, 5), "busy"));
}

static void a_run_of_no_length_is_told_nothing(void **state)
{
    struct bench bench = {.run.jobs = 4};
    (void)state;
    add(&bench, "http://h/x", (struct haul_times){.file = 900, .wait = 100});
    assert_string_equal(tell_of(&bench, 0.19), "");
    assert_non_null(strstr(tell_of(&bench, 0.21), "storing files"));
}

static void hashing_is_no_matter_of_the_disk_alone(void **state)
{
    struct bench bench = {.run.jobs = 4};
    const struct haul_result hashed = {.url = "http://h/x",
                                       .http_status = 200,
                                       .sha256 = "00",
                                       .times.file = s};
    (void)state;
    bench.stats.spent.file = s;
    hl_diagnosis_add(&bench.diagnosis, &hashed);
    TELLS(&bench, "storing and hashing files; the hashing or the disk");
    bench.run.fsync = true;
    TELLS(&bench, "storing and hashing files; --fsync is part of it");
}

static void a_file_that_was_resumed_is_read_again(void **state)
{
    struct bench bench = {.run.jobs = 4};
    const struct haul_result resumed = {.url = "http://h/x",
                                        .http_status = 206,
                                        .resumed_from = 1000,
                                        .times.file = s};
    (void)state;
    bench.stats.spent.file = s;
    hl_diagnosis_add(&bench.diagnosis, &resumed);
    TELLS(&bench, "storing files and reading the resumed ones again; the disk "
                  "sets the pace");
}

static void processors_are_those_that_the_mode_can_use(void **state)
{
    struct bench one = {.run.mode = HAUL_MODE_SEQUENTIAL, .cpu_seconds = 8};
    struct bench two = {.run = {.mode = HAUL_MODE_THREADS, .jobs = 2},
                        .cpu_seconds = 16};
    struct bench many = {.run.mode = HAUL_MODE_THREADS, .cpu_seconds = 32};
    struct bench loop = {.cpu_seconds = 8};
    struct bench *all[] = {&one, &two, &many, &loop};
    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        ten(all[i], (struct haul_times){.wait = s});
    assert_string_equal(tell_on(&one, 10, 2),
                        "1 of 2 processors was busy for 80 % of the time; "
                        "-m threads has more of them do it");
    assert_string_equal(tell_on(&two, 10, 4),
                        "2 of 4 processors were busy for 80 % of the time; "
                        "-j 4 has all of them do it");
    assert_string_equal(tell_on(&many, 10, 4),
                        "the processors were busy for 80 % of the time; more "
                        "at a time (-j) will not help");
    assert_string_equal(tell_on(&one, 10, 1),
                        "the processor was busy for 80 % of the time; more at "
                        "a time (-j) will not help");
    assert_null(strstr(tell_on(&loop, 10, 2), "busy"));
}

static void time_with_nothing_in_flight_is_told_with_its_cause(void **state)
{
    struct bench bench = {.stats.still_us = 6 * s};
    (void)state;
    ten(&bench, (struct haul_times){.wait = s});
    TELLS(&bench, "nothing was in flight for 60 % of the time: none was ready");
    bench.diagnosis.retries = 1;
    TELLS(&bench, "60 % of the time: 1 retry had to wait (--retry-delay)");
    bench.diagnosis.retries = 5;
    TELLS(&bench, "60 % of the time: 5 retries had to wait");
    bench.stats.still_us = 4 * s;
    TELLS(&bench, "waiting for the server");
}

/* Transfers that were quick are no proof that there was time without any. */
static void retries_are_counted_where_a_transfer_was_made(void **state)
{
    struct bench bench = {.run.jobs = 4};
    (void)state;
    ten(&bench, (struct haul_times){.wait = s / 10});
    bench.stats.attempts += 5;
    hl_diagnosis_add(&bench.diagnosis,
                     &(struct haul_result){.url = "http://h/x",
                                           .attempts = 6,
                                           .times.wait = s / 10});
    hl_diagnosis_add(&bench.diagnosis,
                     &(struct haul_result){.url = "http://h/x", .attempts = 9});
    assert_int_equal(bench.diagnosis.retries, 5);
    TELLS(&bench, "waiting for the server");
}

static void a_host_is_named_without_what_is_not_its_name(void **state)
{
    static const char *const rows[][2] = {
        {"https://u:p@slow.example:8443/x?@", "slow.example:8443"},
        {"https://slow.example:443", "slow.example"},
        {"http://slow.example:80", "slow.example"},
        {"http://slow.example:443/x", "slow.example:443"},
        {"http://[::1]:80/", "[::1]"},
        {"proxy:3128", "proxy:3128"},
    };
    char name[HL_HOST_NAME_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        hl_host_name(name, rows[i][0]);
        assert_string_equal(name, rows[i][1]);
    }
}

static void a_proxy_is_named_where_it_is_used(void **state)
{
    static const struct {
        const char *proxy;
        const char *noproxy;
        const char *url;
        const char *name;
    } rows[] = {
        {"http://u:p@proxy:3128", "", "https://a.example", "proxy:3128"},
        {"", NULL, "https://a.example", ""},
        {"proxy:3128", "other, example", "http://a.example:8080/x", ""},
        {"proxy:3128", "ample", "http://a.example", "proxy:3128"},
        {"proxy:3128", "127.0.0.0/8", "http://127.0.0.1:8080", ""},
        {"proxy:3128", "::1", "http://[::1]:8080", ""},
        {"proxy:3128", "", "no URL", ""},
    };
    char name[HL_HOST_NAME_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const struct haul_options run = {.proxy = rows[i].proxy,
                                         .noproxy = rows[i].noproxy};
        bool is_used = haul_proxy_of(name, sizeof(name), &run, rows[i].url);
        assert_string_equal(name, rows[i].name);
        assert_int_equal(is_used, name[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_done_is_nothing_told),
        cmocka_unit_test(without_an_answer_no_phase_is_told),
        cmocka_unit_test(the_largest_phase_is_named_with_its_share),
        cmocka_unit_test(the_option_that_would_lift_it_fits_the_run),
        cmocka_unit_test(a_limit_of_open_files_is_no_matter_of_jobs),
        cmocka_unit_test(auto_jobs_are_told_below_the_limit_of_open_files),
        cmocka_unit_test(the_processor_comes_before_the_phases),
        cmocka_unit_test(what_kept_urls_waiting_is_named_with_the_host),
        cmocka_unit_test(no_limit_is_advised_for_hosts_of_ones_own),
        cmocka_unit_test(a_part_is_told_the_limits_of_all_parts),
        cmocka_unit_test(disk_and_line_are_held_by_x_only_perhaps),
        cmocka_unit_test(a_time_limit_that_is_given_is_told_to_be_smaller),
        cmocka_unit_test(a_short_wait_is_not_told),
        cmocka_unit_test(hosts_with_as_many_urls_are_not_named),
        cmocka_unit_test(a_slow_host_among_many_is_named_with_its_pace),
        cmocka_unit_test(the_proxy_is_named_and_not_the_server),
        cmocka_unit_test(a_short_run_is_not_told_to_be_busy),
        cmocka_unit_test(a_run_of_no_length_is_told_nothing),
        cmocka_unit_test(hashing_is_no_matter_of_the_disk_alone),
        cmocka_unit_test(a_file_that_was_resumed_is_read_again),
        cmocka_unit_test(processors_are_those_that_the_mode_can_use),
        cmocka_unit_test(time_with_nothing_in_flight_is_told_with_its_cause),
        cmocka_unit_test(retries_are_counted_where_a_transfer_was_made),
        cmocka_unit_test(a_host_is_named_without_what_is_not_its_name),
        cmocka_unit_test(a_proxy_is_named_where_it_is_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
