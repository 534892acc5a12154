#include "worker/wire_codec.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Stands for NULL where a length or a count is expected. */
#define HL_WIRE_NULL UINT32_MAX

void hl_wire_out_release(struct hl_wire_out *out)
{
    free(out->data);
    *out = (struct hl_wire_out){0};
}

/* Room for size more bytes, or NULL and an error in out. */
static unsigned char *reserve(struct hl_wire_out *out, size_t size)
{
    if (out->error < 0)
        return NULL;
    if (size > HL_WIRE_MAX + HL_WIRE_HEAD - (out->used - out->frame)) {
        out->error = UV_E2BIG;
        return NULL;
    }
    if (size > out->capacity - out->used) {
        size_t wanted = 2 * (out->used + size);
        unsigned char *data = realloc(out->data, wanted);
        if (data == NULL) {
            out->error = UV_ENOMEM;
            return NULL;
        }
        out->data = data;
        out->capacity = wanted;
    }
    unsigned char *at = out->data + out->used;
    out->used += size;
    return at;
}

static void store(unsigned char *at, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        at[i] = (unsigned char)(value >> (8 * i));
}

static void put(struct hl_wire_out *out, uint64_t value, size_t size)
{
    unsigned char *at = reserve(out, size);
    if (at != NULL)
        store(at, value, size);
}

void hl_wire_begin(struct hl_wire_out *out, uint8_t type)
{
    out->frame = out->used;
    out->error = 0;
    put(out, 0, 4);
    put(out, type, 1);
}

int hl_wire_end(struct hl_wire_out *out)
{
    if (out->error < 0) {
        out->used = out->frame;
        return out->error;
    }
    store(out->data + out->frame, out->used - out->frame - HL_WIRE_HEAD, 4);
    return 0;
}

void hl_wire_put_u32(struct hl_wire_out *out, uint32_t value)
{
    put(out, value, 4);
}

void hl_wire_put_u64(struct hl_wire_out *out, uint64_t value)
{
    put(out, value, 8);
}

void hl_wire_put_i32(struct hl_wire_out *out, int value)
{
    put(out, (uint64_t)value, 4);
}

void hl_wire_put_i64(struct hl_wire_out *out, int64_t value)
{
    put(out, (uint64_t)value, 8);
}

void hl_wire_put_boolean(struct hl_wire_out *out, bool value)
{
    put(out, value ? 1 : 0, 1);
}

/* @return where its bytes are, for those who change them; or NULL. */
static unsigned char *put_bytes(struct hl_wire_out *out, const char *value)
{
    if (value == NULL) {
        put(out, HL_WIRE_NULL, 4);
        return NULL;
    }
    size_t size = strlen(value);
    if (size > HL_WIRE_MAX) {
        out->error = UV_E2BIG;
        return NULL;
    }
    put(out, size, 4);
    unsigned char *at = reserve(out, size + 1);
    if (at != NULL)
        memcpy(at, value, size + 1);
    return at;
}

void hl_wire_put_string(struct hl_wire_out *out, const char *value)
{
    (void)put_bytes(out, value);
}

static bool is_control(unsigned char c)
{
    return c < 0x20 || c == 0x7f;
}

void hl_wire_put_text(struct hl_wire_out *out, const char *value)
{
    unsigned char *at = put_bytes(out, value);
    for (; at != NULL && *at != 0; at++) {
        if (is_control(*at))
            *at = '?';
    }
}

void hl_wire_put_strings(struct hl_wire_out *out, const char *const *values)
{
    if (values == NULL) {
        put(out, HL_WIRE_NULL, 4);
        return;
    }
    uint32_t count = 0;
    while (values[count])
        count++;
    put(out, count, 4);
    for (uint32_t i = 0; i < count; i++)
        hl_wire_put_string(out, values[i]);
}

static uint64_t get(struct hl_wire_in *in, size_t size, uint64_t limit)
{
    if (in->bad || in->left < size) {
        in->bad = true;
        return 0;
    }
    uint64_t value = 0;
    for (size_t i = size; i > 0; i--)
        value = value << 8 | in->at[i - 1];
    if (value > limit) {
        in->bad = true;
        return 0;
    }
    in->at += size;
    in->left -= size;
    return value;
}

uint32_t hl_wire_get_u32(struct hl_wire_in *in, uint64_t limit)
{
    return (uint32_t)get(in, 4, limit);
}

uint64_t hl_wire_get_u64(struct hl_wire_in *in, uint64_t limit)
{
    return get(in, 8, limit);
}

int hl_wire_get_i32(struct hl_wire_in *in, uint64_t limit)
{
    return (int)get(in, 4, limit < INT_MAX ? limit : INT_MAX);
}

int64_t hl_wire_get_i64(struct hl_wire_in *in, uint64_t limit)
{
    return (int64_t)get(in, 8, limit < INT64_MAX ? limit : INT64_MAX);
}

bool hl_wire_get_boolean(struct hl_wire_in *in, uint64_t limit)
{
    return get(in, 1, limit) != 0;
}

const char *hl_wire_get_string(struct hl_wire_in *in, uint64_t limit)
{
    uint64_t size = get(in, 4, UINT32_MAX);
    if (in->bad || size == HL_WIRE_NULL)
        return NULL;
    /* The first NUL must be the one that ends it. */
    if (size > limit || size >= in->left ||
        memchr(in->at, 0, (size_t)size + 1) != in->at + size) {
        in->bad = true;
        return NULL;
    }
    const char *string = (const char *)in->at;
    in->at += size + 1;
    in->left -= (size_t)size + 1;
    return string;
}

const char *hl_wire_get_text(struct hl_wire_in *in, uint64_t limit)
{
    const char *text = hl_wire_get_string(in, limit);
    for (const char *at = text; at != NULL && *at != 0; at++) {
        if (is_control((unsigned char)*at)) {
            in->bad = true;
            return NULL;
        }
    }
    return text;
}

const char *const *hl_wire_get_strings(struct hl_wire_in *in, uint64_t limit)
{
    uint64_t count = get(in, 4, UINT32_MAX);
    if (in->bad || count == HL_WIRE_NULL)
        return NULL;
    if (count >= in->pool_left) {
        in->bad = true;
        return NULL;
    }
    const char **strings = in->pool;
    for (size_t i = 0; i < count; i++) {
        strings[i] = hl_wire_get_string(in, limit);
        in->bad = in->bad || strings[i] == NULL;
    }
    strings[count] = NULL;
    in->pool += count + 1;
    in->pool_left -= (size_t)count + 1;
    return in->bad ? NULL : strings;
}

#define HL_WIRE_TIMES_MAP(X)         \
    X(u64, uint64_t, queued, limit)  \
    X(u64, uint64_t, dns, limit)     \
    X(u64, uint64_t, connect, limit) \
    X(u64, uint64_t, tls, limit)     \
    X(u64, uint64_t, wait, limit)    \
    X(u64, uint64_t, body, limit)    \
    X(u64, uint64_t, file, limit)    \
    X(u64, uint64_t, total, limit)

struct times_mirror {
    HL_WIRE_TIMES_MAP(HL_WIRE_MIRROR_FIELD)
};
static_assert(sizeof(struct times_mirror) == sizeof(struct haul_times),
              "HL_WIRE_TIMES_MAP has every field of struct haul_times");

void hl_wire_put_times(struct hl_wire_out *out, struct haul_times times)
{
    const struct haul_times *from = &times;
    HL_WIRE_TIMES_MAP(HL_WIRE_PUT_FIELD)
}

struct haul_times hl_wire_get_times(struct hl_wire_in *in, uint64_t limit)
{
    struct haul_times times;
    struct haul_times *to = &times;
    HL_WIRE_TIMES_MAP(HL_WIRE_GET_FIELD)
    return times;
}

#define HL_WIRE_STAMP_MAP(X)                   \
    X(u64, uint64_t, size, limit)              \
    X(any64, int64_t, mtime_ns, HL_WIRE_ANY64) \
    X(u64, uint64_t, identity, HL_WIRE_ANY64)

struct stamp_mirror {
    HL_WIRE_STAMP_MAP(HL_WIRE_MIRROR_FIELD)
};
static_assert(sizeof(struct stamp_mirror) == sizeof(struct hl_stamp),
              "HL_WIRE_STAMP_MAP has every field of struct hl_stamp");

/* A time before 1970 is negative. */
static void hl_wire_put_any64(struct hl_wire_out *out, int64_t value)
{
    hl_wire_put_u64(out, (uint64_t)value);
}

static int64_t hl_wire_get_any64(struct hl_wire_in *in, uint64_t limit)
{
    return (int64_t)hl_wire_get_u64(in, limit);
}

void hl_wire_put_stamp(struct hl_wire_out *out, struct hl_stamp stamp)
{
    const struct hl_stamp *from = &stamp;
    HL_WIRE_STAMP_MAP(HL_WIRE_PUT_FIELD)
}

struct hl_stamp hl_wire_get_stamp(struct hl_wire_in *in, uint64_t limit)
{
    struct hl_stamp stamp;
    struct hl_stamp *to = &stamp;
    HL_WIRE_STAMP_MAP(HL_WIRE_GET_FIELD)
    return stamp;
}

int hl_wire_get_end(const struct hl_wire_in *in)
{
    return in->bad || in->left > 0 ? HAUL_EPROTO : 0;
}
