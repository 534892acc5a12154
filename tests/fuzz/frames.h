/* Frames for the two ends of a worker's pipe, out of a fuzzer's bytes. */
#ifndef TESTS_FUZZ_FRAMES_H
#define TESTS_FUZZ_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "worker/wire_to_parent.h"
#include "worker/wire_to_worker.h"

/* Adds the frames that the bytes stand for: a type, two bytes of length and a
 * payload each, the last as long as there are bytes. */
void frames_put(struct hl_wire_out *out, const uint8_t *data, size_t size);
/* Adds bytes as they are. */
void frames_put_raw(struct hl_wire_out *out, const uint8_t *data, size_t size);
/* Called for each whole frame among bytes. */
typedef void (*frames_fn)(void *arg, const struct hl_wire_frame *frame);
void frames_each(const uint8_t *data, size_t size, frames_fn fn, void *arg);

#endif
