/*
 * The messages of the parent: HELLO, JOB, RECORD and CANCEL (wire_frame.h).
 */
#ifndef HL_WORKER_WIRE_TO_WORKER_H
#define HL_WORKER_WIRE_TO_WORKER_H

#include "worker/wire_members.h"

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

/* Append a whole frame. @return 0, UV_ENOMEM or UV_E2BIG: then nothing was
 * appended. */
int hl_wire_put_hello(struct hl_wire_out *out,
                      const struct hl_wire_hello *from);
int hl_wire_put_job(struct hl_wire_out *out, const struct hl_job *from);
/* The answer about a part; code is 0 or negative. */
int hl_wire_put_record(struct hl_wire_out *out, int code);
int hl_wire_put_cancel(struct hl_wire_out *out,
                       const struct hl_wire_cancel *from);

/* Read the frame of that type; strings are borrowed from its payload. @return 0
 * or HAUL_EPROTO; the first two also UV_ENOMEM. Release what these two fill
 * whatever comes. */
int hl_wire_get_hello(const struct hl_wire_frame *frame,
                      struct hl_wire_greeting *greeting);
int hl_wire_get_job(const struct hl_wire_frame *frame,
                    struct hl_wire_order *order);
int hl_wire_get_record(const struct hl_wire_frame *frame, int *code);
int hl_wire_get_cancel(const struct hl_wire_frame *frame,
                       struct hl_wire_cancel *to);
void hl_wire_greeting_release(struct hl_wire_greeting *greeting);
void hl_wire_order_release(struct hl_wire_order *order);

#endif
