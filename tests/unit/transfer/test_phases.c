/* How the time of an attempt is divided, and since when a loop's event was
 * there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "transfer/job.h"
#include "transfer/loop_turn.h"
#include "transfer/phases.h"

static const uint64_t us = 1000;
static const uint64_t ms = 1000000;

static struct haul_times times_of(const struct hl_phases *phases)
{
    struct haul_times times;
    hl_phases_times(phases, &times);
    assert_int_equal(times.total, hl_times_sum(&times));
    assert_int_equal(times.total, (phases->at_ns - phases->begun_ns) / us);
    return times;
}

static void phases_follow_each_other_and_add_up(void **state)
{
    struct hl_phases p;
    (void)state;
    hl_phases_init(&p, 5 * us);
    /* The attempt starts when libcurl begins with it. */
    hl_phases_begin(&p, 10 * us);
    hl_phases_enter(&p, HL_PHASE_CONNECT, 11 * us);
    hl_phases_enter(&p, HL_PHASE_TLS, 13 * us);
    hl_phases_enter(&p, HL_PHASE_WAIT, 16 * us);
    hl_phases_enter(&p, HL_PHASE_BODY, 20 * us);
    hl_phases_enter(&p, HL_PHASE_READY, 25 * us);
    hl_phases_enter(&p, HL_PHASE_WORK, 31 * us);
    hl_phases_enter(&p, HL_PHASE_FILE, 38 * us);
    hl_phases_enter(&p, HL_PHASE_READY, 46 * us);
    struct haul_times t = times_of(&p);
    assert_int_equal(p.begun_ns, 10 * us);
    assert_int_equal(t.dns, 1);
    assert_int_equal(t.connect, 2);
    assert_int_equal(t.tls, 3);
    assert_int_equal(t.wait, 4);
    assert_int_equal(t.body, 5);
    assert_int_equal(t.ready, 6);
    assert_int_equal(t.work, 7);
    assert_int_equal(t.file, 8);
    assert_int_equal(p.ready_first_ns, 0);
}

static void what_had_come_before_is_ready_since_then(void **state)
{
    struct hl_phases p;
    (void)state;
    hl_phases_init(&p, 10 * us);
    hl_phases_begin(&p, 10 * us);
    hl_phases_enter(&p, HL_PHASE_WAIT, 10 * us);
    hl_phases_late(&p, 30 * us, 70 * us);
    hl_phases_enter(&p, HL_PHASE_BODY, 71 * us);
    /* Of what is accounted for already, nothing is taken back. */
    hl_phases_late(&p, 60 * us, 80 * us);
    hl_phases_late(&p, 60 * us, 80 * us);
    hl_phases_late(&p, 90 * us, 85 * us);
    hl_phases_enter(&p, HL_PHASE_FILE, 90 * us);
    struct haul_times t = times_of(&p);
    assert_int_equal(t.wait, 21);
    assert_int_equal(t.ready, 49);
    assert_int_equal(p.ready_first_ns, 40 * us);
    assert_int_equal(t.body, 10);
}

static void another_try_goes_on_in_the_same_attempt(void **state)
{
    struct hl_phases p;
    (void)state;
    hl_phases_init(&p, 10 * us);
    hl_phases_begin(&p, 20 * us);
    hl_phases_enter(&p, HL_PHASE_WAIT, 20 * us);
    hl_phases_enter(&p, HL_PHASE_BODY, 30 * us);
    hl_phases_enter(&p, HL_PHASE_READY, 40 * us);
    hl_phases_again(&p, 41 * us);
    hl_phases_begin(&p, 45 * us);
    hl_phases_enter(&p, HL_PHASE_WAIT, 45 * us);
    hl_phases_enter(&p, HL_PHASE_READY, 60 * us);
    struct haul_times t = times_of(&p);
    assert_int_equal(p.begun_ns, 20 * us);
    assert_int_equal(t.wait, 25);
    assert_int_equal(t.ready, 5);
    assert_int_equal(p.ready_first_ns, 4 * us);
}

static void the_line_of_the_pool_is_a_part_of_the_phase(void **state)
{
    struct hl_phases p;
    (void)state;
    hl_phases_init(&p, 10 * us);
    hl_phases_begin(&p, 10 * us);
    hl_phases_enter(&p, HL_PHASE_READY, 20 * us);
    hl_phases_hand_over(&p, 23 * us);
    hl_phases_take_up(&p, 30 * us);
    hl_phases_enter(&p, HL_PHASE_FILE, 30 * us);
    hl_phases_hand_over(&p, 30 * us);
    hl_phases_take_up(&p, 34 * us);
    hl_phases_enter(&p, HL_PHASE_READY, 40 * us);
    struct haul_times t = times_of(&p);
    assert_int_equal(t.ready, 10);
    assert_int_equal(t.file, 10);
    assert_int_equal(p.ready_pool_ns, 7 * us);
    assert_int_equal(p.file_pool_ns, 4 * us);
}

/* Two connections over which bytes come. */
struct bench {
    uv_loop_t loop;
    struct hl_loop_turn turn;
    uv_timer_t block;
    uv_poll_t polls[2];
    int fds[2];
    int peers[2];
    uint64_t sent_ns;
    uint64_t from_ns[2];
    uint64_t at_ns[2];
    unsigned served;
};

static void spend(uint64_t ns)
{
    uint64_t end = uv_hrtime() + ns;
    while (uv_hrtime() < end)
        nanosleep(&(struct timespec){.tv_nsec = (long)ms}, NULL);
}

static void connect_pair(int fds[2])
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (void *)&address, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (void *)&address, &size), 0);
    fds[0] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fds[0], (void *)&address, size), 0);
    fds[1] = accept(listener, NULL, NULL);
    assert_true(fds[1] >= 0);
    close(listener);
}

static void on_uv_poll(uv_poll_t *poll, int status, int events)
{
    struct bench *b = poll->loop->data;
    unsigned i = (unsigned)(poll - b->polls);
    (void)status, (void)events;
    b->at_ns[b->served] = uv_hrtime();
    b->from_ns[b->served] =
        hl_loop_turn_event(&b->turn, b->fds[i], b->at_ns[b->served]);
    b->served++;
    uv_poll_stop(poll);
    spend(60 * ms);
}

static void send_all(struct bench *b)
{
    b->sent_ns = uv_hrtime();
    for (int i = 0; i < 2; i++)
        assert_int_equal(write(b->peers[i], "x", 1), 1);
}

static void on_uv_block(uv_timer_t *timer)
{
    struct bench *b = timer->loop->data;
    spend(60 * ms);
    send_all(b);
    spend(60 * ms);
}

static void open_bench(struct bench *b)
{
    *b = (struct bench){.served = 0};
    assert_int_equal(uv_loop_init(&b->loop), 0);
    b->loop.data = b;
    hl_loop_turn_open(&b->turn, &b->loop);
    uv_timer_init(&b->loop, &b->block);
    for (int i = 0; i < 2; i++) {
        int pair[2];
        connect_pair(pair);
        b->fds[i] = pair[0];
        b->peers[i] = pair[1];
        assert_int_equal(uv_poll_init(&b->loop, &b->polls[i], pair[0]), 0);
        uv_poll_start(&b->polls[i], UV_READABLE, on_uv_poll);
    }
}

static void on_closed(void *arg)
{
    struct bench *b = arg;
    b->served = 0;
}

static void close_bench(struct bench *b)
{
    for (int i = 0; i < 2; i++) {
        uv_close((uv_handle_t *)&b->polls[i], NULL);
        close(b->peers[i]);
    }
    uv_close((uv_handle_t *)&b->block, NULL);
    hl_loop_turn_close(&b->turn, on_closed, b);
    uv_run(&b->loop, UV_RUN_DEFAULT);
    assert_int_equal(b->served, 0);
    assert_int_equal(uv_loop_close(&b->loop), 0);
    for (int i = 0; i < 2; i++)
        close(b->fds[i]);
}

static void events_of_one_poll_are_there_since_it_returned(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    send_all(&b);
    uv_run(&b.loop, UV_RUN_DEFAULT);
    assert_int_equal(b.served, 2);
    /* The second waits while the first is served. */
    assert_true(b.from_ns[0] <= b.at_ns[0]);
    assert_true(b.from_ns[1] <= b.at_ns[0] + ms);
    assert_true(b.from_ns[1] >= b.sent_ns);
    close_bench(&b);
}

/* The kernel's clock counts in steps of up to 10 ms. */
static void after_a_long_turn_the_kernel_tells_when_data_came(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    uv_run(&b.loop, UV_RUN_NOWAIT);
    uv_timer_start(&b.block, on_uv_block, 0, 0);
    uv_run(&b.loop, UV_RUN_DEFAULT);
    assert_int_equal(b.served, 2);
    for (int i = 0; i < 2; i++) {
        assert_true(b.from_ns[i] + 50 * ms <= b.at_ns[i]);
        assert_true(b.from_ns[i] + 20 * ms >= b.sent_ns);
    }
    close_bench(&b);
}

static void data_without_an_event_is_late_only_in_a_busy_turn(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    uint64_t now = uv_hrtime();
    assert_int_equal(hl_loop_turn_data(&b.turn, b.fds[0], false, now), now);
    uv_run(&b.loop, UV_RUN_NOWAIT);
    send_all(&b);
    spend(60 * ms);
    now = uv_hrtime();
    uint64_t from = hl_loop_turn_data(&b.turn, b.fds[0], false, now);
    assert_true(from + 50 * ms <= now);
    assert_true(from + 20 * ms >= b.sent_ns);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phases_follow_each_other_and_add_up),
        cmocka_unit_test(what_had_come_before_is_ready_since_then),
        cmocka_unit_test(another_try_goes_on_in_the_same_attempt),
        cmocka_unit_test(the_line_of_the_pool_is_a_part_of_the_phase),
        cmocka_unit_test(events_of_one_poll_are_there_since_it_returned),
        cmocka_unit_test(after_a_long_turn_the_kernel_tells_when_data_came),
        cmocka_unit_test(data_without_an_event_is_late_only_in_a_busy_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
