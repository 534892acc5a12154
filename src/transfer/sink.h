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

enum { HL_SINK_SMALL = 256 * 1024 };

/* Owned by one xfer; one thread at a time. */
struct hl_sink {
    const struct hl_env *env;
    const struct hl_job *job; /* borrowed between begin and end */
    uint32_t worker;          /* lane in the trace */
    int fd;                   /* of the part; -1 not open */
    char *data;               /* bytes that are not in the part yet */
    size_t used;
    size_t capacity;
    uint64_t flushed; /* bytes in the part */
    int sys_errno;    /* of the first failure */
    bool exists;      /* the final name was taken */
};

void hl_sink_init(struct hl_sink *sink, const struct hl_env *env,
                  uint32_t worker);
void hl_sink_release(struct hl_sink *sink);

/* A new body for job. Nothing is opened yet. */
void hl_sink_begin(struct hl_sink *sink, const struct hl_job *job);
/* The body goes on at the part's byte job->resume_from. @return 0 or a libuv
 * code; UV_ENOENT when the part is not what it was. */
int hl_sink_resume(struct hl_sink *sink);
/* Room for a body whose length is known; a hint. */
void hl_sink_expect(struct hl_sink *sink, uint64_t bytes);
int hl_sink_write(struct hl_sink *sink, const void *data, size_t size);
uint64_t hl_sink_size(const struct hl_sink *sink);
/* Writes all out, closes, and gives the file its name. mtime is seconds
 * since the epoch, or negative. */
int hl_sink_publish(struct hl_sink *sink, int64_t mtime);
/* Ends without a file: keeps what a part holds. @return the bytes kept. */
uint64_t hl_sink_keep(struct hl_sink *sink);
/* Ends without a file and without a part. */
void hl_sink_discard(struct hl_sink *sink);

#endif
