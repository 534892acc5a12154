#include "fuzz/frames.h"

#include "fuzz/check.h"

enum { HEAD = 3 };

void frames_put_raw(struct hl_wire_out *out, const uint8_t *data, size_t size)
{
    size_t wanted = out->used + size;
    if (size == 0)
        return;
    if (wanted > out->capacity) {
        out->data = realloc(out->data, 2 * wanted);
        check(out->data != NULL, "there is memory");
        out->capacity = 2 * wanted;
    }
    memcpy(out->data + out->used, data, size);
    out->used = wanted;
}

void frames_put(struct hl_wire_out *out, const uint8_t *data, size_t size)
{
    while (size >= HEAD) {
        size_t length = data[1] + 256u * data[2];
        if (length > size - HEAD)
            length = size - HEAD;
        const uint8_t head[HL_WIRE_HEAD] = {
            (uint8_t)length, (uint8_t)(length >> 8), 0, 0, data[0]};
        frames_put_raw(out, head, sizeof(head));
        frames_put_raw(out, data + HEAD, length);
        data += HEAD + length;
        size -= HEAD + length;
    }
}

void frames_each(const uint8_t *data, size_t size, frames_fn fn, void *arg)
{
    while (size >= HL_WIRE_HEAD) {
        struct hl_wire_frame frame;
        int length = hl_wire_get_head(data, &frame.type);
        check(length >= 0, "haul itself sends good heads");
        if ((size_t)length > size - HL_WIRE_HEAD)
            return;
        frame.payload = data + HL_WIRE_HEAD;
        frame.size = (size_t)length;
        fn(arg, &frame);
        data += HL_WIRE_HEAD + frame.size;
        size -= HL_WIRE_HEAD + frame.size;
    }
}
