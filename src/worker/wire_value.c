#include "worker/wire_value.h"

#include <string.h>
#include <uv.h>

#include "haul/haul.h"

/* Stands for NULL where a length or a count is expected. */
#define HL_WIRE_NULL UINT32_MAX

void hl_wire_put_number(struct hl_wire_out *out, size_t size, uint64_t value)
{
    unsigned char *at = hl_wire_reserve(out, size);
    for (size_t i = 0; at != NULL && i < size; i++)
        at[i] = (unsigned char)(value >> (8 * i));
}

/* @return where its bytes are, for those who change them; or NULL. */
static unsigned char *put_bytes(struct hl_wire_out *out, const char *value)
{
    if (value == NULL) {
        hl_wire_put_number(out, 4, HL_WIRE_NULL);
        return NULL;
    }
    size_t size = strlen(value);
    if (size > HL_WIRE_MAX) {
        out->error = UV_E2BIG;
        return NULL;
    }
    hl_wire_put_number(out, 4, size);
    unsigned char *at = hl_wire_reserve(out, size + 1);
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
        hl_wire_put_number(out, 4, HL_WIRE_NULL);
        return;
    }
    uint32_t count = 0;
    while (values[count])
        count++;
    hl_wire_put_number(out, 4, count);
    for (uint32_t i = 0; i < count; i++)
        hl_wire_put_string(out, values[i]);
}

struct hl_wire_in hl_wire_open(const struct hl_wire_frame *frame,
                               enum hl_wire_type type)
{
    return (struct hl_wire_in){
        .at = frame->payload, .left = frame->size, .bad = frame->type != type};
}

uint64_t hl_wire_get_number(struct hl_wire_in *in, size_t size, uint64_t limit)
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

const char *hl_wire_get_string(struct hl_wire_in *in, uint64_t limit)
{
    uint64_t size = hl_wire_get_number(in, 4, UINT32_MAX);
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
    uint64_t count = hl_wire_get_number(in, 4, UINT32_MAX);
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

int hl_wire_get_end(const struct hl_wire_in *in)
{
    return in->bad || in->left > 0 ? HAUL_EPROTO : 0;
}
