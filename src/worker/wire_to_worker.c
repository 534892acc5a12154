#include "worker/wire_to_worker.h"

#include <stdlib.h>
#include <uv.h>

static void put_options(struct hl_wire_out *out,
                        const struct haul_options *from)
{
    HL_OPTIONS_MAP(HL_WIRE_PUT, HL_WIRE_SKIP)
}

int hl_wire_put_hello(struct hl_wire_out *out, const struct hl_wire_hello *from)
{
    hl_wire_begin(out, HL_WIRE_HELLO);
    hl_wire_put_identity(out);
    HL_HELLO_MAP(HL_WIRE_PUT)
    put_options(out, &from->options);
    return hl_wire_end(out);
}

int hl_wire_put_job(struct hl_wire_out *out, const struct hl_job *from)
{
    hl_wire_begin(out, HL_WIRE_JOB);
    HL_JOB_MAP(HL_WIRE_PUT)
    return hl_wire_end(out);
}

int hl_wire_put_record(struct hl_wire_out *out, int code)
{
    hl_wire_begin(out, HL_WIRE_RECORD);
    hl_wire_put_number(out, 4, (uint64_t)-code);
    return hl_wire_end(out);
}

int hl_wire_put_cancel(struct hl_wire_out *out,
                       const struct hl_wire_cancel *from)
{
    hl_wire_begin(out, HL_WIRE_CANCEL);
    HL_CANCEL_MAP(HL_WIRE_PUT)
    return hl_wire_end(out);
}

/* Room for the arrays of strings in a frame. Each array takes 4 bytes of the
 * payload, each of its strings 5. */
static const char **open_pool(const struct hl_wire_frame *frame,
                              struct hl_wire_in *in)
{
    in->pool_left = frame->size / 4 + 1;
    in->pool = calloc(in->pool_left, sizeof(*in->pool));
    return in->pool;
}

static void get_hello(struct hl_wire_in *in, struct hl_wire_hello *to)
{
    HL_HELLO_MAP(HL_WIRE_GET)
}

static void get_options(struct hl_wire_in *in, struct haul_options *to)
{
    HL_OPTIONS_MAP(HL_WIRE_GET, HL_WIRE_SKIP)
}

int hl_wire_get_hello(const struct hl_wire_frame *frame,
                      struct hl_wire_greeting *greeting)
{
    struct hl_wire_in in = hl_wire_open(frame, HL_WIRE_HELLO);
    struct hl_wire_hello *hello = &greeting->hello;
    *greeting = (struct hl_wire_greeting){0};
    int r = hl_wire_get_identity(&in);
    if (r < 0)
        return r;
    greeting->pool = open_pool(frame, &in);
    if (greeting->pool == NULL)
        return UV_ENOMEM;
    get_hello(&in, hello);
    get_options(&in, &hello->options);
    return hello->worker == 0 || hello->token == NULL ? HAUL_EPROTO
                                                      : hl_wire_get_end(&in);
}

static void get_job(struct hl_wire_in *in, struct hl_job *to)
{
    HL_JOB_MAP(HL_WIRE_GET)
}

int hl_wire_get_job(const struct hl_wire_frame *frame,
                    struct hl_wire_order *order)
{
    const struct hl_job *job = &order->job;
    struct hl_wire_in in = hl_wire_open(frame, HL_WIRE_JOB);
    order->pool = open_pool(frame, &in);
    if (order->pool == NULL)
        return UV_ENOMEM;
    get_job(&in, &order->job);
    if (job->id == 0 || job->attempt == 0 || job->url == NULL ||
        job->path == NULL)
        return HAUL_EPROTO;
    if (job->resume_from > 0 && job->etag == NULL && job->last_modified == NULL)
        return HAUL_EPROTO;
    return hl_wire_get_end(&in);
}

int hl_wire_get_record(const struct hl_wire_frame *frame, int *code)
{
    struct hl_wire_in in = hl_wire_open(frame, HL_WIRE_RECORD);
    *code = -(int)hl_wire_get_number(&in, 4, INT32_MAX);
    return hl_wire_get_end(&in);
}

int hl_wire_get_cancel(const struct hl_wire_frame *frame,
                       struct hl_wire_cancel *to)
{
    struct hl_wire_in opened = hl_wire_open(frame, HL_WIRE_CANCEL);
    struct hl_wire_in *in = &opened;
    HL_CANCEL_MAP(HL_WIRE_GET)
    return to->level == 0 ? HAUL_EPROTO : hl_wire_get_end(in);
}

void hl_wire_greeting_release(struct hl_wire_greeting *greeting)
{
    free(greeting->pool);
    greeting->pool = NULL;
}

void hl_wire_order_release(struct hl_wire_order *order)
{
    free(order->pool);
    order->pool = NULL;
}
