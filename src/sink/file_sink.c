#include "sink/file_sink.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "util/container_of.h"
#include "util/io.h"
#include "util/part_file.h"

struct file_sink {
    struct hl_sink sink;
    int fd; /* of the part; -1 not open */
};

static struct file_sink *file_of(struct hl_sink *sink)
{
    return container_of(sink, struct file_sink, sink);
}

/* On NFS close(2) may be the first call that tells of a full disk. */
static int close_part(struct file_sink *file)
{
    int r = file->fd >= 0 && close(file->fd) < 0 ? -errno : 0;
    file->fd = -1;
    return r;
}

static int remove_part(struct hl_sink *sink)
{
    const struct hl_sink_body *body = &sink->body;
    assert(file_of(sink)->fd < 0);
    if (body->part_token == NULL || body->part_inode == 0)
        return 0;
    return hl_part_file_remove_inode(sink->run.root, body->path,
                                     body->part_token, body->part_inode);
}

/* Removes the part that this body has written to. */
static void remove_own_part(struct hl_sink *sink)
{
    assert(file_of(sink)->fd < 0);
    (void)hl_part_file_remove_inode(sink->run.root, sink->body.path,
                                    hl_sink_token(sink), sink->inode);
}

static int open_again(const struct hl_sink *sink)
{
    const struct hl_sink_body *body = &sink->body;
    if (body->part_token == NULL || body->part_inode == 0)
        return UV_ENOENT;
    return hl_part_file_open_again(sink->run.root, body->path, body->part_token,
                                   body->part_inode, sink->flushed);
}

/* Makes a new part, or opens that of an earlier attempt if the body goes on
 * behind it. UV_EEXIST on a new part means that the filesystem takes the names
 * of two URLs for one: the part there is the other URL's. */
static int open_part(struct file_sink *file)
{
    struct hl_sink *sink = &file->sink;
    const char *path = sink->body.path;
    int fd = sink->going_on
                 ? open_again(sink)
                 : hl_part_file_open(sink->run.root, path, sink->run.token);
    if (fd < 0) {
        sink->gone = sink->going_on && fd == UV_ENOENT;
        sink->exists = fd == UV_EEXIST;
        return fd;
    }
    file->fd = fd;
    sink->has_part = true;
    hl_sink_alive(sink);
    HL_TRACE_TEXT(sink->run.trace, HL_EV_FILE_OPEN, path, .job = sink->body.job,
                  .worker = (uint16_t)sink->run.worker,
                  .value = (int64_t)sink->flushed);
    return 0;
}

static int note_inode(struct file_sink *file)
{
    struct stat st;
    if (fstat(file->fd, &st) < 0)
        return -errno;
    file->sink.inode = (uint64_t)st.st_ino;
    return 0;
}

static int call(int (*hook)(void *arg), void *arg)
{
    return hook != NULL ? hook(arg) : 0;
}

static int go_on(struct file_sink *file)
{
    int r = open_part(file);
    file->sink.inode = file->sink.body.part_inode;
    return r;
}

/* Makes the part and tells the owner before the first byte is in it, so that
 * the record of it is there whenever a kill comes. whole: all bytes are here,
 * and need no such record. */
static int begin_part(struct file_sink *file, bool whole)
{
    struct hl_sink *sink = &file->sink;
    const struct hl_sink_hooks *hooks = &sink->hooks;
    if (sink->going_on)
        return go_on(file);
    int r = call(hooks->opening, hooks->arg);
    if (r == 0)
        r = open_part(file);
    if (r < 0 || whole)
        return r;
    /* Without memory the XXH3 is made from the file at its end. */
    hl_hashes_begin_xxh3(&sink->hashes);
    r = note_inode(file);
    if (r == 0)
        r = call(hooks->begun, hooks->arg);
    if (r == 0)
        return 0;
    close_part(file);
    remove_own_part(sink);
    sink->has_part = false;
    return r;
}

static int flush(struct file_sink *file, const char *data, size_t size)
{
    struct hl_sink *sink = &file->sink;
    hl_hashes_add(&sink->hashes, data, size);
    int r = hl_pwrite_all(file->fd, data, size, sink->flushed);
    if (r < 0)
        return r;
    HL_TRACE(sink->run.trace, HL_EV_FILE_WRITE, .job = sink->body.job,
             .worker = (uint16_t)sink->run.worker, .value = (int64_t)size);
    sink->flushed += size;
    hl_sink_alive(sink);
    return 0;
}

static int store(struct hl_sink *sink, const char *data, size_t size)
{
    struct file_sink *file = file_of(sink);
    int r = file->fd < 0 ? begin_part(file, false) : 0;
    return r == 0 ? flush(file, data, size) : r;
}

static int complete(struct hl_sink *sink)
{
    struct file_sink *file = file_of(sink);
    bool whole = file->fd < 0 && !sink->going_on;
    int r = file->fd < 0 ? begin_part(file, true) : 0;
    if (r == 0 && whole)
        hl_xxh3_of(sink->hashes.out.xxh3, sink->in.data, sink->in.used);
    if (r == 0 && sink->in.used > 0)
        r = flush(file, sink->in.data, sink->in.used);
    if (r < 0)
        return r;
    sink->in.used = 0;
    const struct hl_hashed_file hashed = {
        .fd = file->fd,
        .size = sink->flushed,
        .stop = sink->run.stop,
        .alive = sink->run.alive,
        .arg = sink->run.alive_arg,
    };
    return hl_hashes_end_by_file(&sink->hashes, !whole, &hashed);
}

/* Does all that may fail before the file gets its name, and closes it. */
static int finish_part(struct file_sink *file, int64_t mtime, struct stat *st)
{
    int r = 0;
    if (mtime >= 0) {
        const struct timespec times[2] = {{.tv_nsec = UTIME_NOW},
                                          {.tv_sec = (time_t)mtime}};
        r = futimens(file->fd, times) < 0 ? -errno : 0;
    }
    if (r == 0 && file->sink.run.fsync)
        r = fsync(file->fd) < 0 ? -errno : 0;
    hl_sink_alive(&file->sink);
    if (r == 0 && fstat(file->fd, st) < 0)
        r = -errno;
    int closed = close_part(file);
    hl_sink_alive(&file->sink);
    return r < 0 ? r : closed;
}

/* A part that grew for a while may have been replaced or changed by somebody.
 * What has its name now is not the file. */
static int check_part(struct hl_sink *sink, const struct stat *st)
{
    if (sink->inode == 0)
        return 0;
    int r = (uint64_t)st->st_size == sink->flushed
                ? hl_part_file_look(sink->run.root, sink->body.path,
                                    hl_sink_token(sink), st)
                : UV_ENOENT;
    sink->gone = r == UV_ENOENT;
    return r;
}

static int publish(struct hl_sink *sink, int64_t mtime)
{
    const struct hl_sink_body *body = &sink->body;
    struct stat st = {0};
    int r = finish_part(file_of(sink), mtime, &st);
    if (r == 0)
        r = check_part(sink, &st);
    if (r == 0)
        r = hl_publish(sink->run.root, body->path, hl_sink_token(sink),
                       &body->rule, &st, &sink->published);
    sink->exists = r == UV_EEXIST;
    if (r < 0) {
        remove_own_part(sink);
        sink->going_on = false; /* nothing is there to go on with */
        return r;
    }
    HL_TRACE_TEXT(sink->run.trace, HL_EV_FILE_PUBLISH, body->path,
                  .job = body->job, .worker = (uint16_t)sink->run.worker,
                  .value = (int64_t)sink->flushed);
    return 0;
}

static void discard(struct hl_sink *sink)
{
    struct file_sink *file = file_of(sink);
    if (file->fd >= 0) {
        close_part(file);
        remove_own_part(sink);
    } else if (sink->going_on) {
        (void)remove_part(sink);
    }
}

/* A part without a byte is removed, and so is the part of a body that came
 * whole: no record names that part, so no later run would find it. */
static uint64_t keep(struct hl_sink *sink)
{
    struct file_sink *file = file_of(sink);
    if (!sink->going_on && sink->inode == 0) {
        discard(sink);
        return 0;
    }
    if (file->fd < 0 && (!sink->going_on || open_part(file) < 0))
        return 0;
    /* If this write fails, the part is still valid up to sink->flushed. */
    if (sink->in.used > 0)
        (void)flush(file, sink->in.data, sink->in.used);
    uint64_t kept = close_part(file) == 0 ? sink->flushed : 0;
    if (kept == 0)
        remove_own_part(sink);
    return kept;
}

static void free_sink(struct hl_sink *sink)
{
    assert(file_of(sink)->fd < 0);
    free(file_of(sink));
}

struct hl_sink *hl_file_sink_new(const struct hl_sink_run *run,
                                 const struct hl_sink_hooks *hooks)
{
    static const struct hl_sink_place place = {
        .store = store,
        .complete = complete,
        .publish = publish,
        .keep = keep,
        .discard = discard,
        .remove_part = remove_part,
        .free = free_sink,
    };
    struct file_sink *file = calloc(1, sizeof(*file));
    if (file == NULL)
        return NULL;
    file->fd = -1;
    hl_sink_init(&file->sink, &place, run, hooks);
    return &file->sink;
}
