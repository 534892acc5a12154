/*
 * The sink: a body on its way to a file. Bodies of up to HL_SINK_SMALL bytes
 * stay in memory until they are complete; longer ones stream to a temporary
 * file, the part.
 * A final name appears only by hl_sink_publish(), on a complete file.
 *
 * With options->output_fd the body goes there in place of a file, in order. All
 * attempts of the one job share a sink, which knows how much is written.
 *
 * With the hook for pieces, one thread takes the bytes and another
 * stores them: while a piece is being stored the next one gathers.
 */
#ifndef HL_TRANSFER_SINK_H
#define HL_TRANSFER_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transfer/env.h"
#include "transfer/job.h"
#include "transfer/publish.h"
#include "util/digest.h"
#include "util/xxh3.h"

enum {
    HL_SINK_SMALL = 256 * 1024,
    HL_SINK_CHUNK = 64 * 1024 /* of one that is known to stream */
};

/* What its owner is told of; each may be NULL. */
struct hl_sink_hooks {
    void *arg;
    /* A part will be opened, and empty. @return 0 or a code, which ends it. */
    int (*opening)(void *arg);
    /* It is, and will stream from its first byte on. Not for a body that goes
     * out in one piece. @return 0 or a code, which ends it. */
    int (*begun)(void *arg);
    /* From hl_sink_write(): a piece waits for hl_sink_store_piece(). Without
     * this, what is full is stored at once. */
    void (*piece)(void *arg);
    void *piece_arg;
};

struct hl_sink_piece {
    char *data;
    size_t used;
    size_t capacity;
};

/* Owned by one xfer; one thread at a time, but for a piece that is stored. */
struct hl_sink {
    const struct hl_env *env;
    const struct hl_job *job; /* borrowed between begin and end */
    uint32_t worker;          /* lane in the trace */
    struct hl_sink_hooks hooks;
    struct hl_sink_piece in;  /* bytes as they come */
    struct hl_sink_piece out; /* those that are stored meanwhile; or none */
    size_t most;              /* bytes that may wait in it */
    size_t piece_max;         /* that, while a piece is stored */
    uint64_t size;            /* of the file so far */
    bool exists;              /* the final name was taken */
    /* Of the thread that stores, while it does. */
    int out_code;                  /* what became of the last piece */
    int fd;                        /* of the part; -1 not open */
    uint64_t inode;                /* of the part, once it streams */
    uint64_t flushed;              /* bytes in the part */
    uint64_t written;              /* to output_fd, by all attempts */
    bool going_on;                 /* with those of an earlier attempt */
    bool gone;                     /* but they were not there any more */
    bool hashing;                  /* all bytes so far went through digest */
    struct hl_digest *digest;      /* made at first use; NULL */
    char digests[HL_DIGESTS_SIZE]; /* by hl_sink_complete(); "" none */
    bool summing;                /* all bytes so far went through xxh3_state */
    struct hl_xxh3 *xxh3_state;  /* made at first use; NULL */
    char xxh3[HL_XXH3_HEX_SIZE]; /* by hl_sink_complete() */
    struct hl_published published; /* by hl_sink_publish() */
};

void hl_sink_init(struct hl_sink *sink, const struct hl_env *env,
                  uint32_t worker, const struct hl_sink_hooks *hooks);
void hl_sink_release(struct hl_sink *sink);

/* A new body for job. Nothing is opened yet. */
void hl_sink_begin(struct hl_sink *sink, const struct hl_job *job);
/* The body goes on at the part's byte job->resume_from. The part is looked at
 * when it is opened: where it is not what it was, that fails with UV_ENOENT,
 * and sink->gone says so. */
void hl_sink_resume(struct hl_sink *sink);
/* Has the body's beginning gone to output_fd, so that only the rest of the same
 * body is of use? */
bool hl_sink_is_begun(const struct hl_sink *sink);
/* Removes the part that the job says an earlier attempt left. Nothing may be
 * open. */
void hl_sink_remove_part(struct hl_sink *sink);
/* The length of a body, where it is known: a hint. */
void hl_sink_expect(struct hl_sink *sink, uint64_t bytes);
/* Can so many bytes come before the piece that is being stored has been? */
bool hl_sink_has_room(const struct hl_sink *sink, size_t size);
/* Adds bytes of the body. @return 0; or a code: UV_ENOMEM, what the disk said,
 * or what a hook did. The body is then to be kept or discarded. */
int hl_sink_write(struct hl_sink *sink, const void *data, size_t size);
/* Stores the piece that hooks.piece() told of. Any thread; blocks on the disk.
 */
void hl_sink_store_piece(struct hl_sink *sink);
/* It has been: there is room again, and the next one may go its way. The thread
 * that writes. @return as hl_sink_write(). */
int hl_sink_piece_stored(struct hl_sink *sink);
/* Bytes of the file so far, those of a part that it goes on with included. */
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
/* Ends without a file: keeps what a part holds. @return the bytes kept. */
uint64_t hl_sink_keep(struct hl_sink *sink);
/* Ends without a file and without a part. */
void hl_sink_discard(struct hl_sink *sink);

#endif
