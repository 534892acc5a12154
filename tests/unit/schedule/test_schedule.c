/* The schedule and its judgement of hosts, over a clock of the test's own. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "schedule/outage.h"
#include "schedule/schedule.h"

static const uint64_t second = 1000000000u;
static char dir[] = "/tmp/haul-schedule-XXXXXX";

/* Where the spill lies. */
static int open_dir(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chdir(dir), 0);
    return mkdir(".haul", 0777);
}

static int close_dir(void **state)
{
    (void)state;
    return rmdir(".haul") | rmdir(dir);
}

struct bench {
    struct hl_schedule schedule;
    uint64_t now;
    unsigned look_ups;
    struct hl_host *asked;
};

static enum hl_lookup_state lookup(void *arg, const char *origin)
{
    (void)arg;
    return strstr(origin, "named") != NULL ? HL_LOOKUP_WANTED
                                           : HL_LOOKUP_NEEDLESS;
}

static int look_up(void *arg, struct hl_host *host)
{
    struct bench *bench = arg;
    bench->look_ups++;
    bench->asked = host;
    return 0;
}

static void forget(void *arg, struct hl_host *host)
{
    (void)arg, (void)host;
}

static void open_bench(struct bench *bench, uint32_t jobs, uint32_t per_host)
{
    *bench = (struct bench){.now = 1000 * second};
    const struct hl_schedule_options options = {
        .jobs = jobs,
        .hosts =
            {
                .max_per_host = per_host,
                .adapt = true,
                .give_up = 5,
                .retry_delay_ms = 1000,
                .lookup = lookup,
                .look_up = look_up,
                .forget = forget,
                .arg = bench,
            },
    };
    assert_int_equal(hl_schedule_init(&bench->schedule, &options, AT_FDCWD), 0);
}

static void close_bench(struct bench *bench)
{
    struct hl_task *task;
    while ((task = hl_schedule_pop_any(&bench->schedule)) != NULL)
        hl_task_free(task);
    hl_schedule_release(&bench->schedule);
}

static void add(struct bench *bench, const char *origin, unsigned count)
{
    const struct hl_task_strings strings = {.key = origin, .url = origin};
    for (unsigned i = 0; i < count; i++) {
        struct hl_task *task = hl_task_new(&strings);
        assert_non_null(task);
        task->line = i;
        assert_int_equal(
            hl_schedule_add(&bench->schedule, task, origin, false, bench->now),
            0);
    }
}

static struct hl_task *take(struct bench *bench)
{
    return hl_schedule_take(&bench->schedule, bench->now);
}

static enum haul_held held(const struct bench *bench)
{
    return hl_schedule_held(&bench->schedule, false, false, bench->now);
}

static void finish(struct bench *bench, struct hl_task *task,
                   enum hl_host_answer answer)
{
    hl_schedule_done(&bench->schedule, task, answer, bench->now);
    hl_task_free(task);
}

/* Takes and ends count tasks, one after another. */
static void answer(struct bench *bench, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct hl_task *task = take(bench);
        assert_non_null(task);
        finish(bench, task, HL_HOST_ANSWER_ANSWERED);
    }
}

static unsigned take_all(struct bench *bench, struct hl_task *tasks[])
{
    unsigned count = 0;
    while ((tasks[count] = take(bench)) != NULL)
        count++;
    return count;
}

static void a_host_gets_no_more_than_its_cap(void **state)
{
    struct bench bench;
    struct hl_task *tasks[64];
    (void)state;
    open_bench(&bench, 32, 6);
    add(&bench, "http://a:80", 20);
    unsigned count = take_all(&bench, tasks);
    assert_int_equal(count, 6);
    assert_int_equal(held(&bench), HAUL_HELD_BY_CAP);
    finish(&bench, tasks[0], HL_HOST_ANSWER_ANSWERED);
    tasks[0] = take(&bench);
    assert_non_null(tasks[0]);
    assert_null(take(&bench));
    for (unsigned i = 0; i < count; i++)
        finish(&bench, tasks[i], HL_HOST_ANSWER_ANSWERED);
    close_bench(&bench);
}

static void hosts_are_served_in_turn(void **state)
{
    struct bench bench;
    struct hl_task *tasks[64];
    unsigned of_b = 0;
    (void)state;
    open_bench(&bench, 4, 6);
    add(&bench, "http://a:80", 100);
    add(&bench, "http://b:80", 100);
    unsigned count = take_all(&bench, tasks);
    assert_int_equal(count, 4);
    for (unsigned i = 0; i < count; i++) {
        of_b += strcmp(tasks[i]->url, "http://b:80") == 0;
        finish(&bench, tasks[i], HL_HOST_ANSWER_ANSWERED);
    }
    assert_int_equal(of_b, 2);
    close_bench(&bench);
}

static void a_long_queue_is_spilled_and_comes_back_in_order(void **state)
{
    struct bench bench;
    (void)state;
    open_bench(&bench, 4, 1);
    add(&bench, "http://a:80", 5000);
    assert_true(bench.schedule.spilled > 4900);
    for (unsigned i = 0; i < 5000; i++) {
        struct hl_task *task = take(&bench);
        assert_non_null(task);
        assert_int_equal(task->line, i);
        finish(&bench, task, HL_HOST_ANSWER_ANSWERED);
    }
    assert_int_equal(bench.schedule.queued, 0);
    assert_int_equal(bench.schedule.spilled, 0);
    close_bench(&bench);
}

static void a_host_that_cannot_be_reached_is_probed_and_given_up(void **state)
{
    struct bench bench;
    struct hl_task *tasks[64];
    enum haul_error why;
    unsigned probes = 0;
    (void)state;
    open_bench(&bench, 32, 6);
    add(&bench, "http://dead:80", 100);
    unsigned count = take_all(&bench, tasks);
    bench.now += 10 * second;
    for (unsigned i = 0; i < count; i++)
        finish(&bench, tasks[i], HL_HOST_ANSWER_UNREACHABLE);
    for (unsigned i = 0; i < 100; i++) {
        struct hl_task *task = take(&bench);
        if (task != NULL) {
            assert_null(take(&bench)); /* one at a time */
            probes++;
            bench.now += 10 * second;
            finish(&bench, task, HL_HOST_ANSWER_UNREACHABLE);
        } else if (bench.schedule.hosts.lists[HL_HOST_FAILING] == NULL) {
            bench.now = hl_schedule_next_ns(&bench.schedule, bench.now);
            assert_true(bench.now < UINT64_MAX);
        }
    }
    assert_in_range(probes, 3, 6);
    unsigned failed = 0;
    struct hl_task *task;
    while ((task = hl_schedule_pop_failing(&bench.schedule, bench.now, &why))) {
        assert_int_equal(why, HAUL_ERR_HOST);
        hl_task_free(task);
        failed++;
    }
    assert_int_equal(failed, 100 - count - probes);
    /* And so does what comes later. */
    add(&bench, "http://dead:80", 1);
    assert_null(take(&bench));
    task = hl_schedule_pop_failing(&bench.schedule, bench.now, &why);
    assert_non_null(task);
    hl_task_free(task);
    close_bench(&bench);
}

static void an_answer_ends_the_probing(void **state)
{
    struct bench bench;
    struct hl_task *tasks[64];
    (void)state;
    open_bench(&bench, 32, 6);
    add(&bench, "http://a:80", 100);
    finish(&bench, take(&bench), HL_HOST_ANSWER_UNREACHABLE);
    bench.now += 2 * second;
    finish(&bench, take(&bench), HL_HOST_ANSWER_ANSWERED);
    unsigned count = take_all(&bench, tasks);
    assert_int_equal(count, 6);
    for (unsigned i = 0; i < count; i++)
        finish(&bench, tasks[i], HL_HOST_ANSWER_ANSWERED);
    close_bench(&bench);
}

static void dead_hosts_leave_slots_to_the_living(void **state)
{
    struct bench bench;
    struct hl_task *tasks[128];
    unsigned living = 0;
    char origin[32];
    (void)state;
    open_bench(&bench, 64, 6);
    add(&bench, "http://living:80", 200);
    answer(&bench, 1);
    for (int i = 0; i < 200; i++) {
        snprintf(origin, sizeof(origin), "http://dead%d:80", i);
        add(&bench, origin, 3);
    }
    unsigned count = take_all(&bench, tasks);
    assert_int_equal(count, 56 + 6);
    for (unsigned i = 0; i < count; i++) {
        living += strstr(tasks[i]->url, "living") != NULL;
        finish(&bench, tasks[i], HL_HOST_ANSWER_NONE);
    }
    assert_int_equal(living, 6);
    close_bench(&bench);
}

static void slots_that_are_kept_for_hosts_that_answer_are_not_idle(void **state)
{
    struct bench bench;
    struct hl_task *tasks[64];
    char origin[32];
    (void)state;
    open_bench(&bench, 16, 6);
    add(&bench, "http://alive:80", 1);
    answer(&bench, 1);
    assert_null(take(&bench));
    assert_false(hl_hosts_may_start(&bench.schedule.hosts));
    for (int i = 0; i < 30; i++) {
        snprintf(origin, sizeof(origin), "http://new%d:80", i);
        add(&bench, origin, 1);
    }
    unsigned count = take_all(&bench, tasks);
    assert_int_equal(count, 14);
    assert_true(hl_hosts_may_start(&bench.schedule.hosts));
    for (unsigned i = 0; i < count; i++)
        finish(&bench, tasks[i], HL_HOST_ANSWER_ANSWERED);
    close_bench(&bench);
}

static void a_busy_host_is_asked_for_less_and_then_for_more(void **state)
{
    struct bench bench;
    struct hl_task *tasks[64];
    (void)state;
    open_bench(&bench, 32, 8);
    add(&bench, "http://a:80", 400);
    assert_int_equal(take_all(&bench, tasks), 8);
    for (unsigned i = 0; i < 8; i++)
        finish(&bench, tasks[i], HL_HOST_ANSWER_BUSY);
    bench.now += second / 1000;
    assert_int_equal(take_all(&bench, tasks), 4);
    assert_int_equal(held(&bench), HAUL_HELD_BY_BUSY);
    for (unsigned i = 0; i < 4; i++)
        finish(&bench, tasks[i], HL_HOST_ANSWER_BUSY);
    assert_int_equal(take_all(&bench, tasks), 2);
    for (unsigned i = 0; i < 2; i++)
        finish(&bench, tasks[i], HL_HOST_ANSWER_ANSWERED);
    answer(&bench, 100);
    assert_int_equal(take_all(&bench, tasks), 8);
    assert_int_equal(held(&bench), HAUL_HELD_BY_CAP);
    for (unsigned i = 0; i < 8; i++)
        finish(&bench, tasks[i], HL_HOST_ANSWER_ANSWERED);
    close_bench(&bench);
}

static void one_busy_host_of_many_does_not_hold_the_run(void **state)
{
    struct bench bench;
    struct hl_task *tasks[64];
    (void)state;
    open_bench(&bench, 32, 2);
    add(&bench, "http://a:80", 9);
    assert_int_equal(take_all(&bench, tasks), 2);
    finish(&bench, tasks[0], HL_HOST_ANSWER_BUSY);
    assert_int_equal(held(&bench), HAUL_HELD_BY_BUSY);
    add(&bench, "http://b:80", 9);
    assert_int_equal(take_all(&bench, tasks + 2), 2);
    assert_int_equal(held(&bench), HAUL_HELD_BY_CAP);
    for (unsigned i = 1; i < 4; i++)
        finish(&bench, tasks[i], HL_HOST_ANSWER_NONE);
    close_bench(&bench);
}

static void hosts_without_an_answer_are_not_held_by_their_cap(void **state)
{
    struct bench bench;
    struct hl_task *tasks[64];
    char origin[32];
    (void)state;
    open_bench(&bench, 256, UINT32_MAX);
    for (unsigned i = 0; i < 40; i++) {
        snprintf(origin, sizeof(origin), "http://127.0.0.%u:80", i + 1);
        add(&bench, origin, 2);
    }
    unsigned count = take_all(&bench, tasks);
    assert_in_range(count, 40, 63);
    assert_int_equal(held(&bench), HAUL_HELD_NOT);
    for (unsigned i = 0; i < count; i++)
        finish(&bench, tasks[i], HL_HOST_ANSWER_NONE);
    close_bench(&bench);
}

static void a_paused_host_waits_and_the_others_do_not(void **state)
{
    struct bench bench;
    (void)state;
    open_bench(&bench, 32, 1);
    add(&bench, "http://a:80", 2);
    struct hl_task *task = take(&bench);
    hl_schedule_pause(&bench.schedule, task, bench.now + 5 * second, bench.now);
    finish(&bench, task, HL_HOST_ANSWER_BUSY);
    add(&bench, "http://b:80", 1);
    answer(&bench, 1);
    assert_null(take(&bench));
    assert_int_equal(hl_schedule_next_ns(&bench.schedule, bench.now),
                     bench.now + 5 * second);
    bench.now += 5 * second;
    answer(&bench, 1);
    close_bench(&bench);
}

static struct hl_addresses *two_addresses(void)
{
    struct hl_addresses *addresses =
        calloc(1, sizeof(*addresses) + 2 * HL_ADDRESS_SIZE);
    assert_non_null(addresses);
    addresses->count = 2;
    snprintf(addresses->text[0], HL_ADDRESS_SIZE, "10.0.0.1");
    snprintf(addresses->text[1], HL_ADDRESS_SIZE, "10.0.0.2");
    return addresses;
}

static void a_name_is_looked_up_once_and_its_addresses_are_tried(void **state)
{
    struct bench bench;
    (void)state;
    open_bench(&bench, 32, 6);
    add(&bench, "http://named:80", 10);
    assert_int_equal(bench.look_ups, 1);
    assert_null(take(&bench));
    assert_null(hl_schedule_looked_up(&bench.schedule, bench.asked,
                                      two_addresses(), HAUL_OK, bench.now));
    struct hl_task *a = take(&bench);
    struct hl_task *b = take(&bench);
    assert_string_equal(a->job.address, "10.0.0.1");
    assert_string_equal(b->job.address, "10.0.0.1");
    /* Both found the first address dead: it is given up once. */
    assert_true(hl_schedule_done(&bench.schedule, a, HL_HOST_ANSWER_UNREACHABLE,
                                 bench.now));
    assert_true(hl_schedule_done(&bench.schedule, b, HL_HOST_ANSWER_UNREACHABLE,
                                 bench.now));
    hl_task_free(b);
    b = take(&bench);
    assert_string_equal(b->job.address, "10.0.0.2");
    /* The last address too: now the host cannot be reached. */
    assert_false(hl_schedule_done(&bench.schedule, b,
                                  HL_HOST_ANSWER_UNREACHABLE, bench.now));
    assert_null(take(&bench));
    hl_task_free(a);
    hl_task_free(b);
    assert_int_equal(bench.look_ups, 1);
    close_bench(&bench);
}

static void tasks_of_a_name_that_does_not_exist_fail_for_a_while(void **state)
{
    struct bench bench;
    enum haul_error why;
    unsigned count = 0;
    struct hl_task *task;
    (void)state;
    open_bench(&bench, 32, 6);
    add(&bench, "http://named:80", 500);
    assert_null(hl_schedule_looked_up(&bench.schedule, bench.asked, NULL,
                                      HAUL_ERR_NODOMAIN, bench.now));
    while ((task = hl_schedule_pop_failing(&bench.schedule, bench.now, &why))) {
        assert_int_equal(why, HAUL_ERR_NODOMAIN);
        hl_task_free(task);
        count++;
    }
    assert_int_equal(count, 500);
    assert_int_equal(bench.look_ups, 1);
    bench.now += 31 * second;
    add(&bench, "http://named:80", 1);
    assert_int_equal(bench.look_ups, 2);
    close_bench(&bench);
}

/* One task for each of so many hosts, one after another. @return how many of
 * them close their connection. */
static unsigned closed_of(struct bench *bench, unsigned first, unsigned hosts)
{
    char origin[32];
    unsigned closed = 0;
    for (unsigned i = 0; i < hosts; i++) {
        snprintf(origin, sizeof(origin), "http://h%u:80", first + i);
        add(bench, origin, 1);
        struct hl_task *task = take(bench);
        assert_non_null(task);
        closed += task->job.close_after;
        finish(bench, task, HL_HOST_ANSWER_ANSWERED);
    }
    return closed;
}

static void hosts_that_come_again_keep_their_connection(void **state)
{
    struct bench bench;
    (void)state;
    open_bench(&bench, 2, 6);
    bench.schedule.returns.idle_max = 100;
    /* The first four are no more than twice the slots. */
    assert_int_equal(closed_of(&bench, 0, 60), 56);
    /* After three of them it shows that they come again. */
    assert_int_equal(closed_of(&bench, 0, 60), 2);
    assert_int_equal(closed_of(&bench, 0, 60), 0);
    /* Others, which do not: it takes a while to show. */
    assert_int_equal(closed_of(&bench, 1000, 4000) > 2000, 1);
    assert_int_equal(closed_of(&bench, 5000, 100), 100);
    close_bench(&bench);
}

static void a_connection_that_would_wait_too_long_is_closed(void **state)
{
    struct bench bench;
    (void)state;
    open_bench(&bench, 2, 6);
    /* Before a host comes again, 59 others do. */
    bench.schedule.returns.idle_max = 59;
    closed_of(&bench, 0, 60);
    assert_int_equal(closed_of(&bench, 0, 60), 60);
    bench.schedule.returns.idle_max = 60;
    assert_int_not_equal(closed_of(&bench, 0, 60), 60);
    close_bench(&bench);
}

static void a_host_with_tasks_keeps_its_connection(void **state)
{
    struct bench bench;
    (void)state;
    open_bench(&bench, 2, 6);
    assert_int_equal(closed_of(&bench, 0, 60), 56);
    add(&bench, "http://a:80", 2);
    struct hl_task *first = take(&bench);
    struct hl_task *last = take(&bench);
    assert_false(first->job.close_after);
    assert_true(last->job.close_after);
    finish(&bench, first, HL_HOST_ANSWER_ANSWERED);
    finish(&bench, last, HL_HOST_ANSWER_ANSWERED);
    close_bench(&bench);
}

static void starts_are_paced(void **state)
{
    struct bench bench;
    unsigned count = 0;
    (void)state;
    open_bench(&bench, 1000, 1000);
    bench.schedule.start_ns = second / 100;
    add(&bench, "http://a:80", 900);
    uint64_t end = bench.now + 5 * second;
    while (bench.now < end) {
        struct hl_task *task = take(&bench);
        if (task != NULL) {
            finish(&bench, task, HL_HOST_ANSWER_ANSWERED);
            count++;
            continue;
        }
        bench.now = hl_schedule_next_ns(&bench.schedule, bench.now);
    }
    assert_in_range(count, 500, 510);
    close_bench(&bench);
}

static void silence_of_all_hosts_is_an_outage(void **state)
{
    struct hl_outage outage = {0};
    uint64_t now = 100 * second;
    (void)state;
    /* Nothing has answered yet: the ordinary rules apply. */
    assert_false(hl_outage_failed(&outage, "http://a:80", now, now));
    assert_false(hl_outage_answered(&outage, now));
    assert_false(hl_outage_failed(&outage, "http://a:80", now + second,
                                  now + 9 * second));
    /* Others have been answered since this one began. */
    assert_false(hl_outage_failed(&outage, "http://a:80", now - second,
                                  now + 10 * second));
    assert_true(hl_outage_failed(&outage, "http://a:80", now + second,
                                 now + 10 * second));
    now += 10 * second;
    assert_false(hl_outage_try_start(&outage, now));
    assert_true(hl_outage_try_start(&outage, now + second));
    assert_false(hl_outage_try_start(&outage, now + second));
    hl_outage_probe_ended(&outage);
    assert_false(hl_outage_try_start(&outage, now + second));
    assert_true(hl_outage_try_start(&outage, now + 2 * second));
    assert_int_equal(hl_outage_lasted_ns(&outage, now + 60 * second),
                     60 * second);
    assert_string_equal(hl_outage_host(&outage), "http://a:80");
    assert_int_equal(outage.silent_ns, now - second);
    assert_false(
        hl_outage_failed(&outage, "http://b:80", now, now + 3 * second));
    assert_string_equal(hl_outage_host(&outage), "");
    assert_true(hl_outage_answered(&outage, now + 60 * second));
    assert_true(hl_outage_try_start(&outage, now + 60 * second));
    assert_false(hl_outage_failed(&outage, "http://b:80", now + 61 * second,
                                  now + 62 * second));
    assert_string_equal(hl_outage_host(&outage), "http://b:80");
    /* A host whose name begins like that of another. */
    assert_false(hl_outage_failed(&outage, "http://b:8", now + 61 * second,
                                  now + 62 * second));
    assert_string_equal(hl_outage_host(&outage), "");
}

/* What keeps a task of a waiting, from the start of the bench on. */
static enum haul_held held_after(struct bench *bench,
                                 enum hl_host_answer answer)
{
    add(bench, "http://a:80", 9);
    struct hl_task *task = take(bench);
    if (answer == HL_HOST_ANSWER_BUSY)
        hl_schedule_pause(&bench->schedule, task, bench->now + second,
                          bench->now);
    finish(bench, task, answer);
    while ((task = take(bench)) != NULL)
        finish(bench, task, HL_HOST_ANSWER_NONE);
    return held(bench);
}

static void what_keeps_tasks_waiting_is_told_apart(void **state)
{
    struct bench bench;
    (void)state;
    open_bench(&bench, 32, 1);
    assert_int_equal(held(&bench), HAUL_HELD_NOT);
    assert_int_equal(hl_schedule_held(&bench.schedule, false, true, bench.now),
                     HAUL_HELD_BY_RETRY);
    assert_int_equal(held_after(&bench, HL_HOST_ANSWER_BUSY),
                     HAUL_HELD_BY_PAUSE);
    close_bench(&bench);
    open_bench(&bench, 32, 1);
    assert_int_equal(held_after(&bench, HL_HOST_ANSWER_UNREACHABLE),
                     HAUL_HELD_BY_SILENCE);
    close_bench(&bench);
    open_bench(&bench, 32, 1);
    bench.schedule.host_start_ns = second;
    assert_int_equal(held_after(&bench, HL_HOST_ANSWER_ANSWERED),
                     HAUL_HELD_BY_RATE);
    close_bench(&bench);
    open_bench(&bench, 32, 1);
    bench.schedule.start_ns = second;
    assert_int_equal(held_after(&bench, HL_HOST_ANSWER_ANSWERED),
                     HAUL_HELD_BY_START);
    close_bench(&bench);
    open_bench(&bench, 32, 1);
    add(&bench, "http://named:80", 2);
    assert_null(take(&bench));
    assert_int_equal(held(&bench), HAUL_HELD_BY_LOOKUP);
    close_bench(&bench);
}

static uint64_t by_cap(const struct haul_host_stats *host)
{
    return host->held_us[HAUL_HELD_BY_CAP];
}

static uint64_t by_urls(const struct haul_host_stats *host)
{
    return host->urls;
}

static uint64_t by_alone(const struct haul_host_stats *host)
{
    return host->alone_us;
}

/* The clock of the holds runs while the run says so, and only then. */
static void a_host_is_told_with_what_it_held(void **state)
{
    struct bench bench;
    struct haul_host_stats top[4];
    struct hl_task *tasks[8];
    (void)state;
    open_bench(&bench, 32, 2);
    struct hl_hosts *hosts = &bench.schedule.hosts;
    add(&bench, "http://127.0.0.7:80", 3);
    add(&bench, "http://b:80", 1);
    assert_int_equal(take_all(&bench, tasks), 3);
    bench.now += second; /* not held: not counted */
    hl_holds_note(&hosts->holds, held(&bench), bench.now);
    bench.now += 2 * second;
    struct hl_task *b = strstr(tasks[1]->url, "b:") ? tasks[1] : tasks[2];
    struct hl_task *a = b == tasks[1] ? tasks[2] : tasks[1];
    finish(&bench, b, HL_HOST_ANSWER_ANSWERED);
    finish(&bench, tasks[0], HL_HOST_ANSWER_ANSWERED);
    hl_holds_note(&hosts->holds, HAUL_HELD_NOT, bench.now);
    tasks[0] = take(&bench);
    bench.now += 5 * second;
    finish(&bench, tasks[0], HL_HOST_ANSWER_ANSWERED);
    finish(&bench, a, HL_HOST_ANSWER_ANSWERED);
    assert_int_equal(hl_hosts_top(hosts, by_cap, top, 4), 1);
    assert_string_equal(top[0].origin, "http://127.0.0.7:80");
    assert_int_equal(top[0].held_us[HAUL_HELD_BY_CAP], 2000000);
    assert_int_equal(top[0].urls, 3);
    assert_string_equal(top[0].address, "127.0.0.7");
    assert_int_equal(hosts->holds.ns[HAUL_HELD_BY_CAP], 2 * second);
    assert_int_equal(hl_hosts_top(hosts, by_alone, top, 4), 1);
    assert_int_equal(top[0].alone_us, 5000000);
    assert_int_equal(hl_hosts_top(hosts, by_urls, top, 4), 2);
    assert_int_equal(hl_hosts_top(hosts, by_urls, top, 1), 1);
    assert_int_equal(top[0].urls, 3);
    close_bench(&bench);
}

/* The host that could not be reached has no URL left when its pause ends. */
static void
the_end_of_an_idle_hosts_pause_takes_no_time_alone_away(void **state)
{
    struct bench bench;
    struct haul_host_stats top[4];
    struct hl_task *tasks[8];
    (void)state;
    open_bench(&bench, 32, 2);
    add(&bench, "http://127.0.0.7:80", 1);
    add(&bench, "http://127.0.0.8:80", 1);
    assert_int_equal(take_all(&bench, tasks), 2);
    bool is_first = strstr(tasks[0]->url, ".8:") != NULL;
    finish(&bench, tasks[is_first ? 0 : 1], HL_HOST_ANSWER_UNREACHABLE);
    bench.now += 100 * second;
    assert_null(take(&bench));
    bench.now += 100 * second;
    finish(&bench, tasks[is_first ? 1 : 0], HL_HOST_ANSWER_ANSWERED);
    assert_int_equal(hl_hosts_top(&bench.schedule.hosts, by_alone, top, 4), 1);
    assert_string_equal(top[0].origin, "http://127.0.0.7:80");
    assert_int_equal(top[0].alone_us, 200000000);
    close_bench(&bench);
}

/* Hosts that are done are forgotten, but for those that took most. */
static void the_hosts_that_took_most_are_kept(void **state)
{
    struct bench bench;
    struct haul_host_stats top[2];
    char origin[32];
    (void)state;
    open_bench(&bench, 32, 2);
    struct hl_hosts *hosts = &bench.schedule.hosts;
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(origin, sizeof(origin), "http://10.0.%u.%u:80", i / 250,
                 i % 250);
        add(&bench, origin, i == 100 ? 3 : 1);
        struct hl_host *host = hl_host_get(hosts, origin);
        host->figures.spent.total = i == 100 ? 9000000 : i;
        answer(&bench, i == 100 ? 3 : 1);
    }
    assert_true(hosts->count < 5000);
    assert_int_equal(hl_hosts_top(hosts, by_urls, top, 2), 2);
    assert_string_equal(top[0].origin, "http://10.0.0.100:80");
    assert_int_equal(top[0].urls, 3);
    assert_string_equal(top[0].address, "10.0.0.100");
    /* It comes back, and is one host still. */
    add(&bench, "http://10.0.0.100:80", 2);
    assert_int_equal(hl_hosts_top(hosts, by_urls, top, 2), 2);
    assert_int_equal(top[0].urls, 5);
    assert_int_equal(top[1].urls, 1);
    close_bench(&bench);
}

static void a_host_rests_as_long_as_it_is_asked_to(void **state)
{
    struct bench bench;
    (void)state;
    open_bench(&bench, 4, 1);
    bench.schedule.host_rest = 3000;
    add(&bench, "http://a", 3);
    struct hl_task *task = take(&bench);
    assert_non_null(task);
    bench.now += 2 * second;
    finish(&bench, task, HL_HOST_ANSWER_ANSWERED);
    assert_null(take(&bench));
    assert_int_equal(held(&bench), HAUL_HELD_BY_CAP);
    assert_true(hl_schedule_next_ns(&bench.schedule, bench.now) ==
                bench.now + 6 * second);
    bench.now += 6 * second - 1;
    assert_null(take(&bench));
    bench.now += 1;
    task = take(&bench);
    assert_non_null(task);
    /* The next rest goes by the next task. */
    bench.now += second;
    finish(&bench, task, HL_HOST_ANSWER_ANSWERED);
    assert_true(hl_schedule_next_ns(&bench.schedule, bench.now) ==
                bench.now + 3 * second);
    close_bench(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_gets_no_more_than_its_cap),
        cmocka_unit_test(hosts_are_served_in_turn),
        cmocka_unit_test(a_long_queue_is_spilled_and_comes_back_in_order),
        cmocka_unit_test(a_host_that_cannot_be_reached_is_probed_and_given_up),
        cmocka_unit_test(an_answer_ends_the_probing),
        cmocka_unit_test(dead_hosts_leave_slots_to_the_living),
        cmocka_unit_test(
            slots_that_are_kept_for_hosts_that_answer_are_not_idle),
        cmocka_unit_test(a_busy_host_is_asked_for_less_and_then_for_more),
        cmocka_unit_test(one_busy_host_of_many_does_not_hold_the_run),
        cmocka_unit_test(hosts_without_an_answer_are_not_held_by_their_cap),
        cmocka_unit_test(a_paused_host_waits_and_the_others_do_not),
        cmocka_unit_test(a_name_is_looked_up_once_and_its_addresses_are_tried),
        cmocka_unit_test(tasks_of_a_name_that_does_not_exist_fail_for_a_while),
        cmocka_unit_test(hosts_that_come_again_keep_their_connection),
        cmocka_unit_test(a_connection_that_would_wait_too_long_is_closed),
        cmocka_unit_test(a_host_with_tasks_keeps_its_connection),
        cmocka_unit_test(starts_are_paced),
        cmocka_unit_test(a_host_rests_as_long_as_it_is_asked_to),
        cmocka_unit_test(silence_of_all_hosts_is_an_outage),
        cmocka_unit_test(what_keeps_tasks_waiting_is_told_apart),
        cmocka_unit_test(a_host_is_told_with_what_it_held),
        cmocka_unit_test(
            the_end_of_an_idle_hosts_pause_takes_no_time_alone_away),
        cmocka_unit_test(the_hosts_that_took_most_are_kept),
    };
    return cmocka_run_group_tests(tests, open_dir, close_dir);
}
