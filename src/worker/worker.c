/*
 * The life of a worker process: one blocking transfer after another.
 *
 * Structure: the main thread transfers. The reader thread reads the pipe all
 * the time, so that a CANCEL or the parent's end is seen in the midst of a
 * transfer; it hands each job over to the main thread, and interrupts what the
 * main thread waits in. Both, and the trace's writer thread, write whole
 * frames under one lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transfer/xfer.h"
#include "util/io.h"
#include "util/open_files.h"
#include "worker/spawn.h"
#include "worker/wire_to_parent.h"
#include "worker/wire_to_worker.h"

enum {
    INTERRUPT_MS = 50, /* between interruptions of a transfer that must end */
    INTERRUPT_SIGNAL = SIGUSR1
};

/* Less than the second between libcurl's progress calls, so that each of these
 * may send a beat. */
static const uint64_t beat_every_ns = 500000000;

struct worker {
    int fd;
    pthread_t main;
    pthread_t reader;
    struct hl_wire_message hello; /* lends its strings to the options */
    struct hl_wire_greeting greeting;
    struct hl_bucket *rate; /* mapped; or NULL */
    struct hl_stop stop;
    struct hl_shared shared;
    struct hl_incoming incoming; /* of the job under way */
    struct hl_xfer *xfer;
    uint64_t job;     /* under way; main thread only, as is beat_ns */
    uint64_t beat_ns; /* of the last beat */
    pthread_mutex_t out_lock;
    struct hl_wire_out out; /* under out_lock */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct hl_wire_message next; /* a JOB that main has not taken yet; under
                                    lock, as are the rest */
    bool busy;                   /* main has a job */
    bool asking;                 /* main waits for a RECORD */
    int record;                  /* the code of the RECORD */
    bool ended;                  /* no more frames will come */
    int code;                    /* why; 0: the parent closed the pipe */
};

/* Sends what is in out, unless the last frame could not be put there, which r
 * tells. Releases out_lock. */
static int send_and_unlock(struct worker *worker, int r)
{
    if (r == 0 && worker->out.used > 0) {
        r = hl_wire_write(worker->fd, worker->out.data, worker->out.used);
        worker->out.used = 0;
    }
    pthread_mutex_unlock(&worker->out_lock);
    return r;
}

static int send_ready(struct worker *worker)
{
    pthread_mutex_lock(&worker->out_lock);
    return send_and_unlock(worker, hl_wire_put_ready(&worker->out));
}

/* Sends a BEAT. The main thread itself calls this between the steps of a job:
 * another thread would go on sending beats while a dead disk holds the main
 * thread. The main thread never waits for the pipe here: when the pipe is full
 * or another thread writes to it, other frames are on their way, and they show
 * as well that the worker lives. */
static void on_alive(void *arg)
{
    struct worker *worker = arg;
    uint64_t now = uv_hrtime();
    if (now - worker->beat_ns < beat_every_ns ||
        pthread_mutex_trylock(&worker->out_lock) != 0)
        return;
    worker->beat_ns = now;
    const struct hl_incoming_file file = {
        .received = atomic_load(&worker->incoming.received),
        .length = atomic_load(&worker->incoming.length),
        .there = atomic_load(&worker->incoming.there),
    };
    if (worker->out.used == 0 && hl_wire_put_beat(&worker->out, &file) == 0) {
        (void)send(worker->fd, worker->out.data, worker->out.used,
                   MSG_DONTWAIT | MSG_NOSIGNAL);
        worker->out.used = 0;
    }
    pthread_mutex_unlock(&worker->out_lock);
}

static int send_reply(struct worker *worker, uint64_t job,
                      const struct hl_reply *reply)
{
    pthread_mutex_lock(&worker->out_lock);
    int r = hl_wire_put_reply(&worker->out, job, reply);
    if (r == UV_E2BIG) {
        struct hl_reply brief = *reply;
        brief.error = HAUL_ERR_PROTOCOL;
        brief.message = "an answer too long to report";
        brief.location = NULL;
        r = hl_wire_put_reply(&worker->out, job, &brief);
    }
    return send_and_unlock(worker, r);
}

static int send_part(struct worker *worker, const struct hl_part *part)
{
    pthread_mutex_lock(&worker->out_lock);
    return send_and_unlock(worker,
                           hl_wire_put_part(&worker->out, worker->job, part));
}

/* The parent keeps the record. */
static int on_xfer_part(void *arg, const struct hl_part *part)
{
    struct worker *worker = arg;
    pthread_mutex_lock(&worker->lock);
    worker->asking = true;
    pthread_mutex_unlock(&worker->lock);
    int r = send_part(worker, part);
    pthread_mutex_lock(&worker->lock);
    while (r == 0 && worker->asking && !worker->ended)
        pthread_cond_wait(&worker->changed, &worker->lock);
    if (r == 0)
        r = worker->asking ? UV_ECANCELED : worker->record;
    worker->asking = false;
    pthread_mutex_unlock(&worker->lock);
    return r;
}

/* The trace's writer thread, or main in a flush. A lost event is no reason to
 * stop. */
static void on_trace_event(void *state, const struct hl_event *event,
                           uint64_t zero_ns)
{
    struct worker *worker = state;
    (void)zero_ns;
    pthread_mutex_lock(&worker->out_lock);
    (void)hl_wire_put_event(&worker->out, event);
    pthread_mutex_unlock(&worker->out_lock);
}

static void on_trace_flush(void *state)
{
    struct worker *worker = state;
    pthread_mutex_lock(&worker->out_lock);
    (void)send_and_unlock(worker, 0);
}

/* Does nothing: the signal is there to interrupt a system call. */
static void on_interrupt(int signal)
{
    (void)signal;
}

/* Ctrl-C, a hangup and a kill of the process group are the parent's to
 * answer: its workers hear of it by CANCEL. One that came earlier has waited
 * behind the mask that hl_spawn() sets, and is dropped here. */
static void set_signals(void)
{
    static const int ignored[] = {SIGINT,  SIGTERM, SIGHUP,
                                  SIGQUIT, SIGPIPE, SIGXFSZ};
    struct sigaction action = {.sa_handler = SIG_IGN};
    sigset_t none;
    sigemptyset(&none);
    for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
        sigaction(ignored[i], &action, NULL);
    action.sa_handler = on_interrupt; /* without SA_RESTART */
    sigaction(INTERRUPT_SIGNAL, &action, NULL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static int map_rate(struct worker *worker, int fd)
{
    struct stat stat;
    if (fstat(fd, &stat) < 0)
        return -errno;
    if (stat.st_size < (off_t)sizeof(*worker->rate))
        return HAUL_EPROTO;
    void *at = mmap(NULL, sizeof(*worker->rate), PROT_READ | PROT_WRITE,
                    MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return -errno;
    worker->rate = at;
    return 0;
}

/* The body that requests send, where they have one. */
static int map_body(struct worker *worker, int fd)
{
    uint64_t size = worker->greeting.hello.options.data_size;
    struct stat stat;
    if (size == 0)
        return 0;
    if (fstat(fd, &stat) < 0)
        return -errno;
    if (stat.st_size < 0 || (uint64_t)stat.st_size < size)
        return HAUL_EPROTO;
    return hl_map_shared(&worker->shared.body, fd, (size_t)size);
}

/* A descriptor that the parent has left open, seen from the wire. */
static int fd_of(const struct worker *worker, int which)
{
    return worker->fd + which - HL_FD_WIRE;
}

static int open_shared(struct worker *worker)
{
    const struct hl_wire_hello *hello = &worker->greeting.hello;
    int r = hello->has_rate ? map_rate(worker, fd_of(worker, HL_FD_RATE)) : 0;
    if (r < 0)
        return r;
    hl_stop_init(&worker->stop, hello->grace_ns);
    worker->shared = (struct hl_shared){.options = &hello->options,
                                        .rate = worker->rate,
                                        .stop = &worker->stop,
                                        .incoming = &worker->incoming,
                                        .alive = on_alive,
                                        .alive_arg = worker,
                                        .files = {.limit = hl_open_files_most(),
                                                  .jobs = 1,
                                                  .loops = 1,
                                                  .handles = 1},
                                        .token = hello->token,
                                        .dir_fd = fd_of(worker, HL_FD_DIR),
                                        .rate_fd = -1,
                                        .lock_fd = -1,
                                        .body_fd = -1};
    const struct hl_beneath_options beneath = {
        .keep_dirlinks = hello->options.keep_dirlinks,
    };
    r = map_body(worker, fd_of(worker, HL_FD_BODY));
    if (r == 0)
        r = hl_beneath_new(&worker->shared.root, worker->shared.dir_fd,
                           &beneath);
    if (r < 0)
        return r;
    if (hello->options.trace != 0) {
        struct hl_trace_sink sink = {.name = "wire",
                                     .mask = hello->options.trace,
                                     .event = on_trace_event,
                                     .flush = on_trace_flush,
                                     .state = worker};
        r = hl_trace_new(&worker->shared.trace, uv_hrtime(), &sink, 1);
        if (r < 0)
            return r;
    }
    r = hl_xfer_new(&worker->xfer, &worker->shared, hello->worker);
    if (r == 0)
        hl_xfer_on_part(worker->xfer, on_xfer_part, worker);
    return r;
}

/* From the pipe's first frame to READY. */
static int greet(struct worker *worker)
{
    int r = hl_wire_read(&worker->hello, worker->fd);
    if (r <= 0)
        return r < 0 ? r : HAUL_EPROTO;
    r = hl_wire_get_hello(&worker->hello.frame, &worker->greeting);
    if (r < 0)
        return r;
    /* The parent may have died before the death signal was asked for. */
    if ((uint64_t)getppid() != worker->greeting.hello.parent)
        return UV_ESRCH;
    r = open_shared(worker);
    return r < 0 ? r : send_ready(worker);
}

static void raise_stop(struct worker *worker, unsigned level, uint64_t first_ns)
{
    /* The grace time runs from the parent's first Ctrl-C. */
    if (first_ns > 0)
        atomic_store(&worker->stop.first_ns, first_ns);
    while (hl_stop_level(&worker->stop) < level)
        hl_stop_raise(&worker->stop);
}

static void end_input(struct worker *worker, int code)
{
    pthread_mutex_lock(&worker->lock);
    if (!worker->ended)
        worker->code = code;
    worker->ended = true;
    pthread_cond_signal(&worker->changed);
    pthread_mutex_unlock(&worker->lock);
    raise_stop(worker, 2, 0);
}

/* Hands the JOB, which it takes over, to main. It may come before main is back
 * from its last reply; another one behind it breaks the protocol. */
static int hand_over(struct worker *worker, struct hl_wire_message *message)
{
    pthread_mutex_lock(&worker->lock);
    bool free_slot = worker->next.data == NULL;
    if (free_slot) {
        worker->next = *message;
        *message = (struct hl_wire_message){0};
        pthread_cond_signal(&worker->changed);
    }
    pthread_mutex_unlock(&worker->lock);
    hl_wire_message_release(message);
    return free_slot ? 1 : HAUL_EPROTO;
}

/* Passes on to main the parent's answer about the part. */
static int put_record(struct worker *worker, int code)
{
    pthread_mutex_lock(&worker->lock);
    bool asked = worker->asking;
    worker->asking = false;
    worker->record = code;
    pthread_cond_signal(&worker->changed);
    pthread_mutex_unlock(&worker->lock);
    return asked ? 1 : HAUL_EPROTO;
}

static int read_cancel(struct worker *worker, const struct hl_wire_frame *frame)
{
    struct hl_wire_cancel cancel;
    int r = hl_wire_get_cancel(frame, &cancel);
    if (r < 0)
        return r;
    raise_stop(worker, cancel.level, cancel.first_ns);
    return 1;
}

static int read_record(struct worker *worker, const struct hl_wire_frame *frame)
{
    int code;
    int r = hl_wire_get_record(frame, &code);
    return r < 0 ? r : put_record(worker, code);
}

/* @return 1 to go on, else as hl_wire_read(). */
static int read_one(struct worker *worker)
{
    struct hl_wire_message message;
    int r = hl_wire_read(&message, worker->fd);
    if (r <= 0)
        return r;
    if (message.frame.type == HL_WIRE_JOB)
        return hand_over(worker, &message);
    r = message.frame.type == HL_WIRE_RECORD
            ? read_record(worker, &message.frame)
            : read_cancel(worker, &message.frame);
    hl_wire_message_release(&message);
    return r;
}

static bool is_over(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    bool over = worker->ended && !worker->busy;
    pthread_mutex_unlock(&worker->lock);
    return over;
}

/* libcurl asks for the stop once a second, or when its poll is interrupted:
 * so interrupt it, again and again, because a signal between its question and
 * its poll is lost. */
static void *read_frames(void *arg)
{
    struct worker *worker = arg;
    struct pollfd poll_fd = {.fd = worker->fd, .events = POLLIN};
    while (!is_over(worker)) {
        bool stopping = hl_stop_level(&worker->stop) > 0;
        int ready = poll(&poll_fd, 1, stopping ? INTERRUPT_MS : -1);
        if (ready > 0) {
            int r = read_one(worker);
            if (r <= 0) {
                poll_fd.fd = -1;
                end_input(worker, r);
            }
        }
        if (hl_stop_is_due(&worker->stop))
            pthread_kill(worker->main, INTERRUPT_SIGNAL);
    }
    return NULL;
}

/* @return false when no job will come any more. */
static bool next_job(struct worker *worker, struct hl_wire_message *message)
{
    pthread_mutex_lock(&worker->lock);
    worker->busy = false;
    while (worker->next.data == NULL && !worker->ended)
        pthread_cond_wait(&worker->changed, &worker->lock);
    *message = worker->next;
    worker->next = (struct hl_wire_message){0};
    worker->busy = message->data != NULL && !worker->ended;
    bool go = worker->busy;
    pthread_mutex_unlock(&worker->lock);
    if (!go)
        hl_wire_message_release(message);
    return go;
}

static int do_job(struct worker *worker, const struct hl_wire_message *message)
{
    struct hl_wire_order order;
    struct hl_reply reply;
    int r = hl_wire_get_job(&message->frame, &order);
    if (r == 0) {
        worker->job = order.job.id;
        atomic_store(&worker->incoming.received, 0);
        hl_xfer_perform(worker->xfer, &order.job, &reply);
        hl_trace_flush(worker->shared.trace); /* the reply comes after it all */
        r = send_reply(worker, order.job.id, &reply);
    }
    hl_wire_order_release(&order);
    return r;
}

/* @return why it ended: 0 when the parent closed the pipe. */
static int serve(struct worker *worker)
{
    struct hl_wire_message message;
    worker->main = pthread_self();
    int r = pthread_create(&worker->reader, NULL, read_frames, worker);
    if (r != 0)
        return -r;
    while (next_job(worker, &message)) {
        r = do_job(worker, &message);
        hl_wire_message_release(&message);
        if (r < 0) {
            end_input(worker, r);
            shutdown(worker->fd, SHUT_RD); /* wakes the reader */
        }
    }
    pthread_join(worker->reader, NULL);
    return worker->code;
}

static void worker_release(struct worker *worker)
{
    hl_xfer_free(worker->xfer);
    hl_trace_close(worker->shared.trace, NULL);
    hl_beneath_free(worker->shared.root);
    if (worker->rate != NULL)
        munmap(worker->rate, sizeof(*worker->rate));
    hl_unmap_shared(worker->shared.body,
                    worker->greeting.hello.options.data_size);
    hl_wire_greeting_release(&worker->greeting);
    hl_wire_message_release(&worker->hello);
    hl_wire_message_release(&worker->next);
    hl_wire_out_release(&worker->out);
    pthread_cond_destroy(&worker->changed);
    pthread_mutex_destroy(&worker->lock);
    pthread_mutex_destroy(&worker->out_lock);
}

int haul_worker_run(int fd)
{
    struct worker worker = {.fd = fd,
                            .out_lock = PTHREAD_MUTEX_INITIALIZER,
                            .lock = PTHREAD_MUTEX_INITIALIZER,
                            .changed = PTHREAD_COND_INITIALIZER};
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
        return -errno;
    set_signals();
    int r = greet(&worker);
    if (r == 0)
        r = serve(&worker);
    worker_release(&worker);
    return r;
}
