/*
 * The messages of a worker: READY, REPLY, EVENT, PART and BEAT (wire_frame.h).
 */
#ifndef HL_WORKER_WIRE_TO_PARENT_H
#define HL_WORKER_WIRE_TO_PARENT_H

#include "worker/wire_members.h"

/* Append a whole frame. @return 0, UV_ENOMEM or UV_E2BIG: then nothing was
 * appended. */
int hl_wire_put_ready(struct hl_wire_out *out);
int hl_wire_put_reply(struct hl_wire_out *out, uint64_t job,
                      const struct hl_reply *from);
int hl_wire_put_event(struct hl_wire_out *out, const struct hl_event *from);
int hl_wire_put_part(struct hl_wire_out *out, uint64_t job,
                     const struct hl_part *from);
int hl_wire_put_beat(struct hl_wire_out *out,
                     const struct hl_incoming_file *from);

/* Read the frame of that type; strings are borrowed from its payload. @return 0
 * or HAUL_EPROTO. */
int hl_wire_get_ready(const struct hl_wire_frame *frame);
int hl_wire_get_reply(const struct hl_wire_frame *frame, uint64_t *job,
                      struct hl_reply *to);
int hl_wire_get_event(const struct hl_wire_frame *frame, struct hl_event *to);
int hl_wire_get_part(const struct hl_wire_frame *frame, uint64_t *job,
                     struct hl_part *to);
int hl_wire_get_beat(const struct hl_wire_frame *frame,
                     struct hl_incoming_file *to);

#endif
