/*
 * The timeline sink: Chrome's trace-event JSON, one event a line, which
 * ui.perfetto.dev and chrome://tracing open. Its format has a number:
 *
 *   pid 1 is the run; tid 1 its loop, tid 1 + N its thread, its process or its
 *   further loop N.
 *   Spans on a lane are X events that nest; args.state is waiting, working or
 *   blocked. A URL is one async track: category transfer, id 0xJOB. In it
 *   nest the URL, its attempts, and their phases queued, dns, connect, tls,
 *   wait, body and file. Counters are C events. Times are µs since the run's
 *   start. metadata holds format, haul, mode, jobs, dropped and cut.
 *
 * Members that readers must have come before any text, since some give up at
 * an escape that they do not know.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "trace/timeline_parts.h"
#include "util/own_file.h"

enum {
    FORMAT = 1,
    STOOD_NS = 100 * 1000, /* what stands for less is not told */
    CLOSING_SIZE = 512,    /* bytes that the end of a track takes at most */
    RESERVE = 8192,        /* for the end of the file */
};

__attribute__((format(printf, 2, 3))) static void
put_format(struct hl_timeline *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->data + t->used, HL_TIMELINE_EVENT, format, args);
    va_end(args);
    if (n > 0 && n < HL_TIMELINE_EVENT)
        t->used += (size_t)n;
}

/* Metadata that names a lane and puts it in its place. */
static void name_lane(struct hl_timeline *t, unsigned lane, const char *name)
{
    put_format(t,
               ",\n{\"ph\":\"M\",\"pid\":1,\"tid\":%u,"
               "\"name\":\"thread_name\",\"args\":{\"name\":\"%s\"}}",
               lane, name);
    put_format(t,
               ",\n{\"ph\":\"M\",\"pid\":1,\"tid\":%u,"
               "\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":%u}}",
               lane, lane);
}

/* The event's lane; a worker's gets its name with its first event. */
static unsigned lane_of(struct hl_timeline *t, const struct hl_event *event)
{
    char name[32];
    unsigned worker = event->worker;
    unsigned lane = HL_TIMELINE_LOOP + worker;
    if (worker == 0)
        return lane;
    if (worker >= t->lanes_size) {
        size_t size = worker * 2 + 16;
        uint8_t *lanes = realloc(t->lanes, size);
        if (lanes == NULL)
            return lane;
        memset(lanes + t->lanes_size, 0, size - t->lanes_size);
        t->lanes = lanes;
        t->lanes_size = size;
    }
    if (t->lanes[worker])
        return lane;
    t->lanes[worker] = 1;
    snprintf(name, sizeof(name), "%s %u", t->setup.workers.word, worker);
    name_lane(t, lane, name);
    return lane;
}

static void put_span(struct hl_timeline *t, const struct hl_event *event,
                     uint64_t ns)
{
    const struct hl_event_info *info = &hl_event_table[event->kind];
    bool first = true;
    hl_timeline_begin_span(t, ns, (uint64_t)event->value, lane_of(t, event));
    hl_timeline_kind(t, event->kind);
    if (event->kind == HL_EV_POLL)
        hl_timeline_text(t, &first, "state", "waiting");
    if (event->kind != HL_EV_POLL || event->value2 != HL_POLL_UNKNOWN)
        hl_timeline_int(t, &first, info->value2_name, event->value2);
    if (event->job != 0)
        hl_timeline_int(t, &first, "job", (int64_t)event->job);
    hl_timeline_end(t, first);
}

static void put_callback(struct hl_timeline *t, const struct hl_event *event,
                         uint64_t ns)
{
    const struct hl_timeline_piece *piece = &t->callbacks[event->value2];
    hl_timeline_begin_span(t, ns, (uint64_t)event->value, lane_of(t, event));
    hl_timeline_put(t, piece->text, piece->size);
}

static void put_instant(struct hl_timeline *t, const struct hl_event *event,
                        uint64_t ns)
{
    const struct hl_event_info *info = &hl_event_table[event->kind];
    bool first = true;
    hl_timeline_begin(t, 'i', ns, lane_of(t, event));
    HL_TIMELINE_PUT(t, ",\"s\":\"t\"");
    hl_timeline_kind(t, event->kind);
    if (event->job != 0)
        hl_timeline_int(t, &first, "job", (int64_t)event->job);
    hl_timeline_int(t, &first, info->value_name, event->value);
    hl_timeline_int(t, &first, info->value2_name, event->value2);
    if (event->size > 0)
        hl_timeline_text(t, &first, "text", event->text);
    hl_timeline_end(t, first);
}

static void put_counter(struct hl_timeline *t, const struct hl_event *event,
                        int64_t value, uint64_t ns)
{
    const struct hl_event_info *info = &hl_event_table[event->kind];
    bool first = true;
    hl_timeline_begin(t, 'C', ns, HL_TIMELINE_LOOP);
    hl_timeline_kind(t, event->kind);
    hl_timeline_int(t, &first, info->value_name, value);
    hl_timeline_end(t, first);
}

/* Told once it has stood for a while, or at the end. */
static void hold_counter(struct hl_timeline *t, const struct hl_event *event,
                         uint64_t ns)
{
    if (t->held.kind != 0 && ns - t->held.t_ns >= STOOD_NS)
        put_counter(t, &t->held, t->held.value, t->held.t_ns);
    t->held = (struct hl_event){
        .kind = event->kind, .t_ns = ns, .value = event->value};
}

/* No more fits but what ends the file well. */
static bool is_full(struct hl_timeline *t)
{
    uint64_t size =
        t->stats.bytes + t->used + t->open_tracks * CLOSING_SIZE + RESERVE;
    if (t->stats.cut || size < t->setup.max_bytes)
        return t->stats.cut;
    t->stats.cut = true;
    hl_timeline_begin(t, 'i', t->last_ns, HL_TIMELINE_LOOP);
    HL_TIMELINE_PUT(t, ",\"s\":\"g\",\"name\":"
                       "\"the trace ends here: its size limit\"}");
    return true;
}

/* A worker's numbers may be any: a sum stays as it is where it cannot grow. */
static void add_up(int64_t *total, int64_t change)
{
    int64_t sum;
    if (!__builtin_add_overflow(*total, change, &sum))
        *total = sum;
}

static void put(struct hl_timeline *t, const struct hl_event *event,
                uint64_t zero_ns)
{
    uint64_t ns = event->t_ns > zero_ns ? event->t_ns - zero_ns : 0;
    switch (hl_event_table[event->kind].shape) {
    case 'i':
        put_instant(t, event, ns);
        break;
    case 'X':
        if (event->kind == HL_EV_CALLBACK)
            put_callback(t, event, ns);
        else
            put_span(t, event, ns);
        break;
    case 'C':
        put_counter(t, event, event->value, ns);
        break;
    case 'c':
        hold_counter(t, event, ns);
        break;
    case 'D':
        add_up(&t->totals[event->kind], event->value);
        put_counter(t, event, t->totals[event->kind], ns);
        break;
    case 'q':
        hl_timeline_queued(t, event, ns);
        break;
    case 'n':
        hl_timeline_step(t, event, ns);
        break;
    case 'a':
        hl_timeline_attempt(t, event, zero_ns);
        break;
    case 'd':
        hl_timeline_done(t, event, ns);
        break;
    default:
        break;
    }
}

static void timeline_event(void *state, const struct hl_event *event,
                           uint64_t zero_ns)
{
    struct hl_timeline *t = state;
    if (t->stats.error < 0 || is_full(t))
        return;
    put(t, event, zero_ns);
    hl_timeline_make_room(t);
}

static void timeline_close(void *state, struct haul_trace_stats *out)
{
    struct hl_timeline *t = state;
    hl_timeline_close_tracks(t);
    if (t->held.kind != 0)
        put_counter(t, &t->held, t->held.value, t->held.t_ns);
    put_format(t,
               "\n],\n\"metadata\":{\"haul\":\"%s\",\"format\":%d,"
               "\"mode\":\"%s\",\"jobs\":%u,\"dropped\":%" PRIu64
               ",\"cut\":%s}}\n",
               HAUL_VERSION, FORMAT, t->setup.mode_name, t->setup.jobs,
               out->dropped, t->stats.cut ? "true" : "false");
    hl_timeline_write(t);
    if (fclose(t->file) != 0 && t->stats.error == 0)
        t->stats.error = -errno;
    out->bytes = t->stats.bytes;
    out->cut = t->stats.cut;
    out->error = t->stats.error;
    hl_buf_release(&t->escaped);
    free(t->data);
    free(t->lanes);
    free(t);
}

int hl_trace_timeline_sink(struct hl_trace_sink *out,
                           const struct hl_timeline_setup *setup)
{
    struct hl_timeline *t = calloc(1, sizeof(*t));
    if (t == NULL)
        return UV_ENOMEM;
    t->data = malloc(HL_TIMELINE_WRITE + HL_TIMELINE_EVENT);
    t->file = t->data != NULL ? hl_private_fopen(setup->path) : NULL;
    if (t->file == NULL) {
        int r = t->data != NULL ? -errno : UV_ENOMEM;
        free(t->data);
        free(t);
        return r;
    }
    hl_timeline_make_pieces(t);
    setvbuf(t->file, NULL, _IONBF, 0);
    t->setup = *setup;
    t->setup.path = NULL; /* borrowed for the call */
    put_format(t,
               "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n"
               "{\"ph\":\"M\",\"pid\":1,\"tid\":1,\"name\":\"process_name\","
               "\"args\":{\"name\":\"haul %s, %u in flight\"}}",
               setup->mode_name, setup->jobs);
    name_lane(t, HL_TIMELINE_LOOP, "loop");
    *out = (struct hl_trace_sink){
        .name = "timeline",
        .mask = setup->mask,
        .no_text = true,
        .event = timeline_event,
        .close = timeline_close,
        .state = t,
    };
    return 0;
}
