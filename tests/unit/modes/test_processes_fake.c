/*
 * Stands for the transfer in the workers of test_processes: a job's URL is a
 * word of the table below. "Once" means: not when a file says that it was done
 * before. The linker wraps the names of transfer/xfer.h.
 */
#include "test_processes_fake.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transfer/xfer.h"
#include "worker/wire_to_parent.h"
#include "worker/wire_to_worker.h"

struct hl_xfer {
    const struct hl_shared *shared;
    uint32_t worker;
    hl_xfer_part_fn on_part;
    void *part_arg;
    char *text;
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
    *out = calloc(1, sizeof(**out));
    if (*out == NULL)
        return UV_ENOMEM;
    (*out)->shared = shared;
    (*out)->worker = worker;
    return 0;
}

void __wrap_hl_xfer_free(struct hl_xfer *xfer)
{
    if (xfer != NULL)
        free(xfer->text);
    free(xfer);
}

void __wrap_hl_xfer_on_part(struct hl_xfer *xfer, hl_xfer_part_fn on_part,
                            void *arg)
{
    xfer->on_part = on_part;
    xfer->part_arg = arg;
}

/* Makes the file. @return false when it was there. */
static bool mark(const struct hl_xfer *xfer, const char *name)
{
    int fd =
        openat(xfer->shared->dir_fd, name, O_CREAT | O_EXCL | O_WRONLY, 0600);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* What the fake publishes is empty. */
static bool is_same(const struct hl_xfer *xfer, const char *name)
{
    struct stat st;
    return fstatat(xfer->shared->dir_fd, name, &st, 0) == 0 && st.st_size == 0;
}

/* Publishes the file, as the sink would. */
static void publish(struct hl_xfer *xfer, const struct hl_job *job,
                    struct hl_reply *reply)
{
    if (mark(xfer, job->path) || (job->compare && is_same(xfer, job->path)))
        return;
    reply->error = HAUL_ERR_IO;
    reply->exists = true;
}

static void do_user(struct hl_xfer *xfer, const struct hl_job *job,
                    struct hl_reply *reply)
{
    (void)job;
    reply->message = xfer->shared->options->user;
}

static void do_descriptors(struct hl_xfer *xfer, const struct hl_job *job,
                           struct hl_reply *reply)
{
    char *at = xfer->text = calloc(1, 4096);
    (void)job;
    for (int fd = 0; fd < 256; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            at += sprintf(at, at == xfer->text ? "%d" : " %d", fd);
    }
    reply->message = xfer->text;
}

static void do_pay(struct hl_xfer *xfer, const struct hl_job *job,
                   struct hl_reply *reply)
{
    (void)job, (void)reply;
    atomic_fetch_add(&xfer->shared->rate->paid_until_ns, 1);
}

static void do_resume(struct hl_xfer *xfer, const struct hl_job *job,
                      struct hl_reply *reply)
{
    (void)xfer;
    reply->resumed_from = job->resume_from;
}

static void do_crash(struct hl_xfer *xfer, const struct hl_job *job,
                     struct hl_reply *reply)
{
    (void)xfer, (void)job, (void)reply;
    raise(SIGKILL);
}

static void do_crash_once(struct hl_xfer *xfer, const struct hl_job *job,
                          struct hl_reply *reply)
{
    if (mark(xfer, "crashed"))
        raise(SIGKILL);
    do_resume(xfer, job, reply);
    publish(xfer, job, reply);
}

static void do_record(struct hl_xfer *xfer, const struct hl_job *job,
                      struct hl_reply *reply)
{
    const struct hl_part part = {.length = 7, .etag = "\"of the part\""};
    (void)job;
    reply->sys_errno = -xfer->on_part(xfer->part_arg, &part);
}

static void do_record_and_crash_once(struct hl_xfer *xfer,
                                     const struct hl_job *job,
                                     struct hl_reply *reply)
{
    if (mark(xfer, "crashed")) {
        do_record(xfer, job, reply);
        raise(SIGKILL);
    }
    reply->message = job->recorded ? "recorded" : "new";
}

static void do_exit_once(struct hl_xfer *xfer, const struct hl_job *job,
                         struct hl_reply *reply)
{
    (void)job, (void)reply;
    if (mark(xfer, "exited"))
        _exit(5);
}

static void do_publish_and_crash_once(struct hl_xfer *xfer,
                                      const struct hl_job *job,
                                      struct hl_reply *reply)
{
    publish(xfer, job, reply);
    if (mark(xfer, "crashed"))
        raise(SIGKILL);
}

static void do_babble(struct hl_xfer *xfer, const struct hl_job *job,
                      struct hl_reply *reply)
{
    static const unsigned char junk[] = "HTTP/1.1 200 OK\r\n\r\n";
    (void)xfer, (void)job, (void)reply;
    (void)hl_wire_write(FAKE_WIRE_FD, junk, sizeof(junk));
}

static void answer(uint64_t job)
{
    struct hl_wire_out out = {0};
    if (hl_wire_put_reply(&out, job, &(struct hl_reply){0}) == 0)
        (void)hl_wire_write(FAKE_WIRE_FD, out.data, out.used);
    hl_wire_out_release(&out);
}

static void do_claim_loss(struct hl_xfer *xfer, const struct hl_job *job,
                          struct hl_reply *reply)
{
    (void)xfer, (void)job;
    reply->lost = true;
}

/* A word, and no more. */
static void do_half_answer_once(struct hl_xfer *xfer, const struct hl_job *job,
                                struct hl_reply *reply)
{
    static const unsigned char half[] = {40, 0, 0};
    (void)job, (void)reply;
    if (!mark(xfer, "stood"))
        return;
    (void)hl_wire_write(FAKE_WIRE_FD, half, sizeof(half));
    for (;;)
        poll(NULL, 0, -1);
}

static void do_hang_once(struct hl_xfer *xfer, const struct hl_job *job,
                         struct hl_reply *reply)
{
    (void)job, (void)reply;
    if (!mark(xfer, "stood"))
        return;
    for (;;)
        poll(NULL, 0, -1);
}

/* Longer than the mode's patience, a step at a time. */
static void do_plod(struct hl_xfer *xfer, const struct hl_job *job,
                    struct hl_reply *reply)
{
    (void)job, (void)reply;
    for (int i = 0; i < 30; i++) {
        poll(NULL, 0, 100);
        hl_shared_alive(xfer->shared);
    }
}

static void do_answer_another(struct hl_xfer *xfer, const struct hl_job *job,
                              struct hl_reply *reply)
{
    (void)xfer, (void)reply;
    answer(job->id + 1);
}

static void do_answer_twice(struct hl_xfer *xfer, const struct hl_job *job,
                            struct hl_reply *reply)
{
    (void)xfer, (void)reply;
    answer(job->id);
}

static void do_long_answer(struct hl_xfer *xfer, const struct hl_job *job,
                           struct hl_reply *reply)
{
    enum { SIZE = 2 << 20 };
    (void)job;
    xfer->text = malloc(SIZE);
    memset(xfer->text, 'l', SIZE - 1);
    xfer->text[SIZE - 1] = '\0';
    reply->location = xfer->text;
}

/* Waits as libcurl does: it looks at the stop only when its poll returns. */
static void do_stall(struct hl_xfer *xfer, const struct hl_job *job,
                     struct hl_reply *reply)
{
    mark(xfer, job->path);
    while (!hl_stop_is_due(xfer->shared->stop))
        poll(NULL, 0, -1);
    reply->error = HAUL_ERR_CANCELLED;
    reply->bytes = 7;
}

static void do_wait(struct hl_xfer *xfer, const struct hl_job *job,
                    struct hl_reply *reply)
{
    (void)reply;
    mark(xfer, job->path);
    while (hl_stop_level(xfer->shared->stop) == 0)
        poll(NULL, 0, 1);
}

static void do_hang(struct hl_xfer *xfer, const struct hl_job *job,
                    struct hl_reply *reply)
{
    (void)reply;
    mark(xfer, job->path);
    for (;;)
        poll(NULL, 0, -1);
}

static void do_begin_and_crash(struct hl_xfer *xfer, const struct hl_job *job,
                               struct hl_reply *reply)
{
    mark(xfer, job->path);
    do_crash(xfer, job, reply);
}

static const struct {
    const char *word;
    void (*act)(struct hl_xfer *xfer, const struct hl_job *job,
                struct hl_reply *reply);
} acts[] = {
    {"user", do_user},
    {"descriptors", do_descriptors},
    {"pay", do_pay},
    {"resume", do_resume},
    {"crash", do_crash},
    {"crash once", do_crash_once},
    {"record", do_record},
    {"record and crash once", do_record_and_crash_once},
    {"exit once", do_exit_once},
    {"publish and crash once", do_publish_and_crash_once},
    {"babble", do_babble},
    {"claim to be lost", do_claim_loss},
    {"answer half once", do_half_answer_once},
    {"hang once", do_hang_once},
    {"plod", do_plod},
    {"answer another job", do_answer_another},
    {"answer twice", do_answer_twice},
    {"long answer", do_long_answer},
    {"stall", do_stall},
    {"begin and wait for the stop", do_wait},
    {"hang", do_hang},
    {"begin and crash", do_begin_and_crash},
};

void __wrap_hl_xfer_perform(struct hl_xfer *xfer, const struct hl_job *job,
                            struct hl_reply *reply)
{
    *reply = (struct hl_reply){.error = HAUL_OK, .start_ns = uv_hrtime()};
    free(xfer->text);
    xfer->text = NULL;
    HL_TRACE_TEXT(xfer->shared->trace, HL_EV_TRANSFER_BEGIN, job->url,
                  .job = job->id, .worker = (uint16_t)xfer->worker,
                  .value = job->attempt);
    for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++) {
        if (strcmp(job->url, acts[i].word) == 0)
            acts[i].act(xfer, job, reply);
    }
}
