#include "trace/timeline.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/timeline_json.h"
#include "util/date.h"
#include "util/grow.h"

enum {
    FORMAT = 1,
    STOOD_NS = 100 * 1000, /* a value that stands for a shorter time is left
                              out */
    CLOSING_SIZE = 512,    /* the most bytes that the end of a track takes */
    RESERVE = 8192,        /* for the end of the file */
};

/* Owned by the trace that it is a sink of. */
struct timeline {
    struct hl_trace_json json;
    struct hl_url_tracks tracks;
    struct hl_timeline_setup setup;
    bool cut;       /* the file has reached its size limit */
    uint8_t *lanes; /* by worker: the lane has a name */
    size_t lanes_size;
    struct hl_event held;        /* a counter that is not written yet; kind
                                    0: none */
    int64_t totals[HL_EV_COUNT]; /* of counters whose events give the change */
};

/* Names a lane, and puts it in its place. */
static void name_lane(struct timeline *t, unsigned lane, const char *name)
{
    hl_json_printf(&t->json,
                   ",\n{\"ph\":\"M\",\"pid\":1,\"tid\":%u,"
                   "\"name\":\"thread_name\",\"args\":{\"name\":\"%s\"}}",
                   lane, name);
    hl_json_printf(
        &t->json,
        ",\n{\"ph\":\"M\",\"pid\":1,\"tid\":%u,"
        "\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":%u}}",
        lane, lane);
}

/* The event's lane. A worker's lane gets its name with the first event. */
static unsigned lane_of(struct timeline *t, const struct hl_event *event)
{
    char name[32];
    unsigned worker = event->worker;
    unsigned lane = HL_JSON_LOOP + worker;
    if (worker == 0)
        return lane;
    if (hl_grow(&t->lanes, &t->lanes_size, worker, sizeof(*t->lanes)) < 0)
        return lane;
    if (t->lanes[worker])
        return lane;
    t->lanes[worker] = 1;
    snprintf(name, sizeof(name), "%s %u", t->tracks.workers.word, worker);
    name_lane(t, lane, name);
    return lane;
}

static void put_span(struct timeline *t, const struct hl_event *event,
                     uint64_t ns)
{
    const struct hl_event_info *info = &hl_event_table[event->kind];
    bool first = true;
    hl_json_begin_span(&t->json, ns, (uint64_t)event->value, lane_of(t, event));
    hl_json_kind(&t->json, event->kind);
    if (event->kind == HL_EV_POLL)
        hl_json_text(&t->json, &first, "state", "waiting");
    if (event->kind != HL_EV_POLL || event->value2 != HL_POLL_UNKNOWN)
        hl_json_int(&t->json, &first, info->value2_name, event->value2);
    if (event->job != 0)
        hl_json_int(&t->json, &first, "job", (int64_t)event->job);
    hl_json_end(&t->json, first);
}

static void put_callback(struct timeline *t, const struct hl_event *event,
                         uint64_t ns)
{
    const struct hl_json_piece *piece = &t->json.callbacks[event->value2];
    hl_json_begin_span(&t->json, ns, (uint64_t)event->value, lane_of(t, event));
    hl_json_put(&t->json, piece->text, piece->size);
}

static void put_instant(struct timeline *t, const struct hl_event *event,
                        uint64_t ns)
{
    const struct hl_event_info *info = &hl_event_table[event->kind];
    bool first = true;
    hl_json_begin(&t->json, 'i', ns, lane_of(t, event));
    HL_JSON_PUT(&t->json, ",\"s\":\"t\"");
    hl_json_kind(&t->json, event->kind);
    if (event->job != 0)
        hl_json_int(&t->json, &first, "job", (int64_t)event->job);
    hl_json_int(&t->json, &first, info->value_name, event->value);
    hl_json_int(&t->json, &first, info->value2_name, event->value2);
    if (event->kind == HL_EV_CURL_ACTION || event->kind == HL_EV_IDLE_FIRE)
        hl_json_text(&t->json, &first, "function", "curl_multi_socket_action");
    if (event->size > 0)
        hl_json_text(&t->json, &first, "text", event->text);
    hl_json_end(&t->json, first);
}

static void put_counter(struct timeline *t, const struct hl_event *event,
                        int64_t value, uint64_t ns)
{
    const struct hl_event_info *info = &hl_event_table[event->kind];
    bool first = true;
    hl_json_begin(&t->json, 'C', ns, HL_JSON_LOOP);
    hl_json_kind(&t->json, event->kind);
    hl_json_int(&t->json, &first, info->value_name, value);
    hl_json_end(&t->json, first);
}

/* A counter that changes many times a turn: a value is written once it has
 * stood for a while, or at the end. */
static void hold_counter(struct timeline *t, const struct hl_event *event,
                         uint64_t ns)
{
    if (t->held.kind != 0 && ns - t->held.t_ns >= STOOD_NS)
        put_counter(t, &t->held, t->held.value, t->held.t_ns);
    t->held = (struct hl_event){
        .kind = event->kind, .t_ns = ns, .value = event->value};
}

/* Is there room only for the end of the file? */
static bool is_full(struct timeline *t)
{
    uint64_t size =
        t->json.bytes + t->json.used + t->tracks.open * CLOSING_SIZE + RESERVE;
    if (t->cut || size < t->setup.max_bytes)
        return t->cut;
    t->cut = true;
    hl_json_begin(&t->json, 'i', t->json.last_ns, HL_JSON_LOOP);
    HL_JSON_PUT(&t->json, ",\"s\":\"g\",\"name\":"
                          "\"the trace ends here: its size limit\"}");
    return true;
}

/* A worker process may send any numbers: a sum that would overflow stays as it
 * is. */
static void add_up(int64_t *total, int64_t change)
{
    int64_t sum;
    if (!__builtin_add_overflow(*total, change, &sum))
        *total = sum;
}

static void put(struct timeline *t, const struct hl_event *event,
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
        hl_url_tracks_queued(&t->tracks, event, ns);
        break;
    case 'n':
        hl_url_tracks_step(&t->tracks, event, ns);
        break;
    case 'a':
        hl_url_tracks_attempt(&t->tracks, event, zero_ns);
        break;
    case 'd':
        hl_url_tracks_done(&t->tracks, event, ns);
        break;
    default:
        break;
    }
}

static void timeline_event(void *state, const struct hl_event *event,
                           uint64_t zero_ns)
{
    struct timeline *t = state;
    if (t->json.error < 0 || is_full(t))
        return;
    put(t, event, zero_ns);
    hl_json_make_room(&t->json);
}

static void timeline_close(void *state, struct haul_trace_stats *out)
{
    struct timeline *t = state;
    hl_url_tracks_close(&t->tracks);
    if (t->held.kind != 0)
        put_counter(t, &t->held, t->held.value, t->held.t_ns);
    char began[HL_DATE_ISO_SIZE];
    hl_date_iso(began, t->setup.began_us);
    hl_json_printf(&t->json,
                   "\n],\n\"metadata\":{\"haul\":\"%s\",\"format\":%d,"
                   "\"mode\":\"%s\",\"jobs\":%u,\"began\":\"%s\","
                   "\"dropped\":%" PRIu64 ",\"cut\":%s}}\n",
                   HAUL_VERSION, FORMAT, t->setup.mode_name, t->setup.jobs,
                   began, out->dropped, t->cut ? "true" : "false");
    hl_json_close(&t->json);
    out->bytes = t->json.bytes;
    out->cut = t->cut;
    out->error = t->json.error;
    free(t->lanes);
    free(t);
}

int hl_trace_timeline_sink(struct hl_trace_sink *out,
                           const struct hl_timeline_setup *setup)
{
    struct timeline *t = calloc(1, sizeof(*t));
    int r = t != NULL ? hl_json_open(&t->json, setup->path) : UV_ENOMEM;
    if (r < 0) {
        free(t);
        return r;
    }
    char jobs[16] = "auto";
    if (!setup->auto_jobs)
        snprintf(jobs, sizeof(jobs), "%u", setup->jobs);
    t->tracks.json = &t->json;
    t->tracks.workers = setup->workers;
    t->setup = *setup;
    t->setup.path = NULL; /* borrowed for the call */
    hl_json_printf(
        &t->json,
        "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n"
        "{\"ph\":\"M\",\"pid\":1,\"tid\":1,\"name\":\"process_name\","
        "\"args\":{\"name\":\"haul %s, %s in flight\"}}",
        setup->mode_name, jobs);
    name_lane(t, HL_JSON_LOOP, "loop");
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
