#include "worker/child.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/loop_watch.h"
#include "util/container_of.h"
#include "worker/spawn.h"
#include "worker/wire_to_parent.h"
#include "worker/wire_to_worker.h"

/* Frees itself once both handles are closed. */
struct hl_child {
    struct hl_spawned process;
    uv_poll_t exit; /* of the process */
    uv_pipe_t pipe;
    uv_shutdown_t shutdown;
    const struct hl_shared *shared;
    struct hl_child_hooks hooks;
    struct hl_child_end end;
    struct hl_wire_inbox inbox;
    uint32_t worker;
    unsigned level; /* of the stop, as far as the worker was told */
    unsigned open_handles;
    unsigned looks; /* since its last word, or since it was killed */
    bool has_job;
    bool killed;
    bool exited;
    bool eof;
    bool input_ended;
};

/* A frame on its way to the worker; frees itself when written. */
struct message {
    uv_write_t write;
    struct hl_child *child;
    struct hl_wire_out out;
};

static void on_handle_closed(struct hl_child *child)
{
    if (--child->open_handles > 0)
        return;
    struct hl_child_hooks hooks = child->hooks;
    struct hl_child_end end = child->end;
    hl_wire_inbox_release(&child->inbox);
    free(child);
    hooks.gone(hooks.arg, &end);
}

static void on_uv_close_exit(uv_handle_t *handle)
{
    struct hl_child *child = container_of(handle, struct hl_child, exit);
    close(child->process.pidfd);
    on_handle_closed(child);
}

static void on_uv_close_pipe(uv_handle_t *handle)
{
    on_handle_closed(container_of(handle, struct hl_child, pipe));
}

static void close_handles(struct hl_child *child)
{
    if (child->process.pidfd >= 0)
        uv_close((uv_handle_t *)&child->exit, on_uv_close_exit);
    uv_close((uv_handle_t *)&child->pipe, on_uv_close_pipe);
}

/* The pipe must not be closed before its end was seen: a reply may come after
 * the exit. */
static void close_when_over(struct hl_child *child)
{
    if (child->exited && child->eof)
        close_handles(child);
}

static void on_uv_exit(uv_poll_t *poll, int status, int events)
{
    struct hl_child *child = container_of(poll, struct hl_child, exit);
    HL_IN_CALLBACK(child->shared->trace, HL_CB_EXIT);
    (void)status;
    (void)events;
    uv_poll_stop(poll);
    child->exited = true;
    child->looks = 0;
    hl_spawn_reap(&child->process, &child->end.status, &child->end.signal);
    close_when_over(child);
}

void hl_child_kill(struct hl_child *child)
{
    if (child->exited || child->killed)
        return;
    kill(child->process.pid, SIGKILL);
    child->killed = true;
    child->looks = 0;
}

/* One in an uninterruptible sleep dies when that ends, if ever. Another
 * process may hold the pipe of one that has exited. */
static void give_up(struct hl_child *child)
{
    child->end.lost = !child->exited;
    child->exited = true;
    child->eof = true;
    close_handles(child);
}

void hl_child_look(struct hl_child *child,
                   const struct hl_child_patience *patience)
{
    bool dying = child->killed || child->exited;
    if (uv_is_closing((uv_handle_t *)&child->pipe) ||
        !(dying || child->has_job))
        return;
    if (++child->looks < (dying ? patience->dying : patience->silent))
        return;
    if (dying) {
        give_up(child);
        return;
    }
    child->end.silent = true;
    hl_child_kill(child);
}

void hl_child_forgive(struct hl_child *child)
{
    child->looks = 0;
}

/* Only what has a job keeps the loop alive. */
static void set_busy(struct hl_child *child, bool busy)
{
    void (*set)(uv_handle_t *) = busy ? uv_ref : uv_unref;
    set((uv_handle_t *)&child->exit);
    set((uv_handle_t *)&child->pipe);
}

/* Nothing more is read. A worker without its pipe is of no use, and it may
 * have closed it without an exit. */
static void end_output(struct hl_child *child)
{
    uv_read_stop((uv_stream_t *)&child->pipe);
    child->eof = true;
    set_busy(child, true); /* its job, if any, waits for the exit */
    hl_child_kill(child);
    close_when_over(child);
}

static bool take_reply(struct hl_child *child,
                       const struct hl_wire_frame *frame)
{
    struct hl_reply reply;
    uint64_t job;
    if (hl_wire_get_reply(frame, &job, &reply) < 0 || reply.lost)
        return false;
    reply.worker = child->worker;
    child->has_job = false;
    set_busy(child, false);
    return child->hooks.reply(child->hooks.arg, job, &reply);
}

static void send_record(struct hl_child *child, int code);

/* The worker waits for the answer. */
static bool take_part(struct hl_child *child, const struct hl_wire_frame *frame)
{
    struct hl_part part;
    uint64_t job;
    int code = 0;
    if (hl_wire_get_part(frame, &job, &part) < 0 ||
        !child->hooks.part(child->hooks.arg, job, &part, &code))
        return false;
    send_record(child, code);
    return true;
}

static bool take_beat(struct hl_child *child, const struct hl_wire_frame *frame)
{
    struct hl_incoming_file file;
    if (hl_wire_get_beat(frame, &file) < 0)
        return false;
    child->hooks.beat(child->hooks.arg, &file);
    return true;
}

/* Events say what they like, but only of transfers and in their own lane. */
static bool take_event(struct hl_child *child,
                       const struct hl_wire_frame *frame)
{
    struct hl_event event;
    if (hl_wire_get_event(frame, &event) < 0)
        return false;
    char shape = hl_event_table[event.kind].shape;
    if (shape != 'n' && shape != 't')
        return false;
    event.worker = (uint16_t)child->worker;
    if (HL_TRACE_WANTS(child->shared->trace, event.kind))
        hl_trace_emit(child->shared->trace, &event);
    return true;
}

/* @return false when the worker broke the protocol. */
static bool take_frame(struct hl_child *child,
                       const struct hl_wire_frame *frame)
{
    if (!child->killed)
        child->looks = 0;
    if (!child->end.was_ready) {
        child->end.was_ready = hl_wire_get_ready(frame) == 0;
        return child->end.was_ready;
    }
    switch (frame->type) {
    case HL_WIRE_REPLY:
        return take_reply(child, frame);
    case HL_WIRE_EVENT:
        return take_event(child, frame);
    case HL_WIRE_PART:
        return take_part(child, frame);
    case HL_WIRE_BEAT:
        return take_beat(child, frame);
    default:
        return false;
    }
}

static void on_uv_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct hl_child *child = container_of(handle, struct hl_child, pipe);
    unsigned char *at = NULL;
    (void)suggested;
    size_t size = hl_wire_inbox_room(&child->inbox, &at);
    *buf = uv_buf_init((char *)at, (unsigned)size);
}

static void on_uv_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
    struct hl_child *child = container_of(stream, struct hl_child, pipe);
    HL_IN_CALLBACK(child->shared->trace, HL_CB_PIPE);
    struct hl_wire_frame frame;
    int r = 0;
    (void)buf;
    if (size < 0) {
        end_output(child);
        return;
    }
    hl_wire_inbox_add(&child->inbox, (size_t)size);
    while ((r = hl_wire_inbox_next(&child->inbox, &frame)) > 0) {
        if (!take_frame(child, &frame)) {
            r = HAUL_EPROTO;
            break;
        }
    }
    if (r < 0) {
        child->end.broke = true;
        end_output(child);
    }
}

static void on_uv_write(uv_write_t *write, int status)
{
    struct message *message = container_of(write, struct message, write);
    /* A worker that cannot be written to is at its end: exit and EOF tell. */
    if (status < 0 && status != UV_ECANCELED)
        hl_child_kill(message->child);
    hl_wire_out_release(&message->out);
    free(message);
}

/* Sends the frame in out, which it takes over whatever comes. r: whether the
 * frame could be put there. */
static int send_frame(struct hl_child *child, struct hl_wire_out *out, int r)
{
    struct message *message = r == 0 ? calloc(1, sizeof(*message)) : NULL;
    if (message == NULL) {
        hl_wire_out_release(out);
        return r < 0 ? r : UV_ENOMEM;
    }
    message->child = child;
    message->out = *out;
    uv_buf_t buf = uv_buf_init((char *)out->data, (unsigned)out->used);
    r = uv_write(&message->write, (uv_stream_t *)&child->pipe, &buf, 1,
                 on_uv_write);
    if (r < 0)
        on_uv_write(&message->write, r);
    return r;
}

/* Without the answer the worker would wait for ever. */
static void send_record(struct hl_child *child, int code)
{
    struct hl_wire_out out = {0};
    if (send_frame(child, &out, hl_wire_put_record(&out, code)) < 0)
        hl_child_kill(child);
}

static int send_hello(struct hl_child *child)
{
    struct hl_wire_out out = {0};
    struct hl_wire_hello hello = {
        .parent = (uint64_t)getpid(),
        .grace_ns = child->shared->stop->grace_ns,
        .worker = child->worker,
        .has_rate = child->shared->rate_fd >= 0,
        .token = child->shared->token,
        .options = *child->shared->options,
    };
    hello.options.trace = hl_trace_mask(child->shared->trace) &
                          (HAUL_TRACE_TRANSFER | HAUL_TRACE_FILE);
    return send_frame(child, &out, hl_wire_put_hello(&out, &hello));
}

int hl_child_send_job(struct hl_child *child, const struct hl_job *job)
{
    struct hl_wire_out out = {0};
    int r = send_frame(child, &out, hl_wire_put_job(&out, job));
    if (r == UV_ENOMEM || r == UV_E2BIG)
        return r;
    /* Any other failure is that of a dying worker: gone() follows. */
    child->has_job = true;
    if (!child->killed)
        child->looks = 0;
    set_busy(child, true);
    return 0;
}

void hl_child_cancel(struct hl_child *child)
{
    unsigned level = hl_stop_level(child->shared->stop);
    struct hl_wire_out out = {0};
    level = level < 2 ? level : 2;
    if (child->level >= level || child->input_ended || child->eof)
        return;
    struct hl_wire_cancel cancel = {
        .level = level,
        .first_ns = atomic_load(&child->shared->stop->first_ns),
    };
    if (send_frame(child, &out, hl_wire_put_cancel(&out, &cancel)) == 0)
        child->level = level;
}

static void on_uv_shutdown(uv_shutdown_t *shutdown, int status)
{
    (void)shutdown;
    (void)status;
}

void hl_child_end_input(struct hl_child *child)
{
    if (child->input_ended || child->eof)
        return;
    child->input_ended = true;
    set_busy(child, true);
    if (uv_shutdown(&child->shutdown, (uv_stream_t *)&child->pipe,
                    on_uv_shutdown) < 0)
        hl_child_kill(child);
}

static int watch(struct hl_child *child, uv_loop_t *loop)
{
    int r = uv_poll_init(loop, &child->exit, child->process.pidfd);
    if (r < 0) {
        kill(child->process.pid, SIGKILL);
        hl_spawn_reap(&child->process, &child->end.status, &child->end.signal);
        close(child->process.pidfd);
        child->process.pidfd = -1;
        return r;
    }
    child->open_handles++;
    uv_poll_start(&child->exit, UV_READABLE, on_uv_exit);
    return 0;
}

static int spawn(struct hl_child *child, uv_loop_t *loop)
{
    const struct hl_shared *shared = child->shared;
    uv_os_sock_t ends[2];
    /* Nothing writes to it, but the types do not say so. */
    char **argv;
    memcpy(&argv, &shared->options->worker_argv, sizeof(argv));
    int r = uv_socketpair(SOCK_STREAM, 0, ends, UV_NONBLOCK_PIPE, 0);
    if (r < 0)
        return r;
    r = uv_pipe_open(&child->pipe, ends[0]);
    if (r < 0)
        close(ends[0]);
    const int fds[HL_FD_COUNT] = {
        [STDIN_FILENO] = -1,
        [STDOUT_FILENO] = -1,
        [HL_FD_ERROR] = STDERR_FILENO,
        [HL_FD_WIRE] = ends[1],
        [HL_FD_DIR] = shared->dir_fd,
        [HL_FD_RATE] = shared->rate_fd,
        [HL_FD_LOCK] = shared->lock_fd,
        [HL_FD_BODY] = shared->body_fd,
    };
    if (r == 0)
        r = hl_spawn(&child->process, argv, fds);
    close(ends[1]);
    return r == 0 ? watch(child, loop) : r;
}

int hl_child_pid(const struct hl_child *child)
{
    return (int)child->process.pid;
}

int hl_child_spawn(struct hl_child **out, uv_loop_t *loop,
                   const struct hl_shared *shared, uint32_t worker,
                   const struct hl_child_hooks *hooks)
{
    struct hl_child *child = calloc(1, sizeof(*child));
    *out = NULL;
    if (child == NULL)
        return UV_ENOMEM;
    child->shared = shared;
    child->worker = worker;
    child->hooks = *hooks;
    child->process.pidfd = -1;
    uv_pipe_init(loop, &child->pipe, 0);
    child->open_handles = 1;
    *out = child;
    int r = spawn(child, loop);
    if (r < 0) {
        child->end.spawn_error = r;
        child->exited = true;
        child->eof = true;
        close_when_over(child);
        return 0;
    }
    uv_read_start((uv_stream_t *)&child->pipe, on_uv_alloc, on_uv_read);
    set_busy(child, false);
    child->end.spawn_error = send_hello(child);
    if (child->end.spawn_error < 0)
        hl_child_kill(child);
    return 0;
}
