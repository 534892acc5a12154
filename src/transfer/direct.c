#include "transfer/direct.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sink/room.h"
#include "transfer/proxy.h"
#include "transfer/reply.h"
#include "transfer/tcp_bytes.h"
#include "transfer/xfer_struct.h"
#include "util/time_units.h"

enum {
    /* The connection cannot be used again, and a new one takes some round
     * trips until it is fast. */
    LEFT_LEAST = 16 * 1024 * 1024,
    /* Stays in the core's cache between the socket and the file. */
    BUFFER = 256 * 1024,
    /* Bytes that the kernel holds where the loop is slower than the server. Its
     * buffer for a new connection has room for not much more. */
    BEHIND = 64 * 1024,
    /* Then it is another body's turn. */
    RUN_MS = 30,
    /* How long a run waits for more bytes before it ends. To end it, wait on
     * the loop and begin another takes four thread switches. */
    WAIT_MS = 2,
    /* So often a run offers its core to other threads. Otherwise the loop's
     * thread may have to wait until the scheduler ends this thread's time
     * slice, 5 ms or more. */
    YIELD_MS = 1,
};

/* Bytes of this answer's body that libcurl has handed over. */
static uint64_t came(const struct hl_xfer *xfer)
{
    const struct hl_head *head = &xfer->head;
    return xfer->sink->size - (head->status == 206 ? head->range_start : 0);
}

uint64_t hl_direct_read_before(const struct hl_xfer *xfer, bool is_new)
{
    struct hl_incoming *in = xfer->shared->incoming;
    bool among_long = in != NULL && atomic_load(&in->length) >= LEFT_LEAST;
    if (is_new)
        return 0;
    int fd = among_long ? hl_sockets_fd(xfer->sockets, xfer->connection) : -1;
    return fd >= 0 ? hl_tcp_bytes_read(fd) : UINT64_MAX;
}

/* HTTP/1 without TLS, and no proxy that may speak TLS; on a connection of which
 * all bytes are known. */
static bool is_plain(const struct hl_xfer *xfer)
{
    return strncmp(xfer->job->url, "http:", 5) == 0 && !xfer->try.in_http_2 &&
           xfer->try.read_before != UINT64_MAX &&
           !hl_proxy_is_possible(xfer->shared->options);
}

/* Does the body end after as many bytes as its head says? */
static bool is_counted(const struct hl_xfer *xfer)
{
    const struct hl_head *head = &xfer->head;
    bool fits = !head->has_range ||
                head->length == head->range_end + 1 - head->range_start;
    return head->has_length && !head->chunked && fits && xfer->decoder == NULL;
}

/* Several loops receive on several cores already. */
bool hl_direct_is_due(const struct hl_xfer *xfer)
{
    const struct hl_shared *shared = xfer->shared;
    return is_counted(xfer) && xfer->head.length >= came(xfer) + LEFT_LEAST &&
           is_plain(xfer) && shared->files.loops <= 1 && shared->rate == NULL &&
           shared->options->output_fd <= 0 && !hl_xfer_sends_once(xfer) &&
           hl_file_budget_has_spare(&shared->files);
}

bool hl_direct_may_take(const struct hl_xfer *xfer, int fd)
{
    return hl_tcp_bytes_waiting(fd) >= BEHIND &&
           hl_tcp_bytes_read(fd) ==
               xfer->try.read_before + xfer->head.bytes + came(xfer);
}

void hl_direct_begin(struct hl_xfer *xfer, int fd)
{
    struct hl_direct *d = &xfer->direct;
    d->fd = fd;
    d->left = xfer->head.length - came(xfer);
    d->error = 0;
    atomic_store(&d->hurry, false);
    HL_XFER_TRACE(xfer, HL_EV_TRANSFER_DIRECT, .value = (int64_t)d->left);
}

void hl_direct_queued(struct hl_xfer *xfer)
{
    uint64_t now = uv_hrtime();
    hl_speed_hold(&xfer->try.speed, now);
    hl_phases_enter(&xfer->phases, HL_PHASE_READY, now);
}

/* Receives what is there, up to a buffer. @return bytes; 0: the server has
 * ended the body; or -errno. */
static ssize_t receive(const struct hl_direct *d, char *buffer)
{
    size_t want = d->left < BUFFER ? (size_t)d->left : (size_t)BUFFER;
    size_t got = 0;
    while (got < want) {
        ssize_t n = recv(d->fd, buffer + got, want - got, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && got == 0)
            return -errno;
        if (n <= 0)
            break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

/* Waits a little. @return Can the socket be read? */
static bool comes_soon(const struct hl_direct *d)
{
    struct pollfd p = {.fd = d->fd, .events = POLLIN};
    return poll(&p, 1, WAIT_MS) > 0;
}

static int fail(struct hl_direct *d, int error, int curl_code)
{
    d->error = error;
    return curl_code;
}

/* @return what follows. */
static int step(struct hl_xfer *xfer)
{
    struct hl_direct *d = &xfer->direct;
    char *buffer = hl_sink_room(xfer->sink, BUFFER);
    if (buffer == NULL)
        return fail(d, UV_ENOMEM, CURLE_WRITE_ERROR);
    ssize_t n = receive(d, buffer);
    if (n == -EAGAIN && comes_soon(d))
        n = receive(d, buffer);
    if (n == -EAGAIN)
        return HL_DIRECT_AWAIT;
    if (n < 0)
        return fail(d, (int)n, CURLE_RECV_ERROR);
    if (n == 0)
        return CURLE_PARTIAL_FILE;
    d->received += (uint64_t)n;
    d->left -= (uint64_t)n;
    uint64_t begin = uv_hrtime();
    int r = hl_sink_store_room(xfer->sink, (size_t)n);
    d->stored_ns += uv_hrtime() - begin;
    if (r < 0)
        return fail(d, r, CURLE_WRITE_ERROR);
    return d->left > 0 ? HL_DIRECT_RUN : CURLE_OK;
}

void hl_direct_run(struct hl_xfer *xfer)
{
    struct hl_direct *d = &xfer->direct;
    uint64_t yielded_ns = uv_hrtime();
    d->begin_ns = d->end_ns = yielded_ns;
    d->stored_ns = 0;
    d->received = 0;
    d->next = HL_DIRECT_RUN;
    while (d->next == HL_DIRECT_RUN && !atomic_load(&d->hurry) &&
           d->end_ns - d->begin_ns < (uint64_t)RUN_MS * HL_NS_PER_MS) {
        d->next = step(xfer);
        d->end_ns = uv_hrtime();
        if (d->end_ns - yielded_ns >= (uint64_t)YIELD_MS * HL_NS_PER_MS) {
            sched_yield();
            yielded_ns = uv_hrtime();
        }
    }
}

void hl_direct_hurry(struct hl_xfer *xfer)
{
    atomic_store(&xfer->direct.hurry, true);
}

/* The time that the pool and the disk took is not counted against the server.
 * Within a run receiving and storing alternate: here receiving comes first. */
static void count_time(struct hl_xfer *xfer)
{
    const struct hl_direct *d = &xfer->direct;
    struct hl_phases *phases = &xfer->phases;
    uint64_t now = uv_hrtime();
    hl_speed_go(&xfer->try.speed,
                now - (d->end_ns - d->begin_ns - d->stored_ns));
    if (xfer->try.over)
        return;
    hl_phases_enter(phases, HL_PHASE_BODY, d->begin_ns);
    hl_phases_enter(phases, HL_PHASE_FILE, d->end_ns - d->stored_ns);
    hl_phases_enter(phases, HL_PHASE_BODY, d->end_ns);
    hl_phases_late(phases, d->end_ns, now);
}

int hl_direct_ran(struct hl_xfer *xfer)
{
    const struct hl_direct *d = &xfer->direct;
    xfer->received += d->received;
    hl_incoming_add(xfer->shared->incoming, &xfer->incoming, d->received);
    count_time(xfer);
    if (d->next == CURLE_WRITE_ERROR)
        hl_xfer_fail_local(xfer, d->error);
    else if (d->error < 0)
        xfer->try.sys_errno = -d->error;
    return d->next;
}

void hl_direct_end(struct hl_xfer *xfer)
{
    if (xfer->direct.fd >= 0)
        close(xfer->direct.fd);
    xfer->direct.fd = -1;
}
