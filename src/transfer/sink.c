#include "transfer/sink.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/mkdirs.h"

enum {
    FIRST_CAPACITY = 16 * 1024,
    KEPT_CAPACITY = 32 * 1024, /* a larger buffer is freed between bodies */
    NAME_SIZE = 4096 + 8,
    HASH_CHUNK = 256 * 1024, /* between looks at the stop */
};

/* "PATH.part", or NULL when that is too long for the system. */
static const char *part_name(char out[NAME_SIZE], const char *path)
{
    if (strlen(path) + sizeof(".part") > NAME_SIZE)
        return NULL;
    stpcpy(stpcpy(out, path), ".part");
    return out;
}

static int fail(struct hl_sink *sink, int code)
{
    if (sink->sys_errno == 0)
        sink->sys_errno = -code;
    return code;
}

static int open_once(const struct hl_sink *sink, int flags)
{
    char name[NAME_SIZE];
    if (part_name(name, sink->job->path) == NULL)
        return -ENAMETOOLONG;
    int fd = openat(sink->env->dir_fd, name,
                    O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0666);
    return fd < 0 ? -errno : fd;
}

/* A part is written only when it is a plain file of one name: through a
 * second link the bytes would reach another file too. */
static int check_part(int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    return S_ISREG(st.st_mode) && st.st_nlink == 1 ? 0 : -EEXIST;
}

/* One that is there already is checked before it is used again, and begins
 * empty. */
static int open_old(const struct hl_sink *sink)
{
    int fd = open_once(sink, O_CREAT);
    int r = fd >= 0 ? check_part(fd) : fd;
    if (r == 0 && ftruncate(fd, 0) < 0)
        r = -errno;
    if (fd >= 0 && r < 0)
        close(fd);
    return r < 0 ? r : fd;
}

static int open_part(struct hl_sink *sink)
{
    int fd = open_once(sink, O_CREAT | O_EXCL);
    if (fd == -ENOENT) {
        int r = hl_mkdirs_to(sink->env->dir_fd, sink->job->path);
        if (r < 0)
            return fail(sink, r);
        fd = open_once(sink, O_CREAT | O_EXCL);
    }
    if (fd == -EEXIST)
        fd = open_old(sink);
    if (fd < 0)
        return fail(sink, fd);
    sink->fd = fd;
    sink->flushed = 0;
    HL_TRACE_TEXT(sink->env->trace, HL_EV_FILE_OPEN, sink->job->path,
                  .job = sink->job->id, .worker = (uint16_t)sink->worker);
    return 0;
}

static int write_all(int fd, const char *data, size_t size, uint64_t offset)
{
    while (size > 0) {
        ssize_t n = pwrite(fd, data, size, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        data += n;
        size -= (size_t)n;
        offset += (uint64_t)n;
    }
    return 0;
}

/* close(2) may be the first to tell of a full disk, as on NFS. */
static int close_part(struct hl_sink *sink)
{
    int r = sink->fd >= 0 && close(sink->fd) < 0 ? -errno : 0;
    sink->fd = -1;
    return r;
}

void hl_sink_remove_part(struct hl_sink *sink)
{
    char part[NAME_SIZE];
    assert(sink->fd < 0);
    if (part_name(part, sink->job->path) != NULL)
        unlinkat(sink->env->dir_fd, part, 0);
}

/* What is told of before the first byte is in it can be relied on whenever a
 * kill comes. */
static int begin_streaming(struct hl_sink *sink)
{
    int r = open_part(sink);
    if (r < 0)
        return r;
    r = sink->begun != NULL ? sink->begun(sink->begun_arg) : 0;
    if (r == 0)
        return 0;
    close_part(sink);
    hl_sink_remove_part(sink);
    return fail(sink, r);
}

static int flush(struct hl_sink *sink)
{
    int r = write_all(sink->fd, sink->data, sink->used, sink->flushed);
    if (r < 0)
        return fail(sink, r);
    HL_TRACE(sink->env->trace, HL_EV_FILE_WRITE, .job = sink->job->id,
             .worker = (uint16_t)sink->worker, .value = (int64_t)sink->used);
    sink->flushed += sink->used;
    sink->used = 0;
    return 0;
}

static int stream(struct hl_sink *sink)
{
    int r = sink->fd < 0 ? begin_streaming(sink) : 0;
    return r == 0 ? flush(sink) : r;
}

void hl_sink_init(struct hl_sink *sink, const struct hl_env *env,
                  uint32_t worker)
{
    *sink = (struct hl_sink){.env = env, .worker = worker, .fd = -1};
}

void hl_sink_release(struct hl_sink *sink)
{
    assert(sink->fd < 0);
    free(sink->data);
    sink->data = NULL;
    hl_sha256_free(sink->hash);
    sink->hash = NULL;
}

void hl_sink_on_begun(struct hl_sink *sink, hl_sink_begun_fn begun, void *arg)
{
    sink->begun = begun;
    sink->begun_arg = arg;
}

static bool wants_hash(const struct hl_sink *sink)
{
    return sink->env->options->sha256 || sink->job->sha256 != NULL;
}

/* Without memory for it the file is hashed at its end, or fails there. */
static void begin_hash(struct hl_sink *sink)
{
    sink->sha256[0] = '\0';
    sink->hashing = wants_hash(sink) &&
                    (sink->hash != NULL || hl_sha256_new(&sink->hash) == 0) &&
                    hl_sha256_begin(sink->hash) == 0;
}

void hl_sink_begin(struct hl_sink *sink, const struct hl_job *job)
{
    assert(sink->fd < 0);
    sink->job = job;
    sink->used = 0;
    sink->flushed = 0;
    sink->most = HL_SINK_SMALL;
    sink->sys_errno = 0;
    sink->exists = false;
    begin_hash(sink);
}

int hl_sink_resume(struct hl_sink *sink)
{
    int fd = open_once(sink, 0);
    if (fd < 0)
        return UV_ENOENT;
    struct stat st;
    uint64_t from = sink->job->resume_from;
    if (check_part(fd) < 0 || fstat(fd, &st) < 0 ||
        (uint64_t)st.st_size < from || ftruncate(fd, (off_t)from) < 0) {
        close(fd);
        return UV_ENOENT;
    }
    sink->fd = fd;
    sink->flushed = from;
    sink->most = HL_SINK_CHUNK;
    sink->hashing = false;
    HL_TRACE_TEXT(sink->env->trace, HL_EV_FILE_OPEN, sink->job->path,
                  .job = sink->job->id, .worker = (uint16_t)sink->worker,
                  .value = (int64_t)from);
    return 0;
}

static int reserve(struct hl_sink *sink, size_t capacity)
{
    if (capacity <= sink->capacity)
        return 0;
    char *data = realloc(sink->data, capacity);
    if (data == NULL)
        return fail(sink, -ENOMEM);
    sink->data = data;
    sink->capacity = capacity;
    return 0;
}

/* A body that will stream begins to at once: the less waits in memory, the
 * less is lost with it. */
void hl_sink_expect(struct hl_sink *sink, uint64_t bytes)
{
    if (bytes > HL_SINK_SMALL) {
        sink->most = HL_SINK_CHUNK;
        bytes = HL_SINK_CHUNK;
    }
    /* A refusal comes back from hl_sink_write(), where it is handled. */
    if (reserve(sink, (size_t)bytes) < 0)
        sink->sys_errno = 0;
}

static int make_room(struct hl_sink *sink, size_t size)
{
    if (sink->used + size <= sink->capacity)
        return 0;
    size_t capacity =
        sink->capacity > 0 ? sink->capacity : (size_t)FIRST_CAPACITY;
    while (capacity < sink->used + size && capacity < sink->most)
        capacity *= 2;
    return reserve(sink, capacity < sink->most ? capacity : sink->most);
}

int hl_sink_write(struct hl_sink *sink, const void *data, size_t size)
{
    const char *bytes = data;
    if (sink->hashing)
        hl_sha256_add(sink->hash, data, size);
    while (size > 0) {
        size_t n = sink->most - sink->used;
        if (n > size)
            n = size;
        int r = n > 0 ? make_room(sink, n) : stream(sink);
        if (r < 0)
            return r;
        memcpy(sink->data + sink->used, bytes, n);
        sink->used += n;
        bytes += n;
        size -= n;
    }
    return 0;
}

uint64_t hl_sink_size(const struct hl_sink *sink)
{
    return sink->flushed + sink->used;
}

static void trim(struct hl_sink *sink)
{
    sink->used = 0;
    if (sink->capacity <= KEPT_CAPACITY)
        return;
    free(sink->data);
    sink->data = NULL;
    sink->capacity = 0;
}

/* renameat2 with RENAME_NOREPLACE, or a link where the filesystem has no
 * such rename (NFS gives EINVAL). */
static int rename_noreplace(int dir_fd, const char *from, const char *to)
{
    if (syscall(SYS_renameat2, dir_fd, from, dir_fd, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -errno;
    if (linkat(dir_fd, from, dir_fd, to, 0) < 0)
        return -errno;
    return unlinkat(dir_fd, from, 0) < 0 ? -errno : 0;
}

static int give_name(struct hl_sink *sink)
{
    char part[NAME_SIZE];
    const char *path = sink->job->path;
    int dir_fd = sink->env->dir_fd;
    if (part_name(part, path) == NULL)
        return -ENAMETOOLONG;
    if (sink->job->replace)
        return renameat(dir_fd, part, dir_fd, path) < 0 ? -errno : 0;
    int r = rename_noreplace(dir_fd, part, path);
    sink->exists = r == -EEXIST;
    return r;
}

/* Hashes what was in the part before this attempt, with the rest. */
static int hash_part(struct hl_sink *sink, char *buffer)
{
    int r = hl_sha256_begin(sink->hash);
    if (r < 0)
        return r;
    for (uint64_t at = 0; at < sink->flushed;) {
        ssize_t n = pread(sink->fd, buffer, HASH_CHUNK, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        hl_sha256_add(sink->hash, buffer, (size_t)n);
        at += (uint64_t)n;
        if (hl_stop_now(sink->env->stop))
            return UV_ECANCELED;
    }
    return 0;
}

static int hash_all(struct hl_sink *sink)
{
    int r = sink->hash == NULL ? hl_sha256_new(&sink->hash) : 0;
    char *buffer = r == 0 ? malloc(HASH_CHUNK) : NULL;
    if (buffer == NULL)
        return UV_ENOMEM;
    r = hash_part(sink, buffer);
    free(buffer);
    return r;
}

int hl_sink_settle(struct hl_sink *sink)
{
    int r = sink->fd < 0 ? open_part(sink) : 0;
    if (r == 0 && sink->used > 0)
        r = flush(sink);
    if (r < 0 || !wants_hash(sink))
        return r;
    r = sink->hashing ? 0 : hash_all(sink);
    if (r == 0)
        hl_sha256_end(sink->hash, sink->sha256);
    sink->hashing = false;
    return r < 0 ? fail(sink, r) : 0;
}

/* All that may fail before the name appears. */
static int finish_part(struct hl_sink *sink, int64_t mtime)
{
    int r = 0;
    if (mtime >= 0) {
        const struct timespec times[2] = {{.tv_nsec = UTIME_NOW},
                                          {.tv_sec = (time_t)mtime}};
        r = futimens(sink->fd, times) < 0 ? -errno : 0;
    }
    if (r == 0 && sink->env->options->fsync)
        r = fsync(sink->fd) < 0 ? -errno : 0;
    int closed = close_part(sink);
    return r < 0 ? r : closed;
}

int hl_sink_publish(struct hl_sink *sink, int64_t mtime)
{
    int r = finish_part(sink, mtime);
    if (r == 0)
        r = give_name(sink);
    if (r < 0) {
        hl_sink_discard(sink);
        return fail(sink, r);
    }
    HL_TRACE_TEXT(sink->env->trace, HL_EV_FILE_PUBLISH, sink->job->path,
                  .job = sink->job->id, .worker = (uint16_t)sink->worker,
                  .value = (int64_t)sink->flushed);
    trim(sink);
    return 0;
}

uint64_t hl_sink_keep(struct hl_sink *sink)
{
    if (sink->fd < 0) {
        trim(sink);
        return 0;
    }
    /* What cannot be written is not kept; the part stays valid up to there. */
    if (sink->used > 0 && flush(sink) < 0)
        sink->used = 0;
    uint64_t kept = close_part(sink) == 0 ? sink->flushed : 0;
    trim(sink);
    return kept;
}

void hl_sink_discard(struct hl_sink *sink)
{
    bool opened = sink->fd >= 0 || sink->flushed > 0;
    close_part(sink);
    if (opened)
        hl_sink_remove_part(sink);
    trim(sink);
}
