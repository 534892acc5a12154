/*
 * Frames: what parent and worker send each other. A frame is the length of its
 * payload, a type and the payload. Each side takes what it reads for hostile: a
 * worker has parsed what servers sent, so a frame that is not as it should be
 * ends the worker.
 *
 *     parent: HELLO   protocol, build, who is who, the options of the run
 *     worker: READY   protocol, build
 *     parent: JOB     one at a time
 *     worker: EVENT   any number, when the run is traced
 *     worker: PART    what is in the job's part; waits for the answer
 *     parent: RECORD  the answer: the part is on record, or why it is not
 *     worker: BEAT    the job goes on, and how far; about once a second
 *     worker: REPLY   ends the job
 *     parent: CANCEL  at any time
 */
#ifndef HL_WORKER_WIRE_FRAME_H
#define HL_WORKER_WIRE_FRAME_H

#include <stddef.h>
#include <stdint.h>

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

enum {
    HL_WIRE_HEAD = 5,     /* length of the payload, 4 bytes, and the type */
    HL_WIRE_MAX = 1 << 20 /* bytes of a payload; more is refused */
};

/* A frame that has come; the payload is borrowed from whoever read it. */
struct hl_wire_frame {
    uint8_t type;
    const unsigned char *payload;
    size_t size;
};

/* Frames being written, one behind the other. All-zero is empty. */
struct hl_wire_out {
    unsigned char *data; /* owned */
    size_t used;
    size_t capacity;
    size_t frame; /* where the frame that is being written starts */
    int error;    /* first failure in this frame */
};

void hl_wire_out_release(struct hl_wire_out *out);
void hl_wire_begin(struct hl_wire_out *out, uint8_t type);
/* Adds size bytes to the payload. @return where they are; or NULL, with an
 * error in out. */
unsigned char *hl_wire_reserve(struct hl_wire_out *out, size_t size);
/* @return 0; UV_ENOMEM or UV_E2BIG: then the frame has been taken back and
 * the frames before it are whole. */
int hl_wire_end(struct hl_wire_out *out);

/* Reads a head. @return the payload's size, or HAUL_EPROTO. */
int hl_wire_get_head(const unsigned char head[HL_WIRE_HEAD], uint8_t *type);

/* Bytes that have come, until they make frames. All-zero is empty. */
struct hl_wire_inbox {
    unsigned char *data; /* owned */
    size_t used;
    size_t taken; /* bytes of it that were given out as frames */
    size_t capacity;
};

/* Room for what comes next, at least one byte. @return its size, or 0 when
 * there is no memory. */
size_t hl_wire_inbox_room(struct hl_wire_inbox *inbox, unsigned char **at);
void hl_wire_inbox_add(struct hl_wire_inbox *inbox, size_t size);
/* @return 1: *frame is filled, until the next call of room; 0: more must
 * come; HAUL_EPROTO. */
int hl_wire_inbox_next(struct hl_wire_inbox *inbox,
                       struct hl_wire_frame *frame);
void hl_wire_inbox_release(struct hl_wire_inbox *inbox);

/* A frame in memory of its own. All-zero is none. */
struct hl_wire_message {
    struct hl_wire_frame frame;
    unsigned char *data; /* owned; NULL: none */
};

/* Reads a frame from a blocking descriptor. @return 1; 0 when the other side
 * has closed; or a negative code: then there is nothing to release. */
int hl_wire_read(struct hl_wire_message *message, int fd);
void hl_wire_message_release(struct hl_wire_message *message);
/* Writes all of size bytes to a blocking descriptor. @return 0 or a negative
 * code. */
int hl_wire_write(int fd, const unsigned char *at, size_t size);

#endif
