/*
 * The worker's end of its pipe, as the program has it, with its threads. The
 * parent is this file: it has sent all that the input says, and reads what the
 * worker says when that has ended. The transfer is faked. The worker always
 * ends, and whatever it says is what the parent can read.
 *
 * The first byte has flags.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "fuzz/check.h"
#include "fuzz/frames.h"
#include "fuzz/scratch.h"
#include "transfer/xfer.h"
#include "worker/spawn.h"

enum {
    RAW = 1,         /* the bytes are no frames */
    NO_HELLO = 2,    /* the parent does not begin with HELLO */
    TRACED = 4,      /* its options ask for a trace */
    WORKER_FD = 100, /* and what is counted on from there */
};

struct hl_xfer {
    hl_xfer_part_fn on_part;
    void *part_arg;
};

int __wrap_hl_xfer_new(struct hl_xfer **out, const struct hl_shared *shared,
                       uint32_t worker);
void __wrap_hl_xfer_free(struct hl_xfer *xfer);
void __wrap_hl_xfer_on_part(struct hl_xfer *xfer, hl_xfer_part_fn on_part,
                            void *arg);
void __wrap_hl_xfer_perform(struct hl_xfer *xfer, const struct hl_job *job,
                            struct hl_reply *reply);

int __wrap_hl_xfer_new(struct hl_xfer **out, const struct hl_shared *shared,
                       uint32_t worker)
{
    check(shared->options != NULL && worker > 0, "a worker knows who it is");
    *out = calloc(1, sizeof(**out));
    return *out != NULL ? 0 : UV_ENOMEM;
}

void __wrap_hl_xfer_free(struct hl_xfer *xfer)
{
    free(xfer);
}

void __wrap_hl_xfer_on_part(struct hl_xfer *xfer, hl_xfer_part_fn on_part,
                            void *arg)
{
    xfer->on_part = on_part;
    xfer->part_arg = arg;
}

static size_t touch(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

void __wrap_hl_xfer_perform(struct hl_xfer *xfer, const struct hl_job *job,
                            struct hl_reply *reply)
{
    const struct hl_part part = {
        .length = job->resume_total, .etag = job->etag, .inode = 1};
    const char *const *headers = job->headers;
    while (headers != NULL && *headers != NULL)
        (void)touch(*headers++);
    (void)(touch(job->path) + touch(job->user) + touch(job->checksum));
    *reply = (struct hl_reply){
        .error = HAUL_ERR_REDIRECT,
        .http_status = 302,
        .message = job->url,
        .location = job->url,
        .cookies = job->cookies,
        .etag = job->etag,
    };
    if (job->recorded && xfer->on_part(xfer->part_arg, &part) < 0)
        reply->error = HAUL_ERR_CANCELLED;
}

/* Places the descriptors that a worker is born with. @return the parent's end
 * of the pipe. */
static int place_descriptors(void)
{
    int ends[2];
    int rate = memfd_create("rate", MFD_CLOEXEC);
    check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0 &&
              rate >= 0 && ftruncate(rate, 4096) == 0,
          "descriptors");
    check(dup2(ends[1], WORKER_FD) >= 0 &&
              dup2(scratch_fd(), WORKER_FD + HL_FD_DIR - HL_FD_WIRE) >= 0 &&
              dup2(rate, WORKER_FD + HL_FD_RATE - HL_FD_WIRE) >= 0,
          "their places");
    close(ends[1]);
    close(rate);
    return ends[0];
}

static void put_hello(struct hl_wire_out *out, unsigned flags)
{
    const struct hl_wire_hello hello = {
        .parent = (uint64_t)getppid(),
        .grace_ns = 1,
        .worker = 1,
        .has_rate = (flags & TRACED) != 0,
        .token = "0a1b2c3d",
        .options = {.dir = ".",
                    .output = "{name}",
                    .trace = flags & TRACED ? HAUL_TRACE_TRANSFER : 0},
    };
    check(hl_wire_put_hello(out, &hello) == 0, "there is memory");
}

/* What the worker says, the parent can read. */
static void on_said(void *arg, const struct hl_wire_frame *frame)
{
    unsigned *count = arg;
    struct hl_reply reply;
    struct hl_event event;
    struct hl_part part;
    struct hl_incoming_file file;
    uint64_t job;
    int r = HAUL_EPROTO;
    if ((*count)++ == 0)
        r = hl_wire_get_ready(frame);
    else if (frame->type == HL_WIRE_REPLY)
        r = hl_wire_get_reply(frame, &job, &reply);
    else if (frame->type == HL_WIRE_PART)
        r = hl_wire_get_part(frame, &job, &part);
    else if (frame->type == HL_WIRE_EVENT)
        r = hl_wire_get_event(frame, &event);
    else if (frame->type == HL_WIRE_BEAT)
        r = hl_wire_get_beat(frame, &file);
    check(r == 0, "what the worker says can be read");
}

static void hear(int fd)
{
    struct hl_wire_out said = {0};
    uint8_t bytes[4096];
    unsigned count = 0;
    ssize_t n;
    while ((n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
        frames_put_raw(&said, bytes, (size_t)n);
    frames_each(said.data, said.used, on_said, &count);
    hl_wire_out_release(&said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hl_wire_out words = {0};
    if (size == 0)
        return 0;
    if ((data[0] & NO_HELLO) == 0)
        put_hello(&words, data[0]);
    if ((data[0] & RAW) != 0)
        frames_put_raw(&words, data + 1, size - 1);
    else
        frames_put(&words, data + 1, size - 1);
    int fd = place_descriptors();
    check(send(fd, words.data, words.used, MSG_DONTWAIT | MSG_NOSIGNAL) ==
              (ssize_t)words.used,
          "there is room in the pipe");
    shutdown(fd, SHUT_WR);
    check(haul_worker_run(WORKER_FD) <= 0, "the worker ends");
    hear(fd);
    close(fd);
    for (int i = 0; i < 3; i++)
        close(WORKER_FD + i);
    hl_wire_out_release(&words);
    return 0;
}
