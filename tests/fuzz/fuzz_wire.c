/*
 * Frames from a hostile worker, or parent: the bytes go through an inbox in
 * pieces, and each frame is read as every message there is. A message that is
 * taken keeps the promises of its type, and written again it is the same bytes.
 */
#include "fuzz/check.h"
#include "worker/wire_to_parent.h"
#include "worker/wire_to_worker.h"

/* What was read is touched, so that a wild pointer shows. */
static size_t touch(const char *string)
{
    return string != NULL ? strlen(string) : 0;
}

static void touch_all(const char *const *strings)
{
    while (strings != NULL && *strings != NULL)
        (void)touch(*strings++);
}

static void check_shown(const char *text)
{
    for (; text != NULL && *text != '\0'; text++)
        check((unsigned char)*text >= 0x20 && *text != 0x7f,
              "no control character in a text for people");
}

/* Compares what was written with what was read, and forgets it. */
static void check_again(struct hl_wire_out *out, int r,
                        const struct hl_wire_frame *frame)
{
    check(r == 0, "what was read can be written");
    check(out->used == HL_WIRE_HEAD + frame->size, "the same size again");
    check(out->data[4] == frame->type, "the same type again");
    check(frame->size == 0 || memcmp(out->data + HL_WIRE_HEAD, frame->payload,
                                     frame->size) == 0,
          "the same bytes again");
    hl_wire_out_release(out);
}

static void read_hello(const struct hl_wire_frame *frame)
{
    struct hl_wire_greeting greeting;
    struct hl_wire_out out = {0};
    if (hl_wire_get_hello(frame, &greeting) == 0) {
        const struct haul_options *o = &greeting.hello.options;
        check(greeting.hello.worker > 0, "a worker has a number");
        (void)(touch(o->user) + touch(o->dir) + touch(o->proxy));
        touch_all(o->headers);
        touch_all(o->resolve);
        check_again(&out, hl_wire_put_hello(&out, &greeting.hello), frame);
    }
    hl_wire_greeting_release(&greeting);
}

static void read_job(const struct hl_wire_frame *frame)
{
    struct hl_wire_order order;
    struct hl_wire_out out = {0};
    if (hl_wire_get_job(frame, &order) == 0) {
        (void)(touch(order.job.url) + touch(order.job.path));
        touch_all(order.job.headers);
        check(order.job.taken < HL_TAKEN_COUNT, "an action there is");
        check_again(&out, hl_wire_put_job(&out, &order.job), frame);
    }
    hl_wire_order_release(&order);
}

static void check_reply(const struct hl_reply *reply)
{
    const char *const strings[] = {
        reply->message,    reply->location,          reply->etag,
        reply->etag_any,   reply->last_modified,     reply->content_type,
        reply->digests,    reply->last_modified_any, reply->xxh3,
        reply->part_token,
    };
    for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++)
        check_shown(strings[i]);
    check(haul_error_word(reply->error) != NULL || reply->error == HAUL_OK,
          "an error there is");
    check(reply->http_status >= 0 && reply->http_status <= 999, "a status");
    (void)(touch(reply->cookies) + touch(reply->aside));
}

static void read_reply(const struct hl_wire_frame *frame)
{
    struct hl_wire_out out = {0};
    struct hl_reply reply;
    uint64_t job;
    if (hl_wire_get_reply(frame, &job, &reply) < 0)
        return;
    check_reply(&reply);
    check_again(&out, hl_wire_put_reply(&out, job, &reply), frame);
}

static void read_part(const struct hl_wire_frame *frame)
{
    struct hl_wire_out out = {0};
    struct hl_part part;
    uint64_t job;
    if (hl_wire_get_part(frame, &job, &part) < 0)
        return;
    check_shown(part.etag);
    check_shown(part.last_modified);
    check_shown(part.token);
    check_again(&out, hl_wire_put_part(&out, job, &part), frame);
}

static void read_event(const struct hl_wire_frame *frame)
{
    struct hl_wire_out out = {0};
    struct hl_event event;
    if (hl_wire_get_event(frame, &event) < 0)
        return;
    check_shown(event.text);
    check(event.kind < HL_EV_COUNT, "an event there is");
    check(event.size == strlen(event.text), "a text of its size");
    check_again(&out, hl_wire_put_event(&out, &event), frame);
}

static void read_orders(const struct hl_wire_frame *frame)
{
    struct hl_wire_out out = {0};
    struct hl_wire_cancel cancel;
    int code;
    if (hl_wire_get_cancel(frame, &cancel) == 0) {
        check(cancel.level == 1 || cancel.level == 2, "a level there is");
        check_again(&out, hl_wire_put_cancel(&out, &cancel), frame);
    }
    if (hl_wire_get_record(frame, &code) == 0) {
        check(code <= 0, "a code is not positive");
        check_again(&out, hl_wire_put_record(&out, code), frame);
    }
}

static void read_as_every_message(const struct hl_wire_frame *frame)
{
    struct hl_wire_out out = {0};
    struct hl_incoming_file file;
    read_hello(frame);
    read_job(frame);
    read_reply(frame);
    read_part(frame);
    read_event(frame);
    read_orders(frame);
    if (hl_wire_get_ready(frame) == 0)
        check_again(&out, hl_wire_put_ready(&out), frame);
    if (hl_wire_get_beat(frame, &file) == 0)
        check_again(&out, hl_wire_put_beat(&out, &file), frame);
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

/* Behind the identity of this build, which no mutation would find. */
static void read_behind_identity(const uint8_t *data, size_t size)
{
    struct hl_wire_out ready = {0};
    check(hl_wire_put_ready(&ready) == 0, "there is memory");
    size_t identity = ready.used - HL_WIRE_HEAD;
    unsigned char *payload = malloc(identity + size);
    check(payload != NULL, "there is memory");
    memcpy(payload, ready.data + HL_WIRE_HEAD, identity);
    memcpy(payload + identity, data, size);
    const struct hl_wire_frame frame = {
        .type = HL_WIRE_HELLO, .payload = payload, .size = identity + size};
    read_hello(&frame);
    free(payload);
    hl_wire_out_release(&ready);
}

static void read_in_pieces(const uint8_t *data, size_t size)
{
    struct hl_wire_inbox inbox = {0};
    struct hl_wire_frame frame;
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
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    read_under_every_type(data, size);
    read_behind_identity(data, size);
    read_in_pieces(data, size);
    return 0;
}
