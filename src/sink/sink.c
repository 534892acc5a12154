#include "sink/sink.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/io.h"
#include "util/part_file.h"

enum {
    FIRST_CAPACITY = 16 * 1024,
    KEPT_CAPACITY = 32 * 1024, /* a larger buffer is freed between bodies */
    HASH_CHUNK = 256 * 1024,   /* read back at a time, between looks at stop */
};

/* Does the body go to output_fd instead of a file? */
static bool is_stream(const struct hl_sink *sink)
{
    return sink->shared->options->output_fd > 0;
}

bool hl_sink_is_begun(const struct hl_sink *sink)
{
    return is_stream(sink) && sink->written > 0;
}

/* On NFS close(2) may be the first call that tells of a full disk. */
static int close_part(struct hl_sink *sink)
{
    int r = sink->fd >= 0 && close(sink->fd) < 0 ? -errno : 0;
    sink->fd = -1;
    return r;
}

int hl_sink_remove_part(struct hl_sink *sink)
{
    const struct hl_job *job = sink->job;
    assert(sink->fd < 0);
    if (is_stream(sink) || job->part_token == NULL || job->part_inode == 0)
        return 0;
    return hl_part_file_remove_inode(sink->shared->root, job->path,
                                     job->part_token, job->part_inode);
}

const char *hl_sink_token(const struct hl_sink *sink)
{
    return sink->going_on ? sink->job->part_token : sink->shared->token;
}

/* Removes the part that this body has written to. */
static void remove_own_part(struct hl_sink *sink)
{
    assert(sink->fd < 0);
    (void)hl_part_file_remove_inode(sink->shared->root, sink->job->path,
                                    hl_sink_token(sink), sink->inode);
}

static int open_again(const struct hl_sink *sink)
{
    const struct hl_job *job = sink->job;
    if (job->part_token == NULL || job->part_inode == 0)
        return UV_ENOENT;
    return hl_part_file_open_again(sink->shared->root, job->path,
                                   job->part_token, job->part_inode,
                                   sink->flushed);
}

/* Makes a new part, or opens that of an earlier attempt if the body goes on
 * behind it. UV_EEXIST on a new part means that the filesystem takes the names
 * of two URLs for one: the part there is the other URL's. */
static int open_part(struct hl_sink *sink)
{
    const char *path = sink->job->path;
    int fd = sink->going_on ? open_again(sink)
                            : hl_part_file_open(sink->shared->root, path,
                                                sink->shared->token);
    if (fd < 0) {
        sink->gone = sink->going_on && fd == UV_ENOENT;
        sink->exists = fd == UV_EEXIST;
        return fd;
    }
    sink->fd = fd;
    hl_shared_alive(sink->shared);
    HL_TRACE_TEXT(sink->shared->trace, HL_EV_FILE_OPEN, path,
                  .job = sink->job->id, .worker = (uint16_t)sink->worker,
                  .value = (int64_t)sink->flushed);
    return 0;
}

static int note_inode(struct hl_sink *sink)
{
    struct stat st;
    if (fstat(sink->fd, &st) < 0)
        return -errno;
    sink->inode = (uint64_t)st.st_ino;
    return 0;
}

static int call(int (*hook)(void *arg), void *arg)
{
    return hook != NULL ? hook(arg) : 0;
}

/* Begins the XXH3. Without memory the file is read back at its end instead. */
static bool begin_sum(struct hl_sink *sink)
{
    if (sink->xxh3_state == NULL)
        sink->xxh3_state = hl_xxh3_new();
    sink->summing = sink->xxh3_state != NULL;
    if (sink->summing)
        hl_xxh3_begin(sink->xxh3_state);
    return sink->summing;
}

/* Makes the part and tells the owner before the first byte is in it, so that
 * the record of it is there whenever a kill comes. whole: all bytes are here,
 * and need no such record. */
static int begin_part(struct hl_sink *sink, bool whole)
{
    const struct hl_sink_hooks *hooks = &sink->hooks;
    if (sink->going_on) {
        int again = open_part(sink);
        sink->inode = sink->job->part_inode;
        return again;
    }
    int r = call(hooks->opening, hooks->arg);
    if (r == 0)
        r = open_part(sink);
    if (r < 0 || whole)
        return r;
    (void)begin_sum(sink);
    r = note_inode(sink);
    if (r == 0)
        r = call(hooks->begun, hooks->arg);
    if (r == 0)
        return 0;
    close_part(sink);
    remove_own_part(sink);
    return r;
}

static int flush(struct hl_sink *sink, const struct hl_sink_piece *piece)
{
    if (sink->hashing)
        hl_digest_add(sink->digest, piece->data, piece->used);
    if (sink->summing)
        hl_xxh3_add(sink->xxh3_state, piece->data, piece->used);
    int r = hl_pwrite_all(sink->fd, piece->data, piece->used, sink->flushed);
    if (r < 0)
        return r;
    HL_TRACE(sink->shared->trace, HL_EV_FILE_WRITE, .job = sink->job->id,
             .worker = (uint16_t)sink->worker, .value = (int64_t)piece->used);
    sink->flushed += piece->used;
    hl_shared_alive(sink->shared);
    return 0;
}

/* The same for output_fd. If a write fails half way, nobody can tell how much
 * was written, so no attempt can go on behind it. */
static int flush_stream(struct hl_sink *sink, const struct hl_sink_piece *piece)
{
    if (sink->hashing)
        hl_digest_add(sink->digest, piece->data, piece->used);
    int r = hl_write_all(sink->shared->options->output_fd, piece->data,
                         piece->used, sink->shared->stop);
    if (r < 0)
        return r;
    HL_TRACE(sink->shared->trace, HL_EV_FILE_WRITE, .job = sink->job->id,
             .worker = (uint16_t)sink->worker, .value = (int64_t)piece->used);
    sink->flushed += piece->used;
    sink->written = sink->flushed;
    return 0;
}

static int store(struct hl_sink *sink, const struct hl_sink_piece *piece)
{
    if (is_stream(sink))
        return flush_stream(sink, piece);
    int r = sink->fd < 0 ? begin_part(sink, false) : 0;
    return r == 0 ? flush(sink, piece) : r;
}

void hl_sink_init(struct hl_sink *sink, const struct hl_shared *shared,
                  uint32_t worker, const struct hl_sink_hooks *hooks)
{
    *sink = (struct hl_sink){.shared = shared,
                             .worker = worker,
                             .hooks = *hooks,
                             .piece_max = HL_SINK_CHUNK,
                             .fd = -1};
}

void hl_sink_release(struct hl_sink *sink)
{
    assert(sink->fd < 0 && sink->out.used == 0);
    free(sink->in.data);
    free(sink->out.data);
    sink->in = sink->out = (struct hl_sink_piece){0};
    hl_digest_free(sink->digest);
    sink->digest = NULL;
    hl_xxh3_free(sink->xxh3_state);
    sink->xxh3_state = NULL;
}

/* The set of digests that the options or the job ask for; 0: none. */
static unsigned algorithms(const struct hl_sink *sink)
{
    const char *checksum = sink->job->checksum;
    unsigned set = sink->shared->options->sha256 ? HL_DIGEST_BY(HL_SHA256) : 0;
    if (checksum != NULL)
        set |= HL_DIGEST_BY(hl_algorithm_of_length(strlen(checksum)));
    return set;
}

/* Begins the digests. Without memory the file is hashed at its end, and fails
 * there if that cannot be done either. */
static void begin_hash(struct hl_sink *sink)
{
    unsigned wanted = algorithms(sink);
    sink->digests[0] = '\0';
    sink->xxh3[0] = '\0';
    sink->summing = false;
    sink->hashing =
        wanted != 0 &&
        (sink->digest != NULL || hl_digest_new(&sink->digest) == 0) &&
        hl_digest_begin(sink->digest, wanted) == 0;
}

void hl_sink_begin(struct hl_sink *sink, const struct hl_job *job)
{
    assert(sink->fd < 0 && sink->out.used == 0);
    sink->job = job;
    sink->in.used = 0;
    sink->size = 0;
    sink->flushed = 0;
    sink->most = HL_SINK_SMALL;
    sink->exists = false;
    sink->going_on = false;
    sink->gone = false;
    sink->inode = 0;
    /* A body that goes on behind bytes of output_fd continues their digest. */
    if (!hl_sink_is_begun(sink))
        begin_hash(sink);
}

void hl_sink_resume(struct hl_sink *sink)
{
    sink->going_on = true;
    sink->size = sink->job->resume_from;
    sink->flushed = sink->job->resume_from;
    sink->most = HL_SINK_CHUNK;
    sink->hashing = sink->hashing && is_stream(sink);
}

static int reserve(struct hl_sink_piece *piece, size_t capacity)
{
    if (capacity <= piece->capacity)
        return 0;
    char *data = realloc(piece->data, capacity);
    if (data == NULL)
        return UV_ENOMEM;
    piece->data = data;
    piece->capacity = capacity;
    return 0;
}

/* A long body streams from its first chunk on: what is not in memory cannot be
 * lost by a kill. */
void hl_sink_expect(struct hl_sink *sink, uint64_t bytes)
{
    if (bytes > HL_SINK_SMALL) {
        sink->most = HL_SINK_CHUNK;
        bytes = HL_SINK_CHUNK;
    }
    /* Without memory hl_sink_write() fails, and that is handled. */
    (void)reserve(&sink->in, (size_t)bytes);
}

static int make_room(struct hl_sink *sink, size_t size)
{
    size_t needed = sink->in.used + size;
    size_t most = needed > sink->most ? needed : sink->most;
    size_t capacity =
        sink->in.capacity > 0 ? sink->in.capacity : (size_t)FIRST_CAPACITY;
    while (capacity < needed)
        capacity *= 2;
    return reserve(&sink->in, capacity < most ? capacity : most);
}

/* Stores the full piece, or has it stored, and puts an empty piece in its
 * place. */
static int pass_on(struct hl_sink *sink)
{
    if (sink->hooks.piece == NULL) {
        int r = store(sink, &sink->in);
        sink->in.used = 0;
        return r;
    }
    struct hl_sink_piece empty = sink->out;
    sink->out = sink->in;
    sink->in = empty;
    sink->hooks.piece(sink->hooks.piece_arg);
    sink->most = sink->piece_max;
    return 0;
}

bool hl_sink_has_room(const struct hl_sink *sink, size_t size)
{
    return sink->out.used == 0 || sink->in.used + size <= sink->most;
}

static int add(struct hl_sink *sink, const char *data, size_t size)
{
    int r = make_room(sink, size);
    if (r < 0)
        return r;
    memcpy(sink->in.data + sink->in.used, data, size);
    sink->in.used += size;
    sink->size += size;
    return 0;
}

/* Bytes that come while a piece is being stored and that do not fit make the
 * waiting piece larger. */
int hl_sink_write(struct hl_sink *sink, const void *data, size_t size)
{
    const char *bytes = data;
    int r = 0;
    while (r == 0 && size > 0) {
        size_t n = sink->most > sink->in.used ? sink->most - sink->in.used : 0;
        if (n > size || sink->out.used > 0)
            n = size;
        r = n > 0 ? add(sink, bytes, n) : pass_on(sink);
        bytes += n;
        size -= n;
    }
    return r;
}

void hl_sink_store_piece(struct hl_sink *sink)
{
    assert(sink->out.used > 0);
    sink->out_code = store(sink, &sink->out);
}

/* Passes on what waited if it is a chunk or more, so that a kill loses little.
 * After a write that failed, the bytes that follow are of no use. */
int hl_sink_piece_stored(struct hl_sink *sink)
{
    sink->out.used = 0;
    sink->most = HL_SINK_CHUNK;
    if (sink->out_code < 0) {
        sink->in.used = 0;
        sink->size = sink->flushed;
        return sink->out_code;
    }
    return sink->in.used >= HL_SINK_CHUNK ? pass_on(sink) : 0;
}

uint64_t hl_sink_size(const struct hl_sink *sink)
{
    return sink->size;
}

bool hl_sink_has_part(const struct hl_sink *sink)
{
    return sink->fd >= 0 || sink->flushed > 0;
}

static void trim_piece(struct hl_sink_piece *piece)
{
    piece->used = 0;
    if (piece->capacity <= KEPT_CAPACITY)
        return;
    free(piece->data);
    *piece = (struct hl_sink_piece){0};
}

static void trim(struct hl_sink *sink)
{
    trim_piece(&sink->in);
    trim_piece(&sink->out);
}

/* Which hashes must be made from the file. */
struct lack {
    bool digests;
    bool xxh3;
};

static int begin_lacking(struct hl_sink *sink, const struct lack *lack)
{
    if (lack->xxh3 && !begin_sum(sink))
        return UV_ENOMEM;
    if (!lack->digests)
        return 0;
    int r = sink->digest == NULL ? hl_digest_new(&sink->digest) : 0;
    return r == 0 ? hl_digest_begin(sink->digest, algorithms(sink)) : r;
}

/* Reads back the whole file, also what was in the part before this attempt. */
static int hash_file(struct hl_sink *sink, const struct lack *lack,
                     char *buffer)
{
    for (uint64_t at = 0; at < sink->flushed;) {
        ssize_t n = pread(sink->fd, buffer, HASH_CHUNK, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        if (lack->digests)
            hl_digest_add(sink->digest, buffer, (size_t)n);
        if (lack->xxh3)
            hl_xxh3_add(sink->xxh3_state, buffer, (size_t)n);
        at += (uint64_t)n;
        hl_shared_alive(sink->shared);
        if (hl_stop_now(sink->shared->stop))
            return UV_ECANCELED;
    }
    return 0;
}

static int make_lacking(struct hl_sink *sink, const struct lack *lack)
{
    char *buffer = malloc(HASH_CHUNK);
    int r = buffer != NULL ? begin_lacking(sink, lack) : UV_ENOMEM;
    if (r == 0)
        r = hash_file(sink, lack, buffer);
    free(buffer);
    return r;
}

static int end_hashes(struct hl_sink *sink, bool whole)
{
    bool wanted = algorithms(sink) != 0;
    const struct lack lack = {
        .digests = wanted && !sink->hashing,
        .xxh3 = !whole && !sink->summing,
    };
    int r = lack.digests || lack.xxh3 ? make_lacking(sink, &lack) : 0;
    if (r == 0 && wanted)
        hl_digest_end(sink->digest, sink->digests);
    if (r == 0 && !whole)
        hl_xxh3_end(sink->xxh3_state, sink->xxh3);
    sink->hashing = false;
    sink->summing = false;
    return r;
}

/* Ends the digests with the last piece. That piece is written only once the
 * digests are found right. */
static int complete_stream(struct hl_sink *sink)
{
    if (algorithms(sink) == 0)
        return 0;
    if (!sink->hashing)
        return UV_ENOMEM;
    hl_digest_add(sink->digest, sink->in.data, sink->in.used);
    hl_digest_end(sink->digest, sink->digests);
    sink->hashing = false;
    return 0;
}

int hl_sink_complete(struct hl_sink *sink)
{
    assert(sink->out.used == 0);
    if (is_stream(sink))
        return complete_stream(sink);
    bool whole = sink->fd < 0 && !sink->going_on;
    int r = sink->fd < 0 ? begin_part(sink, true) : 0;
    if (r == 0 && whole)
        hl_xxh3_of(sink->xxh3, sink->in.data, sink->in.used);
    if (r == 0 && sink->in.used > 0)
        r = flush(sink, &sink->in);
    if (r < 0)
        return r;
    sink->in.used = 0;
    return end_hashes(sink, whole);
}

/* Does all that may fail before the file gets its name, and closes it. */
static int finish_part(struct hl_sink *sink, int64_t mtime, struct stat *st)
{
    int r = 0;
    if (mtime >= 0) {
        const struct timespec times[2] = {{.tv_nsec = UTIME_NOW},
                                          {.tv_sec = (time_t)mtime}};
        r = futimens(sink->fd, times) < 0 ? -errno : 0;
    }
    if (r == 0 && sink->shared->options->fsync)
        r = fsync(sink->fd) < 0 ? -errno : 0;
    hl_shared_alive(sink->shared);
    if (r == 0 && fstat(sink->fd, st) < 0)
        r = -errno;
    int closed = close_part(sink);
    hl_shared_alive(sink->shared);
    return r < 0 ? r : closed;
}

/* A part that grew for a while may have been replaced or changed by somebody.
 * What has its name now is not the file. */
static int check_part(struct hl_sink *sink, const struct stat *st)
{
    if (sink->inode == 0)
        return 0;
    int r = (uint64_t)st->st_size == sink->flushed
                ? hl_part_file_look(sink->shared->root, sink->job->path,
                                    hl_sink_token(sink), st)
                : UV_ENOENT;
    sink->gone = r == UV_ENOENT;
    return r;
}

int hl_sink_publish(struct hl_sink *sink, int64_t mtime)
{
    if (is_stream(sink)) {
        int written = flush_stream(sink, &sink->in);
        trim(sink);
        return written;
    }
    struct stat st = {0};
    int r = finish_part(sink, mtime, &st);
    if (r == 0)
        r = check_part(sink, &st);
    if (r == 0)
        r = hl_publish(sink->shared->root, sink->job, hl_sink_token(sink), &st,
                       &sink->published);
    sink->exists = r == UV_EEXIST;
    if (r < 0) {
        remove_own_part(sink);
        sink->going_on = false; /* nothing is there to go on with */
        trim(sink);
        return r;
    }
    HL_TRACE_TEXT(sink->shared->trace, HL_EV_FILE_PUBLISH, sink->job->path,
                  .job = sink->job->id, .worker = (uint16_t)sink->worker,
                  .value = (int64_t)sink->flushed);
    trim(sink);
    return 0;
}

/* A part without a byte is removed, and so is the part of a body that came
 * whole: no record names that part, so no later run would find it. */
uint64_t hl_sink_keep(struct hl_sink *sink)
{
    assert(sink->out.used == 0);
    if (!is_stream(sink) && !sink->going_on && sink->inode == 0) {
        hl_sink_discard(sink);
        return 0;
    }
    if (is_stream(sink)) {
        trim(sink);
        return sink->written;
    }
    if (sink->fd < 0 && (!sink->going_on || open_part(sink) < 0)) {
        trim(sink);
        return 0;
    }
    /* If this write fails, the part is still valid up to sink->flushed. */
    if (sink->in.used > 0)
        (void)flush(sink, &sink->in);
    uint64_t kept = close_part(sink) == 0 ? sink->flushed : 0;
    if (kept == 0)
        remove_own_part(sink);
    trim(sink);
    return kept;
}

void hl_sink_discard(struct hl_sink *sink)
{
    assert(sink->out.used == 0);
    if (sink->fd >= 0) {
        close_part(sink);
        remove_own_part(sink);
    } else if (sink->going_on) {
        (void)hl_sink_remove_part(sink);
    }
    trim(sink);
}
