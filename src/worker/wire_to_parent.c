#include "worker/wire_to_parent.h"

#include <string.h>

int hl_wire_put_ready(struct hl_wire_out *out)
{
    hl_wire_begin(out, HL_WIRE_READY);
    hl_wire_put_identity(out);
    return hl_wire_end(out);
}

int hl_wire_put_reply(struct hl_wire_out *out, uint64_t job,
                      const struct hl_reply *from)
{
    hl_wire_begin(out, HL_WIRE_REPLY);
    hl_wire_put_number(out, sizeof(job), job);
    HL_REPLY_MAP(HL_WIRE_PUT)
    return hl_wire_end(out);
}

int hl_wire_put_event(struct hl_wire_out *out, const struct hl_event *from)
{
    hl_wire_begin(out, HL_WIRE_EVENT);
    HL_WIRE_EVENT_MAP(HL_WIRE_PUT, HL_WIRE_SKIP)
    hl_wire_put_text(out, from->size > 0 ? from->text : "");
    return hl_wire_end(out);
}

int hl_wire_put_part(struct hl_wire_out *out, uint64_t job,
                     const struct hl_part *from)
{
    hl_wire_begin(out, HL_WIRE_PART);
    hl_wire_put_number(out, sizeof(job), job);
    HL_PART_MAP(HL_WIRE_PUT)
    return hl_wire_end(out);
}

int hl_wire_put_beat(struct hl_wire_out *out,
                     const struct hl_incoming_file *from)
{
    hl_wire_begin(out, HL_WIRE_BEAT);
    HL_BEAT_MAP(HL_WIRE_PUT)
    return hl_wire_end(out);
}

int hl_wire_get_ready(const struct hl_wire_frame *frame)
{
    struct hl_wire_in in = hl_wire_open(frame, HL_WIRE_READY);
    int r = hl_wire_get_identity(&in);
    return r < 0 ? r : hl_wire_get_end(&in);
}

int hl_wire_get_reply(const struct hl_wire_frame *frame, uint64_t *job,
                      struct hl_reply *to)
{
    struct hl_wire_in opened = hl_wire_open(frame, HL_WIRE_REPLY);
    struct hl_wire_in *in = &opened;
    *job = hl_wire_get_number(in, sizeof(*job), HL_WIRE_ANY);
    HL_REPLY_MAP(HL_WIRE_GET)
    return hl_wire_get_end(in);
}

int hl_wire_get_event(const struct hl_wire_frame *frame, struct hl_event *to)
{
    struct hl_wire_in opened = hl_wire_open(frame, HL_WIRE_EVENT);
    struct hl_wire_in *in = &opened;
    HL_WIRE_EVENT_MAP(HL_WIRE_GET, HL_WIRE_SKIP)
    const char *text = hl_wire_get_text(in, HL_EVENT_TEXT_MAX - 1);
    to->text = text != NULL ? text : "";
    to->size = (uint32_t)strlen(to->text);
    return text != NULL ? hl_wire_get_end(in) : HAUL_EPROTO;
}

int hl_wire_get_part(const struct hl_wire_frame *frame, uint64_t *job,
                     struct hl_part *to)
{
    struct hl_wire_in opened = hl_wire_open(frame, HL_WIRE_PART);
    struct hl_wire_in *in = &opened;
    *job = hl_wire_get_number(in, sizeof(*job), HL_WIRE_ANY);
    HL_PART_MAP(HL_WIRE_GET)
    return hl_wire_get_end(in);
}

int hl_wire_get_beat(const struct hl_wire_frame *frame,
                     struct hl_incoming_file *to)
{
    struct hl_wire_in opened = hl_wire_open(frame, HL_WIRE_BEAT);
    struct hl_wire_in *in = &opened;
    HL_BEAT_MAP(HL_WIRE_GET)
    return hl_wire_get_end(in);
}
