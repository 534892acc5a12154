/*
 * The sink: a body on its way to a file. A body of up to HL_SINK_SMALL bytes
 * stays in memory until it is complete; a longer one streams to a temporary
 * file, the part. Only hl_sink_publish() gives a file its final name, and only
 * a complete file.
 *
 * With options->output_fd the body goes to that descriptor instead of a file.
 * All attempts of the one job then share a sink, which knows how much is
 * written.
 *
 * With hooks.piece one thread takes the bytes and another stores them: while
 * one piece is being stored, the next one gathers.
 */
#ifndef HL_SINK_SINK_H
#define HL_SINK_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sink/publish.h"
#include "transfer/job.h"
#include "transfer/shared.h"
#include "util/digest.h"
#include "util/xxh3.h"

enum {
    HL_SINK_SMALL = 256 * 1024,
    HL_SINK_CHUNK = 64 * 1024 /* a piece of a body that streams */
};

/* What the sink tells its owner; each function may be NULL. */
struct hl_sink_hooks {
    void *arg;
    /* Called before an empty part is made. A negative return fails the body
     * with that code. */
    int (*opening)(void *arg);
    /* Called when the empty part is there, before the first byte goes into it.
     * Not called for a body that is written in one piece. A negative return
     * fails the body with that code. */
    int (*begun)(void *arg);
    /* Called from hl_sink_write(): a piece is full, and the owner must have
     * hl_sink_store_piece() called. NULL: the sink stores each full piece at
     * once. */
    void (*piece)(void *arg);
    void *piece_arg;
};

struct hl_sink_piece {
    char *data;
    size_t used;
    size_t capacity;
};

/* Owned by one xfer. One thread at a time, except that another thread may store
 * the piece out. */
struct hl_sink {
    const struct hl_shared *shared;
    const struct hl_job *job; /* borrowed between begin and end */
    uint32_t worker;          /* lane in the trace */
    struct hl_sink_hooks hooks;
    struct hl_sink_piece in;  /* bytes as they come */
    struct hl_sink_piece out; /* the piece that is being stored; empty: none */
    size_t most;              /* bytes that may wait in the piece in */
    size_t piece_max;         /* the same while a piece is being stored */
    uint64_t size;            /* of the file so far */
    bool exists;              /* the final name was taken */
    /* These belong to the thread that stores, while it does. */
    int out_code;                  /* what became of the last piece */
    int fd;                        /* of the part; -1 not open */
    uint64_t inode;                /* of the part, once it streams */
    uint64_t flushed;              /* bytes in the part */
    uint64_t written;              /* bytes to output_fd, by all attempts */
    bool going_on;                 /* the body goes on behind a part */
    bool gone;                     /* but that part is not there any more, or
                                      the part that this body made */
    bool hashing;                  /* all bytes so far went through digest */
    struct hl_digest *digest;      /* made at first use; NULL before */
    char digests[HL_DIGESTS_SIZE]; /* by hl_sink_complete(); "" none */
    bool summing;                /* all bytes so far went through xxh3_state */
    struct hl_xxh3 *xxh3_state;  /* made at first use; NULL before */
    char xxh3[HL_XXH3_HEX_SIZE]; /* by hl_sink_complete() */
    struct hl_published published; /* by hl_sink_publish() */
};

void hl_sink_init(struct hl_sink *sink, const struct hl_shared *shared,
                  uint32_t worker, const struct hl_sink_hooks *hooks);
void hl_sink_release(struct hl_sink *sink);

/* Begins a body of job. Opens nothing. */
void hl_sink_begin(struct hl_sink *sink, const struct hl_job *job);
/* The body goes on at byte job->resume_from of the part. The part is opened
 * later. If it is gone or changed by then, that fails with UV_ENOENT and sets
 * sink->gone. */
void hl_sink_resume(struct hl_sink *sink);
/* Is the beginning of the body written to output_fd? Then only the rest of the
 * same body is of use. */
bool hl_sink_is_begun(const struct hl_sink *sink);
/* Removes the part that the job says an earlier attempt left. Nothing may be
 * open. @return as hl_part_file_remove(). */
int hl_sink_remove_part(struct hl_sink *sink);
/* Tells how long the body will be, where the server says so. Only a hint. */
void hl_sink_expect(struct hl_sink *sink, uint64_t bytes);
/* Do so many bytes fit in while a piece is being stored? */
bool hl_sink_has_room(const struct hl_sink *sink, size_t size);
/* Adds bytes of the body. @return 0, UV_ENOMEM, the code of a failed write, or
 * what a hook returned. After a failure the caller keeps or discards the
 * body. */
int hl_sink_write(struct hl_sink *sink, const void *data, size_t size);
/* Stores the piece that hooks.piece() told of. Any thread; blocks on the disk.
 */
void hl_sink_store_piece(struct hl_sink *sink);
/* Called by the thread that writes once the piece is stored: there is room
 * again, and the next piece may be passed on. @return as hl_sink_write(). */
int hl_sink_piece_stored(struct hl_sink *sink);
/* Bytes of the file so far, with those of a part that the body goes on
 * behind. */
uint64_t hl_sink_size(const struct hl_sink *sink);
/* The token in the name of the part that it has, or would open. */
const char *hl_sink_token(const struct hl_sink *sink);
/* Is there a part that this body has, or goes on with? */
bool hl_sink_has_part(const struct hl_sink *sink);
/*
 * The body is complete: writes all out, and hashes the file where that is
 * wanted. @return 0; UV_ECANCELED when the stop came in between; a libuv code.
 * After a failure the bytes in the part are still good.
 */
int hl_sink_complete(struct hl_sink *sink);
/* Gives a complete file its name. mtime is seconds since the epoch, or
 * negative: as the system has it. @return 0, or a libuv code: then there is no
 * part any more, and sink->exists says whether the name was taken. */
int hl_sink_publish(struct hl_sink *sink, int64_t mtime);
/* Ends without a file. Keeps the part if a record names it. @return the bytes
 * kept. */
uint64_t hl_sink_keep(struct hl_sink *sink);
/* Ends without a file and without a part. */
void hl_sink_discard(struct hl_sink *sink);

#endif
