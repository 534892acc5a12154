/*
 * Frames from a hostile worker, or parent: the bytes go through an inbox in
 * pieces, and each frame is read as every message there is.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "modes/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read is touched, so that a wild pointer shows. */
static size_t touch(const char *string)
{
    return string != NULL ? strlen(string) : 0;
}

static void touch_hello(const struct hl_wire_frame *frame)
{
    struct hl_wire_greeting greeting;
    if (hl_wire_get_hello(frame, &greeting) == 0) {
        const char *const *headers = greeting.hello.options.headers;
        (void)touch(greeting.hello.options.user);
        while (headers != NULL && *headers != NULL)
            (void)touch(*headers++);
    }
    hl_wire_greeting_release(&greeting);
}

static void touch_job(const struct hl_wire_frame *frame)
{
    struct hl_wire_order order;
    if (hl_wire_get_job(frame, &order) == 0) {
        const char *const *headers = order.job.headers;
        (void)(touch(order.job.url) + touch(order.job.path));
        while (headers != NULL && *headers != NULL)
            (void)touch(*headers++);
    }
    hl_wire_order_release(&order);
}

static void read_as_every_message(const struct hl_wire_frame *frame)
{
    struct hl_wire_cancel cancel;
    struct hl_event event;
    struct hl_reply reply;
    struct hl_part part;
    uint64_t id;
    int code;
    touch_hello(frame);
    touch_job(frame);
    (void)hl_wire_get_ready(frame);
    (void)hl_wire_get_beat(frame);
    (void)hl_wire_get_cancel(frame, &cancel);
    (void)hl_wire_get_record(frame, &code);
    if (hl_wire_get_part(frame, &id, &part) == 0)
        (void)(touch(part.etag) + touch(part.last_modified));
    if (hl_wire_get_event(frame, &event) == 0)
        (void)touch(event.text);
    if (hl_wire_get_reply(frame, &id, &reply) == 0)
        (void)(touch(reply.message) + touch(reply.location));
}

/* A payload under each type, without an inbox: the mutations then need not
 * find a head that fits. */
static void read_under_every_type(const uint8_t *data, size_t size)
{
    for (uint8_t type = HL_WIRE_HELLO; type < HL_WIRE_TYPE_END; type++) {
        struct hl_wire_frame frame = {
            .type = type, .payload = data, .size = size};
        read_as_every_message(&frame);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hl_wire_inbox inbox = {0};
    struct hl_wire_frame frame;
    read_under_every_type(data, size);
    for (size_t at = 0; at < size;) {
        unsigned char *room;
        size_t step = hl_wire_inbox_room(&inbox, &room);
        size_t piece = 1 + data[at] % 64;
        piece = piece < step ? piece : step;
        piece = piece < size - at ? piece : size - at;
        if (piece == 0)
            break;
        memcpy(room, data + at, piece);
        hl_wire_inbox_add(&inbox, piece);
        at += piece;
        int r;
        while ((r = hl_wire_inbox_next(&inbox, &frame)) > 0)
            read_as_every_message(&frame);
        if (r < 0)
            break;
    }
    hl_wire_inbox_release(&inbox);
    return 0;
}
