/*
 * What parent and worker say to each other. A frame is the length of its
 * payload, a type and the payload. Each side takes what it reads for hostile:
 * a worker has parsed what servers sent, so its replies are checked in full,
 * and a frame that is not as it should be ends the worker.
 *
 *     parent: HELLO   protocol, build, who is who, the options of the run
 *     worker: READY   protocol, build
 *     parent: JOB     one at a time
 *     worker: EVENT   any number, when the run is traced
 *     worker: PART    what is in the job's part; waits for the answer
 *     parent: RECORD  the answer: the part is on record, or why it is not
 *     worker: BEAT    the job goes on; about once a second
 *     worker: REPLY   ends the job
 *     parent: CANCEL  at any time
 */
#ifndef HL_WORKER_WIRE_H
#define HL_WORKER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/wire_codec.h"
#include "trace/trace.h"
#include "transfer/job.h"

enum { HL_WIRE_PROTOCOL = 2 };

enum hl_wire_type {
    HL_WIRE_HELLO = 1,
    HL_WIRE_READY,
    HL_WIRE_JOB,
    HL_WIRE_REPLY,
    HL_WIRE_EVENT,
    HL_WIRE_CANCEL,
    HL_WIRE_PART,
    HL_WIRE_RECORD,
    HL_WIRE_BEAT,
    HL_WIRE_TYPE_END
};

/* A frame that has come; the payload is borrowed from whoever read it. */
struct hl_wire_frame {
    uint8_t type;
    const unsigned char *payload;
    size_t size;
};

/* Bytes that have come, until they make frames. All-zero is empty. */
struct hl_wire_inbox {
    unsigned char *data; /* owned */
    size_t used;
    size_t taken; /* bytes of it that were given out as frames */
    size_t capacity;
};

/* First words of the parent. */
struct hl_wire_hello {
    uint64_t parent;   /* pid that spawned the worker */
    uint64_t grace_ns; /* of the parent's hl_stop */
    uint32_t worker;   /* number and trace lane, from 1 */
    bool has_rate;     /* the rate's shared memory was handed down */
    const char *token; /* in the names of the run's temporary files */
    struct haul_options options;
};

/* A hello that was read. The payload must outlive it. */
struct hl_wire_greeting {
    struct hl_wire_hello hello;
    const char **pool; /* owned: arrays of strings in the options */
};

/* A job that was read. The payload must outlive it. */
struct hl_wire_order {
    struct hl_job job;
    const char **pool; /* owned: arrays of strings in the job */
};

struct hl_wire_cancel {
    uint32_t level;    /* of the parent's hl_stop: 1 or 2 */
    uint64_t first_ns; /* when level 1 was first seen, uv_hrtime(); 0 not */
};

/* The version of this build. Static. */
const char *hl_wire_build(void);

/* Append a whole frame. @return 0, UV_ENOMEM or UV_E2BIG: then nothing was
 * appended. */
int hl_wire_put_hello(struct hl_wire_out *out,
                      const struct hl_wire_hello *hello);
int hl_wire_put_ready(struct hl_wire_out *out);
int hl_wire_put_job(struct hl_wire_out *out, const struct hl_job *job);
int hl_wire_put_reply(struct hl_wire_out *out, uint64_t job,
                      const struct hl_reply *reply);
int hl_wire_put_event(struct hl_wire_out *out, const struct hl_event *event);
int hl_wire_put_cancel(struct hl_wire_out *out,
                       const struct hl_wire_cancel *cancel);
int hl_wire_put_part(struct hl_wire_out *out, uint64_t job,
                     const struct hl_part *part);
/* code is 0 or negative. */
int hl_wire_put_record(struct hl_wire_out *out, int code);
int hl_wire_put_beat(struct hl_wire_out *out);

/* Read the frame of that type; strings are borrowed from its payload.
 * @return 0 or HAUL_EPROTO. */
int hl_wire_get_ready(const struct hl_wire_frame *frame);
int hl_wire_get_reply(const struct hl_wire_frame *frame, uint64_t *job,
                      struct hl_reply *reply);
int hl_wire_get_event(const struct hl_wire_frame *frame,
                      struct hl_event *event);
int hl_wire_get_cancel(const struct hl_wire_frame *frame,
                       struct hl_wire_cancel *cancel);
int hl_wire_get_part(const struct hl_wire_frame *frame, uint64_t *job,
                     struct hl_part *part);
int hl_wire_get_record(const struct hl_wire_frame *frame, int *code);
int hl_wire_get_beat(const struct hl_wire_frame *frame);
/* These two also UV_ENOMEM. Release what they fill whatever comes. */
int hl_wire_get_hello(const struct hl_wire_frame *frame,
                      struct hl_wire_greeting *greeting);
int hl_wire_get_job(const struct hl_wire_frame *frame,
                    struct hl_wire_order *order);
void hl_wire_greeting_release(struct hl_wire_greeting *greeting);
void hl_wire_order_release(struct hl_wire_order *order);

/* Options as a part of the hello. wire_options.c. */
extern const char hl_wire_options_shape[];
void hl_wire_put_options(struct hl_wire_out *out,
                         const struct haul_options *options);
void hl_wire_get_options(struct hl_wire_in *in, struct haul_options *options);

/* Reads a head. @return the payload's size, or HAUL_EPROTO. */
int hl_wire_get_head(const unsigned char head[HL_WIRE_HEAD], uint8_t *type);

/* Room for what comes next, at least one byte. @return its size, or 0 when
 * there is no memory. */
size_t hl_wire_inbox_room(struct hl_wire_inbox *inbox, unsigned char **at);
void hl_wire_inbox_add(struct hl_wire_inbox *inbox, size_t size);
/* @return 1: *frame is filled, until the next call of room; 0: more must
 * come; HAUL_EPROTO. */
int hl_wire_inbox_next(struct hl_wire_inbox *inbox,
                       struct hl_wire_frame *frame);
void hl_wire_inbox_release(struct hl_wire_inbox *inbox);

#endif
