/* The sentence under a run's summary, from figures that leave no doubt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/diagnosis.h"

static const uint64_t s = 1000000;

/* A run of ten transfers that took 10 s. */
struct bench {
    struct hl_diagnosis diagnosis;
    struct haul_options run;
    struct haul_stats stats;
    struct haul_loop_stats loop;
    double cpu_seconds;
    uint64_t files_limit;
    char text[HL_DIAGNOSIS_SIZE];
};

static void add(struct bench *bench, const char *url, struct haul_times times)
{
    bench->stats.requests++;
    bench->stats.attempts++;
    hl_diagnosis_add(
        &bench->diagnosis,
        &(struct haul_result){.url = url, .http_status = 200, .times = times});
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
        .seconds = seconds,
        .cpu_seconds = bench->cpu_seconds,
        .cores = cores,
        .files_limit = bench->files_limit,
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
        {{.connect = 4 * s, .tls = 3 * s, .wait = 3 * s}, "70 % of the tran"},
        {{.body = 9 * s, .wait = s}, "receiving; the line or the server"},
        {{.file = 6 * s, .wait = 4 * s}, "storing files; the disk"},
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
    struct bench few = {.run.jobs = 4, .stats.most_in_flight = 4};
    struct bench all = {.run.jobs = 10, .stats.most_in_flight = 10};
    struct bench some = {.run.jobs = 10, .stats.most_in_flight = 3};
    struct bench one = {.run.mode = HAUL_MODE_SEQUENTIAL,
                        .stats.most_in_flight = 1};
    struct bench sync = {.run.fsync = true};
    struct bench work = {.run.cpu_work_us = 600000};
    struct bench little = {.run.cpu_work_us = 400000};
    struct bench both = {.run = {.cpu_work_us = 400000, .fsync = true}};
    (void)state;
    ten(&few, (struct haul_times){.wait = s});
    ten(&some, (struct haul_times){.wait = s});
    ten(&all, (struct haul_times){.wait = s});
    ten(&one, (struct haul_times){.wait = s});
    ten(&sync, (struct haul_times){.file = s});
    ten(&work, (struct haul_times){.file = s});
    ten(&little, (struct haul_times){.file = s});
    ten(&both, (struct haul_times){.file = s});
    TELLS(&few, "-j 8 waits for more");
    TELLS(&all, "all were in flight at once");
    TELLS(&some, "at most 3 were in flight at once");
    TELLS(&one, "-m async");
    TELLS(&sync, "--fsync");
    TELLS(&work, "working on files; --cpu-work");
    TELLS(&little, "working on files and storing them; --cpu-work is part");
    TELLS(&both, "storing them; --cpu-work and --fsync are part");
}

static void a_limit_of_open_files_is_no_matter_of_jobs(void **state)
{
    struct bench full = {
        .run.jobs = 4, .stats.most_in_flight = 4, .files_limit = 64};
    struct bench some = full;
    (void)state;
    some.stats.most_in_flight = 3;
    ten(&full, (struct haul_times){.wait = s});
    ten(&some, (struct haul_times){.wait = s});
    TELLS(&full, "waiting for the server; the limit of 64 open files held it");
    TELLS(&some, "at most 3 were in flight at once");
}

static void what_held_the_run_comes_before_its_phases(void **state)
{
    struct bench held = {.stats.held_by_host_us = 6 * s};
    struct bench rate = {.run.limit_rate = 1000, .stats.bytes = 9500};
    struct bench starts = {.run.start_interval_ns = 1000000000};
    struct bench loop = {.loop = {.watched_us = 10 * s,
                                  .idle_us = s,
                                  .longest = "socket ready (poll)"}};
    struct bench second = loop;
    struct bench first = loop;
    struct bench cpu = {.cpu_seconds = 18};
    struct bench *all[] = {&held, &rate, &starts, &loop, &second, &first, &cpu};
    second.run.loops = 2;
    second.loop.loop = 2;
    first.run.loops = 2;
    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        ten(all[i], (struct haul_times){.wait = s});
    TELLS(&held, "-x (6 to one host)", "60 %", "-x 0 lifts that");
    TELLS(&rate, "--limit-rate", "95 %");
    TELLS(&starts, "--rate", "100 %");
    TELLS(&loop, "the loop was busy for 90 %", "socket ready (poll)",
          "--loops auto");
    TELLS(&second, "loop 2 was busy for 90 %", "socket ready (poll)",
          "(-j) will not help");
    TELLS(&first, "the loop that the others work for was busy for 90 %");
    TELLS(&cpu, "the processors were busy for 90 %");
}

static void a_host_that_says_it_is_busy_is_not_held_by_x(void **state)
{
    struct bench busy = {
        .stats = {.held_by_host_us = 6 * s, .held_by_answers_us = 5 * s}};
    struct bench less = {
        .stats = {.held_by_host_us = 6 * s, .held_by_answers_us = 2 * s}};
    (void)state;
    ten(&busy, (struct haul_times){.wait = s});
    ten(&less, (struct haul_times){.wait = s});
    TELLS(&busy, "answers of 429 or 503 lowered", "for 5.0 s, 50 %",
          "--no-adapt keeps to -x");
    TELLS(&less, "-x (6 to one host)", "60 %");
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
    hl_diagnosis_add(&bench.diagnosis, &hashed);
    TELLS(&bench, "storing and hashing files; the hashing or the disk");
    bench.run.fsync = true;
    TELLS(&bench, "storing and hashing files; --fsync is part of it");
}

static void the_rate_per_host_is_named_where_there_is_one(void **state)
{
    struct bench one = {.run.host_start_interval_ns = 1000000000};
    struct bench slower = {.run.host_start_interval_ns = 800000000};
    struct bench two = one;
    (void)state;
    ten(&one, (struct haul_times){.wait = s});
    ten(&slower, (struct haul_times){.wait = s});
    ten(&two, (struct haul_times){.wait = s});
    add(&two, "http://other/x", (struct haul_times){.wait = s});
    TELLS(&one, "--rate-per-host held it back", "100 % of the starts");
    assert_null(strstr(tell(&slower), "--rate-per-host"));
    assert_null(strstr(tell(&two), "--rate-per-host"));
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
    for (int i = 0; i < 10; i++)
        add(&bench, i % 2 ? "http://h/x" : "http://g/x",
            (struct haul_times){.wait = s});
    TELLS(&bench, "nothing was in flight for 60 % of the time: none was ready");
    bench.run.host_start_interval_ns = 500000000;
    TELLS(&bench, "60 % of the time: --rate-per-host held it back");
    bench.diagnosis.retries = 1;
    TELLS(&bench, "--rate-per-host held it back, and 1 retry had to wait");
    bench.run.host_start_interval_ns = 0;
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

static void a_host_that_takes_most_of_the_time_is_named(void **state)
{
    struct bench bench = {.run.jobs = 4};
    (void)state;
    for (int i = 0; i < 10; i++) {
        add(&bench, "http://quick.example/x", (struct haul_times){.wait = s});
        add(&bench, "https://u:p@slow.example:8443/x?@",
            (struct haul_times){.wait = 9 * s});
    }
    TELLS(&bench, "slow.example:8443 took 90 %", "waiting for the server");
    assert_null(strstr(bench.text, "u:p"));
}

static void hosts_that_share_the_time_are_not(void **state)
{
    struct bench bench = {.run.jobs = 4};
    (void)state;
    for (int i = 0; i < 9; i++)
        add(&bench,
            i % 3 == 0   ? "http://a/"
            : i % 3 == 1 ? "http://b/"
                         : "http://c/",
            (struct haul_times){.wait = s});
    assert_null(strstr(tell(&bench), "took"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_done_is_nothing_told),
        cmocka_unit_test(without_an_answer_no_phase_is_told),
        cmocka_unit_test(the_largest_phase_is_named_with_its_share),
        cmocka_unit_test(the_option_that_would_lift_it_fits_the_run),
        cmocka_unit_test(a_limit_of_open_files_is_no_matter_of_jobs),
        cmocka_unit_test(what_held_the_run_comes_before_its_phases),
        cmocka_unit_test(a_host_that_says_it_is_busy_is_not_held_by_x),
        cmocka_unit_test(a_short_run_is_not_told_to_be_busy),
        cmocka_unit_test(a_run_of_no_length_is_told_nothing),
        cmocka_unit_test(hashing_is_no_matter_of_the_disk_alone),
        cmocka_unit_test(the_rate_per_host_is_named_where_there_is_one),
        cmocka_unit_test(processors_are_those_that_the_mode_can_use),
        cmocka_unit_test(time_with_nothing_in_flight_is_told_with_its_cause),
        cmocka_unit_test(retries_are_counted_where_a_transfer_was_made),
        cmocka_unit_test(a_host_that_takes_most_of_the_time_is_named),
        cmocka_unit_test(hosts_that_share_the_time_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
