/*
 * libuv does not tell when poll returned, except by the time that it caches, in
 * whole milliseconds. So the first callback that asks notes the time; where
 * none asks, the check handle does, which runs after the callbacks of a poll.
 */
#include "transfer/loop_turn.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "util/container_of.h"
#include "util/time_units.h"

static const uint64_t long_ns = HL_NS_PER_MS;

static void on_uv_prepare(uv_prepare_t *prepare)
{
    struct hl_loop_turn *turn =
        container_of(prepare, struct hl_loop_turn, prepare);
    turn->poll_ns = uv_hrtime();
    turn->is_noted = false;
}

/* The poll has returned, before now: other callbacks may have run since. */
static void note_poll(struct hl_loop_turn *turn, uint64_t now_ns)
{
    uint64_t cached = (uv_now(turn->prepare.loop) + 1) * HL_NS_PER_MS;
    uint64_t polled = cached < now_ns ? cached : now_ns;
    if (polled < turn->poll_ns)
        polled = turn->poll_ns;
    turn->is_noted = true;
    turn->before_ns = turn->polled_ns;
    turn->polled_ns = polled;
    turn->was_long = turn->before_ns != 0 &&
                     turn->poll_ns > turn->before_ns + long_ns &&
                     polled < turn->poll_ns + long_ns;
}

static void on_uv_check(uv_check_t *check)
{
    struct hl_loop_turn *turn = container_of(check, struct hl_loop_turn, check);
    if (!turn->is_noted)
        note_poll(turn, uv_hrtime());
}

void hl_loop_turn_open(struct hl_loop_turn *turn, uv_loop_t *loop)
{
    *turn = (struct hl_loop_turn){.is_noted = true};
    uv_prepare_init(loop, &turn->prepare);
    uv_check_init(loop, &turn->check);
    uv_prepare_start(&turn->prepare, on_uv_prepare);
    uv_check_start(&turn->check, on_uv_check);
    uv_unref((uv_handle_t *)&turn->prepare);
    uv_unref((uv_handle_t *)&turn->check);
}

void hl_loop_turn_close(struct hl_loop_turn *turn, void (*closed)(void *arg),
                        void *arg)
{
    turn->closing = (struct hl_closing){.closed = closed, .arg = arg};
    hl_closing_handle(&turn->closing, (uv_handle_t *)&turn->prepare);
    hl_closing_handle(&turn->closing, (uv_handle_t *)&turn->check);
}

/* When data last came to the socket fd, by the kernel's clock of a few
 * milliseconds. Where this thread lost the processor meanwhile, later. */
static uint64_t last_data(int fd)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);
    int r = getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size);
    uint64_t now = uv_hrtime();
    uint64_t ago = (uint64_t)info.tcpi_last_data_recv * HL_NS_PER_MS;
    if (r < 0)
        return now;
    return ago < now ? now - ago : 0;
}

static uint64_t within(uint64_t from, uint64_t least, uint64_t most)
{
    from = from > least ? from : least;
    return from < most ? from : most;
}

/* What came before the long turn, the poll before it would have told. */
uint64_t hl_loop_turn_event(struct hl_loop_turn *turn, int fd, uint64_t now_ns)
{
    if (!turn->is_noted)
        note_poll(turn, now_ns);
    uint64_t from = turn->polled_ns < now_ns ? turn->polled_ns : now_ns;
    return turn->was_long ? within(last_data(fd), turn->before_ns, from) : from;
}

uint64_t hl_loop_turn_data(const struct hl_loop_turn *turn, int fd, bool shared,
                           uint64_t now_ns)
{
    uint64_t least = turn->was_long ? turn->before_ns : turn->polled_ns;
    if (least == 0 || now_ns < least + long_ns)
        return now_ns;
    return within(last_data(fd), shared ? 0 : least, now_ns);
}
