/*
 * Two buffers take turns: events go into one while the other is written. When
 * the buffer is full, events are dropped, so that a slow disk never holds up
 * the loop. The writer waits a while before it takes a buffer, as waking the
 * writer costs more than many events do.
 */
#include "trace/trace.h"

#include <stdlib.h>
#include <string.h>

enum {
    BUFFER_SIZE = 4 * 1024 * 1024,
    ENOUGH = 512 * 1024, /* bytes that are written at once */
    GATHER_NS = 20 * 1000 * 1000,
    ALIGNMENT = 8,
};

const struct hl_event_info hl_event_table[HL_EV_COUNT] = {
#define X(kind, category_, shape_, name_, value, value2) \
    [kind] = {                                           \
        .name = name_,                                   \
        .value_name = value,                             \
        .value2_name = value2,                           \
        .category = HAUL_TRACE_##category_,              \
        .shape = shape_,                                 \
    },
    HL_EVENT_MAP(X)
#undef X
};

const struct hl_callback_info hl_callback_table[HL_CB_COUNT] = {
#define X(id, kind_, state_, name_) \
    [id] = {.kind = kind_, .state = state_, .name = name_},
    HL_CALLBACK_MAP(X)
#undef X
};

/* Events one behind the other: the struct, its text, a NUL, padding. */
struct buffer {
    char *data;
    size_t used;
};

/* Owned by the session, by a worker process, or as a lane by its loop. */
struct hl_trace {
    struct hl_trace_head head; /* first: HL_TRACE() looks at it */
    struct hl_trace *whole;    /* the trace that this is a lane of, and then
                                  only lane below is used; or NULL */
    uint16_t lane;
    uint64_t zero_ns;
    uint32_t mask; /* of HAUL_TRACE_* that a sink wants */
    struct hl_trace_sink sinks[HL_TRACE_SINKS];
    uint64_t kinds[HL_TRACE_SINKS]; /* that each sink wants */
    size_t sinks_count;
    uv_thread_t writer;
    uv_mutex_t write_lock; /* held while sinks are called; taken first */
    uv_mutex_t lock;       /* for what follows; held only to copy */
    uv_cond_t filled;
    struct buffer buffers[2];
    unsigned filling; /* the buffer that events go into */
    uint64_t dropped;
    bool closing;
};

static void write_buffer(struct hl_trace *trace, const struct buffer *buffer)
{
    for (size_t at = 0; at < buffer->used;) {
        struct hl_event event;
        memcpy(&event, buffer->data + at, sizeof(event));
        event.text = buffer->data + at + sizeof(event);
        at += sizeof(event) + event.size + 1;
        at = (at + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        for (size_t i = 0; i < trace->sinks_count; i++)
            if (trace->kinds[i] >> event.kind & 1)
                trace->sinks[i].event(trace->sinks[i].state, &event,
                                      trace->zero_ns);
    }
}

/* When it returns, all events that were emitted before are written. If another
 * thread is draining, this waits for it, and what that thread took is written
 * too. */
static void drain(struct hl_trace *trace)
{
    uv_mutex_lock(&trace->write_lock);
    uv_mutex_lock(&trace->lock);
    struct buffer *full = &trace->buffers[trace->filling];
    trace->filling = 1 - trace->filling;
    uv_mutex_unlock(&trace->lock);
    write_buffer(trace, full);
    full->used = 0;
    for (size_t i = 0; i < trace->sinks_count; i++)
        if (trace->sinks[i].flush != NULL)
            trace->sinks[i].flush(trace->sinks[i].state);
    uv_mutex_unlock(&trace->write_lock);
}

static size_t waiting(const struct hl_trace *trace)
{
    return trace->buffers[trace->filling].used;
}

static void write_events(void *arg)
{
    struct hl_trace *trace = arg;
    uv_mutex_lock(&trace->lock);
    while (!trace->closing) {
        if (waiting(trace) == 0)
            uv_cond_wait(&trace->filled, &trace->lock);
        if (waiting(trace) == 0)
            continue;
        if (waiting(trace) < ENOUGH && !trace->closing)
            uv_cond_timedwait(&trace->filled, &trace->lock, GATHER_NS);
        uv_mutex_unlock(&trace->lock);
        drain(trace);
        uv_mutex_lock(&trace->lock);
    }
    uv_mutex_unlock(&trace->lock);
}

static void free_buffers(struct hl_trace *trace)
{
    free(trace->buffers[0].data);
    free(trace->buffers[1].data);
}

static int init_locks(struct hl_trace *trace)
{
    int r = uv_mutex_init(&trace->lock);
    if (r < 0)
        return r;
    r = uv_mutex_init(&trace->write_lock);
    if (r == 0) {
        r = uv_cond_init(&trace->filled);
        if (r < 0)
            uv_mutex_destroy(&trace->write_lock);
    }
    if (r < 0)
        uv_mutex_destroy(&trace->lock);
    return r;
}

static void destroy_locks(struct hl_trace *trace)
{
    uv_cond_destroy(&trace->filled);
    uv_mutex_destroy(&trace->write_lock);
    uv_mutex_destroy(&trace->lock);
}

static int start_writer(struct hl_trace *trace)
{
    for (int i = 0; i < 2; i++) {
        trace->buffers[i].data = malloc(BUFFER_SIZE);
        if (trace->buffers[i].data == NULL)
            return UV_ENOMEM;
    }
    int r = init_locks(trace);
    if (r < 0)
        return r;
    r = uv_thread_create(&trace->writer, write_events, trace);
    if (r < 0)
        destroy_locks(trace);
    return r;
}

static uint64_t kinds_of(const struct hl_trace_sink *sink)
{
    uint64_t kinds = 0;
    for (unsigned kind = 0; kind < HL_EV_COUNT; kind++) {
        const struct hl_event_info *info = &hl_event_table[kind];
        if ((info->category & sink->mask) != 0 &&
            !(sink->no_text && info->shape == 't'))
            kinds |= 1ull << kind;
    }
    return kinds;
}

int hl_trace_new(struct hl_trace **out, uint64_t zero_ns,
                 const struct hl_trace_sink *sinks, size_t count)
{
    *out = NULL;
    struct hl_trace *trace = calloc(1, sizeof(*trace));
    if (trace == NULL)
        return UV_ENOMEM;
    trace->zero_ns = zero_ns;
    for (size_t i = 0; i < count; i++) {
        trace->sinks[i] = sinks[i];
        trace->kinds[i] = kinds_of(&sinks[i]);
        trace->head.kinds |= trace->kinds[i];
        trace->mask |= sinks[i].mask;
    }
    trace->sinks_count = count;
    int r = trace->mask != 0 ? start_writer(trace) : 0;
    if (r < 0) {
        free_buffers(trace);
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
    drain(trace);
    destroy_locks(trace);
}

void hl_trace_flush(struct hl_trace *trace)
{
    if (trace != NULL && trace->mask != 0)
        drain(trace);
}

void hl_trace_close(struct hl_trace *trace, struct haul_trace_stats *out)
{
    struct haul_trace_stats unused;
    if (out == NULL)
        out = &unused;
    *out = (struct haul_trace_stats){0};
    if (trace == NULL)
        return;
    if (trace->mask != 0)
        stop_writer(trace);
    out->dropped = trace->dropped;
    for (size_t i = 0; i < trace->sinks_count; i++)
        if (trace->sinks[i].close != NULL)
            trace->sinks[i].close(trace->sinks[i].state, out);
    free_buffers(trace);
    free(trace);
}

int hl_trace_lane(struct hl_trace **out, struct hl_trace *whole, uint16_t lane)
{
    struct hl_trace *trace = calloc(1, sizeof(*trace));
    *out = trace;
    if (trace == NULL)
        return UV_ENOMEM;
    trace->head.kinds = whole->head.kinds;
    trace->whole = whole;
    trace->lane = lane;
    return 0;
}

uint32_t hl_trace_mask(const struct hl_trace *trace)
{
    return trace != NULL ? trace->mask : 0;
}

const char *hl_trace_category_word(uint32_t category)
{
    switch (category) {
#define X(name, word) \
    case name:        \
        return word;
        HAUL_TRACE_MAP(X)
#undef X
    default:
        return "?";
    }
}

void hl_trace_set_watch(struct hl_trace *trace, struct hl_loop_watch *watch)
{
    trace->head.watch = watch;
}

/* @return how many bytes were in the buffer before. */
static size_t put(struct buffer *buffer, const struct hl_event *event,
                  size_t size)
{
    size_t before = buffer->used;
    char *at = buffer->data + before;
    memcpy(at, event, sizeof(*event));
    if (event->size > 0)
        memcpy(at + sizeof(*event), event->text, event->size);
    at[sizeof(*event) + event->size] = '\0';
    buffer->used = (before + size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return before;
}

void hl_trace_emit(struct hl_trace *trace, const struct hl_event *event)
{
    struct hl_event copy = *event;
    bool wake = false;
    if (trace->whole != NULL) {
        copy.worker = trace->lane;
        trace = trace->whole;
    }
    if (copy.t_ns == 0)
        copy.t_ns = uv_hrtime();
    if (copy.size >= HL_EVENT_TEXT_MAX) {
        copy.text += copy.size - (HL_EVENT_TEXT_MAX - 1);
        copy.size = HL_EVENT_TEXT_MAX - 1;
    }
    size_t size = sizeof(copy) + copy.size + 1;
    uv_mutex_lock(&trace->lock);
    struct buffer *buffer = &trace->buffers[trace->filling];
    if (buffer->used + size + ALIGNMENT > BUFFER_SIZE) {
        trace->dropped++;
    } else {
        size_t before = put(buffer, &copy, size);
        wake = before == 0 || (before < ENOUGH && buffer->used >= ENOUGH);
    }
    if (wake)
        uv_cond_signal(&trace->filled);
    uv_mutex_unlock(&trace->lock);
}

void hl_trace_emit_text(struct hl_trace *trace, struct hl_event *event,
                        const char *text)
{
    event->text = text;
    event->size = text != NULL ? (uint32_t)strlen(text) : 0;
    hl_trace_emit(trace, event);
}

void hl_trace_attempt(struct hl_trace *trace, const struct hl_event *event,
                      const struct hl_attempt *attempt)
{
    if (!HL_TRACE_WANTS(trace, HL_EV_ATTEMPT))
        return;
    struct hl_event whole = *event;
    whole.kind = HL_EV_ATTEMPT;
    whole.text = (const char *)(const void *)attempt;
    whole.size = sizeof(*attempt);
    hl_trace_emit(trace, &whole);
}
