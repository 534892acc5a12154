/*
 * The bytes of the wire: values in, values out, frame by frame. Integers are
 * little-endian and of fixed size. A string is its length, its bytes and a
 * NUL, so that the reader can lend it out from the frame itself.
 *
 * Messages are tables of fields, X(kind, type, name, limit): hl_wire_put_KIND
 * writes the field, hl_wire_get_KIND reads it and refuses what is beyond
 * limit. Both directions are made from the same row.
 */
#ifndef HL_WORKER_WIRE_CODEC_H
#define HL_WORKER_WIRE_CODEC_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haul/haul.h"
#include "util/stamp.h"

enum {
    HL_WIRE_HEAD = 5,     /* length of the payload, 4 bytes, and the type */
    HL_WIRE_MAX = 1 << 20 /* bytes of a payload; more is refused */
};

/* Limits of fields. */
#define HL_WIRE_ANY32  UINT32_MAX
#define HL_WIRE_ANY64  UINT64_MAX
#define HL_WIRE_STRING ((uint64_t)HL_WIRE_MAX)

/* Frames being written, one behind the other. All-zero is empty. */
struct hl_wire_out {
    unsigned char *data; /* owned */
    size_t used;
    size_t capacity;
    size_t frame; /* where the frame that is being written starts */
    int error;    /* first failure in this frame */
};

/* A payload being read. Nothing is copied out of it. */
struct hl_wire_in {
    const unsigned char *at;
    size_t left;
    bool bad;          /* once true, all that is read is zero */
    const char **pool; /* room for arrays of strings; NULL refuses them */
    size_t pool_left;
};

void hl_wire_out_release(struct hl_wire_out *out);
void hl_wire_begin(struct hl_wire_out *out, uint8_t type);
/* @return 0; UV_ENOMEM or UV_E2BIG: then the frame has been taken back and
 * the frames before it are whole. */
int hl_wire_end(struct hl_wire_out *out);

void hl_wire_put_u32(struct hl_wire_out *out, uint32_t value);
void hl_wire_put_u64(struct hl_wire_out *out, uint64_t value);
void hl_wire_put_i32(struct hl_wire_out *out, int value);
void hl_wire_put_i64(struct hl_wire_out *out, int64_t value);
void hl_wire_put_boolean(struct hl_wire_out *out, bool value);
/* NULL is kept apart from "". */
void hl_wire_put_string(struct hl_wire_out *out, const char *value);
/* A string for people or headers: control characters become '?'. */
void hl_wire_put_text(struct hl_wire_out *out, const char *value);
/* An array that ends with NULL, or NULL. */
void hl_wire_put_strings(struct hl_wire_out *out, const char *const *values);
void hl_wire_put_times(struct hl_wire_out *out, struct haul_times times);
void hl_wire_put_stamp(struct hl_wire_out *out, struct hl_stamp stamp);

uint32_t hl_wire_get_u32(struct hl_wire_in *in, uint64_t limit);
uint64_t hl_wire_get_u64(struct hl_wire_in *in, uint64_t limit);
/* Not negative: codes and counts that are int by habit. */
int hl_wire_get_i32(struct hl_wire_in *in, uint64_t limit);
int64_t hl_wire_get_i64(struct hl_wire_in *in, uint64_t limit);
bool hl_wire_get_boolean(struct hl_wire_in *in, uint64_t limit);
/* Borrowed from the payload. limit is the longest length. */
const char *hl_wire_get_string(struct hl_wire_in *in, uint64_t limit);
/* The same, and a control character is refused. */
const char *hl_wire_get_text(struct hl_wire_in *in, uint64_t limit);
/* The array lies in the pool, its strings in the payload. */
const char *const *hl_wire_get_strings(struct hl_wire_in *in, uint64_t limit);
struct haul_times hl_wire_get_times(struct hl_wire_in *in, uint64_t limit);
struct hl_stamp hl_wire_get_stamp(struct hl_wire_in *in, uint64_t limit);
/* @return 0 when all of the payload was read and was good. */
int hl_wire_get_end(const struct hl_wire_in *in);

/* Fields for use in tables. */
#define HL_WIRE_PUT_FIELD(kind, type, name, limit) \
    hl_wire_put_##kind(out, from->name);
#define HL_WIRE_GET_FIELD(kind, type, name, limit) \
    to->name = hl_wire_get_##kind(in, limit);
#define HL_WIRE_MIRROR_FIELD(kind, type, name, limit) type name;

#endif
