/*
 * The sink: a body on its way to a file. Bodies of up to HL_SINK_SMALL bytes
 * stay in memory until they are complete; longer ones stream to NAME.part.
 * A final name appears only by hl_sink_publish(), on a complete file.
 */
#ifndef HL_TRANSFER_SINK_H
#define HL_TRANSFER_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transfer/env.h"
#include "transfer/job.h"
#include "util/sha256.h"

enum {
    HL_SINK_SMALL = 256 * 1024,
    HL_SINK_CHUNK = 64 * 1024 /* of a body that is known to stream */
};

/* The part is open and empty, and will stream from its first byte on. Not for
 * a body that goes out in one piece. @return 0 or a code, which ends it. */
typedef int (*hl_sink_begun_fn)(void *arg);

/* Owned by one xfer; one thread at a time. */
struct hl_sink {
    const struct hl_env *env;
    const struct hl_job *job; /* borrowed between begin and end */
    uint32_t worker;          /* lane in the trace */
    hl_sink_begun_fn begun;
    void *begun_arg;
    int fd;     /* of the part; -1 not open */
    char *data; /* bytes that are not in the part yet */
    size_t used;
    size_t capacity;
    size_t most;                     /* bytes that may wait in data */
    uint64_t flushed;                /* bytes in the part */
    int sys_errno;                   /* of the first failure */
    bool exists;                     /* the final name was taken */
    bool hashing;                    /* all bytes so far went through hash */
    struct hl_sha256 *hash;          /* made at first use; NULL */
    char sha256[HL_SHA256_HEX_SIZE]; /* by hl_sink_settle(); "" none */
};

void hl_sink_init(struct hl_sink *sink, const struct hl_env *env,
                  uint32_t worker);
void hl_sink_release(struct hl_sink *sink);
void hl_sink_on_begun(struct hl_sink *sink, hl_sink_begun_fn begun, void *arg);

/* A new body for job. Nothing is opened yet. */
void hl_sink_begin(struct hl_sink *sink, const struct hl_job *job);
/* The body goes on at the part's byte job->resume_from. @return 0 or a libuv
 * code; UV_ENOENT when the part is not what it was. */
int hl_sink_resume(struct hl_sink *sink);
/* Removes a part that an earlier attempt left. Nothing may be open. */
void hl_sink_remove_part(struct hl_sink *sink);
/* The length of a body, where it is known: a hint. */
void hl_sink_expect(struct hl_sink *sink, uint64_t bytes);
/* Adds bytes of the body. @return 0; or a code: UV_ENOMEM, what the disk said,
 * or what begun() did. The body is then to be kept or discarded. */
int hl_sink_write(struct hl_sink *sink, const void *data, size_t size);
/* Bytes of the file so far, those of a part that it goes on with included. */
uint64_t hl_sink_size(const struct hl_sink *sink);
/*
 * The body is complete: writes all out, and hashes the file where that is
 * wanted. @return 0; UV_ECANCELED when the stop came in between; a libuv code.
 * After a failure the bytes in the part are still good.
 */
int hl_sink_settle(struct hl_sink *sink);
/* Gives a settled file its name. mtime is seconds since the epoch, or
 * negative: as the system has it. @return 0, or a libuv code: then there is no
 * part any more, and sink->exists says whether the name was taken. */
int hl_sink_publish(struct hl_sink *sink, int64_t mtime);
/* Ends without a file: keeps what a part holds. @return the bytes kept. */
uint64_t hl_sink_keep(struct hl_sink *sink);
/* Ends without a file and without a part. */
void hl_sink_discard(struct hl_sink *sink);

#endif
