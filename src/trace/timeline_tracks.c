/* A URL's track: from its first wait to its result, its attempts within, and
 * their phases within these. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/timeline_parts.h"

enum {
    NAME_SHOWN = 120, /* bytes of a URL that name its track: its telling end */
    JOBS_MAX = 1 << 27,
    SHOWN_US = 5, /* a phase that is shorter is not told: nobody can see it */
};

/* The name of a track that is over. */
static char closed[] = "";

static bool is_open(const struct hl_timeline *t, uint64_t job)
{
    return job < t->tracks_size && t->tracks[job].name != NULL &&
           t->tracks[job].name != closed;
}

/* One event of a track up to its name. */
static void begin(struct hl_timeline *t, char shape, uint64_t ns, uint64_t job)
{
    static const char digits[] = "0123456789abcdef";
    char id[20];
    size_t at = sizeof(id);
    hl_timeline_begin(t, shape, ns, HL_TIMELINE_LOOP);
    do {
        id[--at] = digits[job % 16];
        job /= 16;
    } while (job > 0);
    HL_TIMELINE_PUT(t, ",\"id\":\"0x");
    hl_timeline_put(t, id + at, sizeof(id) - at);
    HL_TIMELINE_PUT(t, "\"");
}

static void put_named(struct hl_timeline *t, char shape, uint64_t ns,
                      uint64_t job, const char *name)
{
    begin(t, shape, ns, job);
    hl_timeline_name(t, "transfer", name);
}

static void put_track_name(struct hl_timeline *t, const char *json)
{
    HL_TIMELINE_PUT(t, ",\"cat\":\"transfer\",\"name\":");
    hl_timeline_put(t, json, strlen(json));
}

static struct hl_timeline_track *track_of(struct hl_timeline *t, uint64_t job)
{
    if (job >= JOBS_MAX)
        return NULL;
    if (job >= t->tracks_size) {
        size_t size = (size_t)job * 2 + 256;
        struct hl_timeline_track *tracks =
            realloc(t->tracks, size * sizeof(*tracks));
        if (tracks == NULL)
            return NULL;
        for (size_t i = t->tracks_size; i < size; i++)
            tracks[i] = (struct hl_timeline_track){.name = NULL};
        t->tracks = tracks;
        t->tracks_size = size;
    }
    return &t->tracks[job];
}

static char *json_of(const char *text, size_t size)
{
    struct hl_buf json = {0};
    const char *tail = size > NAME_SHOWN ? text + size - NAME_SHOWN : text;
    hl_buf_json(&json, tail);
    if (!json.failed)
        return json.data;
    hl_buf_release(&json);
    return NULL;
}

/* @return whether the job has a track that is open. url NULL: unknown. */
static bool open_track(struct hl_timeline *t, uint64_t job, uint64_t ns,
                       const struct hl_event *url)
{
    char number[32];
    bool first = true;
    struct hl_timeline_track *track = track_of(t, job);
    if (track == NULL || track->name != NULL)
        return track != NULL && track->name != closed;
    snprintf(number, sizeof(number), "#%" PRIu64, job);
    track->name = url != NULL ? json_of(url->text, url->size)
                              : json_of(number, strlen(number));
    if (track->name == NULL)
        return false;
    track->open_ns = ns;
    t->open_tracks++;
    begin(t, 'b', ns, job);
    put_track_name(t, track->name);
    if (url != NULL) {
        hl_timeline_int(t, &first, "line", url->value);
        if (url->size > NAME_SHOWN)
            hl_timeline_text(t, &first, "url", url->text);
    }
    hl_timeline_end(t, first);
    return true;
}

static void close_track(struct hl_timeline *t, uint64_t job, uint64_t ns,
                        const struct hl_event *done)
{
    bool first = true;
    struct hl_timeline_track *track = &t->tracks[job];
    begin(t, 'e', ns, job);
    put_track_name(t, track->name);
    if (done != NULL) {
        hl_timeline_text(t, &first, "outcome", done->text);
        hl_timeline_int(t, &first, "status", done->value);
        hl_timeline_int(t, &first, "attempts", done->value2);
    }
    hl_timeline_end(t, first);
    free(track->name);
    track->name = closed;
    t->open_tracks--;
}

void hl_timeline_queued(struct hl_timeline *t, const struct hl_event *event,
                        uint64_t ns)
{
    open_track(t, event->job, ns, event);
}

void hl_timeline_step(struct hl_timeline *t, const struct hl_event *event,
                      uint64_t ns)
{
    const struct hl_event_info *info = &hl_event_table[event->kind];
    bool first = true;
    if (!is_open(t, event->job))
        return;
    begin(t, 'n', ns, event->job);
    hl_timeline_kind(t, event->kind);
    hl_timeline_int(t, &first, info->value_name, event->value);
    hl_timeline_int(t, &first, info->value2_name, event->value2);
    if (event->size > 0)
        hl_timeline_text(t, &first, "text", event->text);
    hl_timeline_end(t, first);
}

static void put_state(struct hl_timeline *t, const struct hl_event *event,
                      uint64_t begin_ns, uint64_t end_ns, bool blocked)
{
    unsigned lane = HL_TIMELINE_LOOP;
    bool first = true;
    if (!t->setup.workers.on_loop)
        lane += event->worker;
    hl_timeline_begin_span(t, begin_ns, end_ns - begin_ns, lane);
    hl_timeline_name(t, "transfer",
                     blocked ? "waits for the server" : "receives and stores");
    hl_timeline_text(t, &first, "state", blocked ? "blocked" : "working");
    hl_timeline_int(t, &first, "job", (int64_t)event->job);
    hl_timeline_end(t, first);
}

/* The phases of an attempt, one after the other. */
struct phases {
    struct hl_timeline *timeline;
    uint64_t job;
    uint64_t at_ns;
    uint64_t most_ns; /* none may be later */
};

static void put_phase(struct phases *p, const char *name, uint64_t us)
{
    uint64_t left_us = (p->most_ns - p->at_ns) / 1000;
    if (us > left_us)
        us = left_us;
    uint64_t begin_ns = p->at_ns;
    p->at_ns += us * 1000;
    if (us < SHOWN_US)
        return;
    put_named(p->timeline, 'b', begin_ns, p->job, name);
    hl_timeline_end(p->timeline, true);
    put_named(p->timeline, 'e', p->at_ns, p->job, name);
    hl_timeline_end(p->timeline, true);
}

static void put_args(struct hl_timeline *t, const struct hl_event *event,
                     const struct hl_attempt *a)
{
    bool first = true;
    hl_timeline_int(t, &first, "worker", event->worker);
    hl_timeline_int(t, &first, "status", event->value2);
    hl_timeline_int(t, &first, "bytes", (int64_t)a->bytes);
    hl_timeline_flag(t, &first, "reused", a->reused);
    if (a->error != HAUL_OK)
        hl_timeline_text(t, &first, "error", haul_error_word(a->error));
    hl_timeline_end(t, first);
}

/* An attempt is told when it is over, with the times that the report has. A
 * lane that it blocked is told so too: a thread, a process, or in sequential
 * mode the loop itself. */
void hl_timeline_attempt(struct hl_timeline *t, const struct hl_event *event,
                         uint64_t zero_ns)
{
    struct hl_attempt a;
    char name[32];
    if (event->size != sizeof(a))
        return;
    memcpy(&a, event->text, sizeof(a));
    uint64_t queued_ns = a.times.queued * 1000;
    struct phases p = {.timeline = t,
                       .job = event->job,
                       .at_ns = a.start_ns - queued_ns - zero_ns,
                       .most_ns = event->t_ns - zero_ns};
    if (a.start_ns > event->t_ns || a.start_ns - zero_ns < queued_ns ||
        !open_track(t, event->job, p.at_ns, NULL))
        return;
    snprintf(name, sizeof(name), "attempt %" PRId64, event->value);
    uint64_t open_ns = t->tracks[event->job].open_ns;
    uint64_t start_ns = a.start_ns - zero_ns;
    if (p.at_ns < open_ns)
        p.at_ns = open_ns < start_ns ? open_ns : start_ns;
    put_named(t, 'b', p.at_ns, event->job, name);
    put_args(t, event, &a);
    uint64_t queued = (start_ns - p.at_ns) / 1000;
    uint64_t lookup = a.lookup_us < queued ? a.lookup_us : queued;
    put_phase(&p, "queued", queued - lookup);
    put_phase(&p, "dns", lookup);
    p.at_ns = start_ns;
    put_phase(&p, "dns", a.times.dns);
    put_phase(&p, "connect", a.times.connect);
    put_phase(&p, "tls", a.times.tls);
    put_phase(&p, "wait", a.times.wait);
    uint64_t answer_ns = p.at_ns;
    put_phase(&p, "body", a.times.body);
    put_phase(&p, "file", a.times.file);
    put_named(t, 'e', p.at_ns, event->job, name);
    hl_timeline_end(t, true);
    if (!t->setup.workers.block)
        return;
    put_state(t, event, start_ns, answer_ns, true);
    put_state(t, event, answer_ns, p.at_ns, false);
}

void hl_timeline_done(struct hl_timeline *t, const struct hl_event *event,
                      uint64_t ns)
{
    if (is_open(t, event->job))
        close_track(t, event->job, ns, event);
}

void hl_timeline_close_tracks(struct hl_timeline *t)
{
    for (uint64_t job = 0; job < t->tracks_size; job++)
        if (is_open(t, job)) {
            close_track(t, job, t->last_ns, NULL);
            hl_timeline_make_room(t);
        }
    free(t->tracks);
    t->tracks = NULL;
}
