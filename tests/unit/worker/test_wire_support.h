/* One message of each type, for the tests of the wire. */
#ifndef HL_TEST_WIRE_SUPPORT_H
#define HL_TEST_WIRE_SUPPORT_H

#include "worker/wire_to_parent.h"
#include "worker/wire_to_worker.h"

extern const struct hl_job full_job;
extern const struct hl_reply full_reply;
extern const struct hl_part full_part;
extern const struct hl_incoming_file full_file;
extern const struct hl_event full_event;

/* The one frame that was written, in memory of its own. */
struct hl_wire_message frame_of(const struct hl_wire_out *out);
struct hl_wire_message example(enum hl_wire_type type);
/* Reads the frame as every type of message; those that it is not of must
 * refuse it. @return what its own says. */
int read_as_any(const struct hl_wire_frame *frame);

#endif
