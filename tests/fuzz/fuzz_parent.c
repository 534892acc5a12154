/*
 * The parent's end of a worker's pipe, as the program has it, on a loop. The
 * worker is this file: it sends what the input says, in pieces, and dies when
 * it is killed. What haul is told of the worker keeps its promises, whatever
 * the worker says; what haul says to it is what a worker can read.
 *
 * The first byte has flags, the second how long the pieces are.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "fuzz/check.h"
#include "fuzz/frames.h"
#include "worker/child.h"
#include "worker/spawn.h"

enum {
    HEAD = 2,
    RAW = 1,       /* the bytes are no frames */
    NOT_READY = 2, /* the worker does not begin with READY */
    WITHOUT_JOB = 4,
    CANCELLED = 8,
    JOB = 7,
    WORKER = 3,
    FAKE_PID = 1 << 30, /* more than any process has */
};

/* The worker, and what its parent was told. One at a time. */
static struct {
    int fd;    /* its end of the pipe; -1: it is dead */
    int pidfd; /* an eventfd */
    bool killed;
    bool has_job;
    bool refused; /* a call of the parent's said that it lies */
    bool gone;
    struct hl_child_end end;
} worker;

int __wrap_hl_spawn(struct hl_spawned *out, char **argv,
                    const int fds[HL_FD_COUNT]);
void __wrap_hl_spawn_reap(const struct hl_spawned *spawned, int64_t *status,
                          int *signal);
int __wrap_kill(pid_t pid, int signal);
int __real_kill(pid_t pid, int signal);

int __wrap_hl_spawn(struct hl_spawned *out, char **argv,
                    const int fds[HL_FD_COUNT])
{
    (void)argv;
    worker.fd = fcntl(fds[HL_FD_WIRE], F_DUPFD_CLOEXEC, 3);
    worker.pidfd = eventfd(0, EFD_CLOEXEC);
    check(worker.fd >= 0 && worker.pidfd >= 0, "descriptors");
    *out = (struct hl_spawned){.pid = FAKE_PID, .pidfd = worker.pidfd};
    return 0;
}

void __wrap_hl_spawn_reap(const struct hl_spawned *spawned, int64_t *status,
                          int *signal)
{
    check(spawned->pid == FAKE_PID && worker.fd < 0, "it is dead");
    *status = 0;
    *signal = worker.killed ? SIGKILL : 0;
}

static void die(void)
{
    const uint64_t one = 1;
    if (worker.fd < 0)
        return;
    close(worker.fd);
    worker.fd = -1;
    check(write(worker.pidfd, &one, sizeof(one)) == sizeof(one), "an exit");
}

int __wrap_kill(pid_t pid, int signal)
{
    if (pid != FAKE_PID)
        return __real_kill(pid, signal);
    worker.killed = true;
    die();
    return 0;
}

static void check_shown(const char *text)
{
    for (; text != NULL && *text != '\0'; text++)
        check((unsigned char)*text >= 0x20 && *text != 0x7f,
              "no control character in a text for people");
}

static bool on_reply(void *arg, uint64_t job, struct hl_reply *reply)
{
    (void)arg;
    check(!worker.gone && !worker.refused, "nothing after the end");
    check(reply->worker == WORKER && !reply->lost, "a worker is who it is");
    check(reply->error < HAUL_ERROR_COUNT, "an error there is");
    check(reply->http_status >= 0 && reply->http_status <= 999, "a status");
    check_shown(reply->message);
    check_shown(reply->location);
    check_shown(reply->etag);
    worker.refused = job != JOB || !worker.has_job;
    worker.has_job = false;
    return !worker.refused;
}

static bool on_part(void *arg, uint64_t job, const struct hl_part *part,
                    int *code)
{
    (void)arg;
    check(!worker.gone && !worker.refused, "nothing after the end");
    check_shown(part->etag);
    check_shown(part->token);
    *code = part->length % 2 == 0 ? 0 : -EIO;
    worker.refused = job != JOB || !worker.has_job;
    return !worker.refused;
}

static void on_beat(void *arg, const struct hl_incoming_file *file)
{
    (void)arg;
    (void)file;
    check(!worker.gone && !worker.refused, "nothing after the end");
}

static void on_gone(void *arg, const struct hl_child_end *end)
{
    (void)arg;
    check(!worker.gone, "it is gone once");
    worker.gone = true;
    worker.end = *end;
}

/* What the parent says, the worker can read. */
static void on_said(void *arg, const struct hl_wire_frame *frame)
{
    struct hl_wire_greeting greeting = {0};
    struct hl_wire_order order = {0};
    struct hl_wire_cancel cancel;
    unsigned *count = arg;
    int code;
    int r = HAUL_EPROTO;
    if ((*count)++ == 0)
        r = hl_wire_get_hello(frame, &greeting);
    else if (frame->type == HL_WIRE_JOB)
        r = hl_wire_get_job(frame, &order);
    else if (frame->type == HL_WIRE_RECORD)
        r = hl_wire_get_record(frame, &code);
    else if (frame->type == HL_WIRE_CANCEL)
        r = hl_wire_get_cancel(frame, &cancel);
    check(r == 0, "what the parent says can be read");
    hl_wire_greeting_release(&greeting);
    hl_wire_order_release(&order);
}

static void listen_to_parent(struct hl_wire_out *said)
{
    uint8_t bytes[4096];
    ssize_t n;
    while (worker.fd >= 0 &&
           (n = recv(worker.fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
        frames_put_raw(said, bytes, (size_t)n);
}

static void speak(uv_loop_t *loop, const struct hl_wire_out *words,
                  size_t piece, struct hl_wire_out *said)
{
    for (size_t at = 0; at < words->used && worker.fd >= 0; at += piece) {
        size_t n = words->used - at < piece ? words->used - at : piece;
        ssize_t sent =
            send(worker.fd, words->data + at, n, MSG_DONTWAIT | MSG_NOSIGNAL);
        uv_run(loop, UV_RUN_NOWAIT);
        listen_to_parent(said);
        if (sent != (ssize_t)n)
            break;
    }
}

static void send_job(struct hl_child *child, unsigned flags)
{
    const struct hl_job job = {
        .id = JOB, .attempt = 1, .url = "http://h/a", .path = "a"};
    if ((flags & WITHOUT_JOB) != 0)
        return;
    check(hl_child_send_job(child, &job) == 0, "a job is sent");
    worker.has_job = true;
}

static void converse(uv_loop_t *loop, struct hl_shared *shared,
                     const struct hl_wire_out *words, unsigned flags,
                     size_t piece)
{
    struct hl_child *child;
    struct hl_wire_out said = {0};
    unsigned count = 0;
    const struct hl_child_hooks hooks = {
        .reply = on_reply, .part = on_part, .beat = on_beat, .gone = on_gone};
    check(hl_child_spawn(&child, loop, shared, WORKER, &hooks) == 0, "a child");
    send_job(child, flags);
    if ((flags & CANCELLED) != 0) {
        hl_stop_raise(shared->stop);
        hl_child_cancel(child);
    }
    speak(loop, words, piece, &said);
    if (!worker.gone && worker.fd >= 0)
        hl_child_end_input(child);
    listen_to_parent(&said);
    die();
    uv_run(loop, UV_RUN_DEFAULT);
    check(worker.gone, "its end is told");
    check(!worker.refused || worker.end.broke, "a liar is told to be one");
    frames_each(said.data, said.used, on_said, &count);
    hl_wire_out_release(&said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const argv[] = {"worker", NULL};
    static const struct haul_options options = {
        .worker_argv = argv, .dir = ".", .output = "{name}"};
    struct hl_wire_out words = {0};
    struct hl_stop stop;
    uv_loop_t loop;
    if (size < HEAD)
        return 0;
    struct hl_shared shared = {.options = &options,
                               .stop = &stop,
                               .token = "0a1b2c3d",
                               .dir_fd = -1,
                               .rate_fd = -1,
                               .lock_fd = -1,
                               .body_fd = -1};
    memset(&worker, 0, sizeof(worker));
    hl_stop_init(&stop, 5);
    if ((data[0] & NOT_READY) == 0)
        check(hl_wire_put_ready(&words) == 0, "there is memory");
    if ((data[0] & RAW) != 0)
        frames_put_raw(&words, data + HEAD, size - HEAD);
    else
        frames_put(&words, data + HEAD, size - HEAD);
    uv_loop_init(&loop);
    converse(&loop, &shared, &words, data[0], data[1] > 0 ? data[1] : 4096);
    check(uv_loop_close(&loop) == 0, "nothing is left on the loop");
    hl_wire_out_release(&words);
    return 0;
}
