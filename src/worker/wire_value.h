/*
 * Values in the payload of a frame. Integers are little-endian and as long as
 * their C type. A string is its length, its bytes and a NUL, so that the reader
 * can lend it out from the frame itself. What is read and is beyond its limit
 * makes the whole payload bad.
 */
#ifndef HL_WORKER_WIRE_VALUE_H
#define HL_WORKER_WIRE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "worker/wire_frame.h"

/* A payload being read. Nothing is copied out of it. */
struct hl_wire_in {
    const unsigned char *at;
    size_t left;
    bool bad;          /* once true, all that is read is zero */
    const char **pool; /* room for arrays of strings; NULL refuses them */
    size_t pool_left;
};

/* The low size bytes of value. */
void hl_wire_put_number(struct hl_wire_out *out, size_t size, uint64_t value);
/* NULL is kept apart from "". */
void hl_wire_put_string(struct hl_wire_out *out, const char *value);
/* A string for people or headers: control characters become '?'. */
void hl_wire_put_text(struct hl_wire_out *out, const char *value);
/* An array that ends with NULL, or NULL. */
void hl_wire_put_strings(struct hl_wire_out *out, const char *const *values);

/* Of a payload that is to be of that type. */
struct hl_wire_in hl_wire_open(const struct hl_wire_frame *frame,
                               enum hl_wire_type type);
uint64_t hl_wire_get_number(struct hl_wire_in *in, size_t size, uint64_t limit);
/* Borrowed from the payload. limit is the longest length. */
const char *hl_wire_get_string(struct hl_wire_in *in, uint64_t limit);
/* The same, and a control character is refused. */
const char *hl_wire_get_text(struct hl_wire_in *in, uint64_t limit);
/* The array lies in the pool, its strings in the payload. */
const char *const *hl_wire_get_strings(struct hl_wire_in *in, uint64_t limit);
/* @return 0 when all of the payload was read and was good; or HAUL_EPROTO. */
int hl_wire_get_end(const struct hl_wire_in *in);

#endif
