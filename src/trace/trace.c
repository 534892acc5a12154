#include "trace/trace.h"

#include <stdlib.h>
#include <string.h>

enum { RING_SIZE = 16384 };

const struct hl_event_info hl_event_table[HL_EV_COUNT] = {
#define X(kind, category_, phase_, name_, value, value2) \
    [kind] = {                                           \
        .name = name_,                                   \
        .value_name = value,                             \
        .value2_name = value2,                           \
        .category = HAUL_TRACE_##category_,              \
        .phase = phase_,                                 \
    },
    HL_EVENT_MAP(X)
#undef X
};

/* Owned by the session. The ring is filled by any thread and emptied by the
 * writer, under one lock that each holds only to copy. */
struct hl_trace {
    struct hl_trace_head head; /* first: HL_TRACE() looks at it */
    uint64_t zero_ns;
    struct hl_trace_sink sink;
    uv_thread_t writer;
    uv_mutex_t lock;
    uv_cond_t filled;
    uv_cond_t drained;
    struct hl_event *ring;
    size_t first; /* of the events that wait */
    size_t count;
    uint64_t dropped;
    bool writing; /* the sink has a batch that it has not finished */
    bool closing;
};

/* Moves what waits into batch. False: the trace is closing and empty. */
static bool wait_for_events(struct hl_trace *trace, struct hl_event *batch,
                            size_t most, size_t *count)
{
    uv_mutex_lock(&trace->lock);
    trace->writing = false;
    if (trace->count == 0)
        uv_cond_broadcast(&trace->drained);
    while (trace->count == 0 && !trace->closing)
        uv_cond_wait(&trace->filled, &trace->lock);
    *count = trace->count < most ? trace->count : most;
    for (size_t i = 0; i < *count; i++)
        batch[i] = trace->ring[(trace->first + i) % RING_SIZE];
    trace->first = (trace->first + *count) % RING_SIZE;
    trace->count -= *count;
    trace->writing = *count > 0;
    uv_mutex_unlock(&trace->lock);
    return *count > 0;
}

static void write_events(void *arg)
{
    struct hl_trace *trace = arg;
    struct hl_event batch[64];
    size_t count = 0;
    while (wait_for_events(trace, batch, 64, &count))
        for (size_t i = 0; i < count; i++)
            trace->sink.event(trace->sink.state, &batch[i], trace->zero_ns);
}

static int init_conds(struct hl_trace *trace)
{
    int r = uv_cond_init(&trace->filled);
    if (r < 0)
        return r;
    r = uv_cond_init(&trace->drained);
    if (r < 0)
        uv_cond_destroy(&trace->filled);
    return r;
}

static void destroy_conds(struct hl_trace *trace)
{
    uv_cond_destroy(&trace->drained);
    uv_cond_destroy(&trace->filled);
}

static int start_writer(struct hl_trace *trace)
{
    int r = uv_mutex_init(&trace->lock);
    if (r < 0)
        return r;
    r = init_conds(trace);
    if (r == 0) {
        r = uv_thread_create(&trace->writer, write_events, trace);
        if (r < 0)
            destroy_conds(trace);
    }
    if (r < 0)
        uv_mutex_destroy(&trace->lock);
    return r;
}

int hl_trace_new(struct hl_trace **out, uint32_t mask, uint64_t zero_ns,
                 struct hl_trace_sink sink)
{
    *out = NULL;
    struct hl_trace *trace = calloc(1, sizeof(*trace));
    if (trace == NULL)
        return UV_ENOMEM;
    trace->head.mask = mask;
    trace->zero_ns = zero_ns;
    trace->sink = sink;
    int r = 0;
    if (mask != 0) {
        trace->ring = calloc(RING_SIZE, sizeof(*trace->ring));
        r = trace->ring != NULL ? start_writer(trace) : UV_ENOMEM;
    }
    if (r < 0) {
        free(trace->ring);
        free(trace);
        return r;
    }
    *out = trace;
    return 0;
}

static void stop_writer(struct hl_trace *trace)
{
    uv_mutex_lock(&trace->lock);
    trace->closing = true;
    uv_cond_signal(&trace->filled);
    uv_mutex_unlock(&trace->lock);
    uv_thread_join(&trace->writer);
    destroy_conds(trace);
    uv_mutex_destroy(&trace->lock);
}

void hl_trace_flush(struct hl_trace *trace)
{
    if (trace == NULL || trace->head.mask == 0)
        return;
    uv_mutex_lock(&trace->lock);
    while (trace->count > 0 || trace->writing)
        uv_cond_wait(&trace->drained, &trace->lock);
    uv_mutex_unlock(&trace->lock);
}

void hl_trace_free(struct hl_trace *trace)
{
    if (trace == NULL)
        return;
    if (trace->head.mask != 0)
        stop_writer(trace);
    if (trace->sink.close != NULL)
        trace->sink.close(trace->sink.state, trace->dropped);
    free(trace->ring);
    free(trace);
}

uint64_t hl_trace_zero(const struct hl_trace *trace)
{
    return trace->zero_ns;
}

void hl_trace_emit(struct hl_trace *trace, const struct hl_event *event)
{
    uint64_t now = event->t_ns != 0 ? event->t_ns : uv_hrtime();
    uv_mutex_lock(&trace->lock);
    if (trace->count == RING_SIZE) {
        trace->dropped++;
    } else {
        struct hl_event *slot =
            &trace->ring[(trace->first + trace->count) % RING_SIZE];
        *slot = *event;
        slot->t_ns = now;
        if (trace->count++ == 0)
            uv_cond_signal(&trace->filled);
    }
    uv_mutex_unlock(&trace->lock);
}

void hl_event_set_text(struct hl_event *event, const char *text)
{
    size_t length = strlen(text);
    const char *tail = text;
    if (length >= HL_EVENT_TEXT_MAX)
        tail = text + length - (HL_EVENT_TEXT_MAX - 1);
    size_t i = 0;
    for (; tail[i] != '\0' && i < HL_EVENT_TEXT_MAX - 1; i++) {
        unsigned char c = (unsigned char)tail[i];
        event->text[i] = tail[i];
        if (c < 0x20 || c >= 0x7f)
            event->text[i] = '?';
    }
    event->text[i] = '\0';
}
