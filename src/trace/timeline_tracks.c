#include "trace/timeline_tracks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/timeline_json.h"
#include "util/grow.h"

enum {
    NAME_SHOWN =
        120, /* bytes of a URL that name its track; its end says most */
    JOBS_MAX = 1 << 27,
    SHOWN_US = 5, /* a shorter phase is left out: nobody could see it */
};

struct hl_url_track {
    char *name; /* JSON; NULL: the track was not opened yet */
    uint64_t open_ns;
};

/* The name of a track that is over. */
static char closed[] = "";

static bool is_open(const struct hl_url_tracks *t, uint64_t job)
{
    return job < t->size && t->tracks[job].name != NULL &&
           t->tracks[job].name != closed;
}

/* Begins an event of a track, up to its name. */
static void begin(struct hl_url_tracks *t, char shape, uint64_t ns,
                  uint64_t job)
{
    static const char digits[] = "0123456789abcdef";
    char id[20];
    size_t at = sizeof(id);
    hl_json_begin(t->json, shape, ns, HL_JSON_LOOP);
    do {
        id[--at] = digits[job % 16];
        job /= 16;
    } while (job > 0);
    HL_JSON_PUT(t->json, ",\"id\":\"0x");
    hl_json_put(t->json, id + at, sizeof(id) - at);
    HL_JSON_PUT(t->json, "\"");
}

static void put_named(struct hl_url_tracks *t, char shape, uint64_t ns,
                      uint64_t job, const char *name)
{
    begin(t, shape, ns, job);
    hl_json_name(t->json, "transfer", name);
}

static void put_track_name(struct hl_url_tracks *t, const char *json)
{
    HL_JSON_PUT(t->json, ",\"cat\":\"transfer\",\"name\":");
    hl_json_put(t->json, json, strlen(json));
}

static struct hl_url_track *track_of(struct hl_url_tracks *t, uint64_t job)
{
    if (job >= JOBS_MAX ||
        hl_grow(&t->tracks, &t->size, (size_t)job, sizeof(*t->tracks)) < 0)
        return NULL;
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

/* Opens the track of a job, unless it was opened before. url NULL: the URL is
 * not known. @return whether the track is open. */
static bool open_track(struct hl_url_tracks *t, uint64_t job, uint64_t ns,
                       const struct hl_event *url)
{
    char number[32];
    bool first = true;
    struct hl_url_track *track = track_of(t, job);
    if (track == NULL || track->name != NULL)
        return track != NULL && track->name != closed;
    snprintf(number, sizeof(number), "#%" PRIu64, job);
    track->name = url != NULL ? json_of(url->text, url->size)
                              : json_of(number, strlen(number));
    if (track->name == NULL)
        return false;
    track->open_ns = ns;
    t->open++;
    begin(t, 'b', ns, job);
    put_track_name(t, track->name);
    if (url != NULL) {
        hl_json_int(t->json, &first, "line", url->value);
        if (url->size > NAME_SHOWN)
            hl_json_text(t->json, &first, "url", url->text);
    }
    hl_json_end(t->json, first);
    return true;
}

static void close_track(struct hl_url_tracks *t, uint64_t job, uint64_t ns,
                        const struct hl_event *done)
{
    bool first = true;
    struct hl_url_track *track = &t->tracks[job];
    begin(t, 'e', ns, job);
    put_track_name(t, track->name);
    if (done != NULL) {
        hl_json_text(t->json, &first, "outcome", done->text);
        hl_json_int(t->json, &first, "status", done->value);
        hl_json_int(t->json, &first, "attempts", done->value2);
    }
    hl_json_end(t->json, first);
    free(track->name);
    track->name = closed;
    t->open--;
}

void hl_url_tracks_queued(struct hl_url_tracks *t, const struct hl_event *event,
                          uint64_t ns)
{
    open_track(t, event->job, ns, event);
}

void hl_url_tracks_step(struct hl_url_tracks *t, const struct hl_event *event,
                        uint64_t ns)
{
    const struct hl_event_info *info = &hl_event_table[event->kind];
    bool first = true;
    if (!is_open(t, event->job))
        return;
    begin(t, 'n', ns, event->job);
    hl_json_kind(t->json, event->kind);
    hl_json_int(t->json, &first, info->value_name, event->value);
    hl_json_int(t->json, &first, info->value2_name, event->value2);
    if (event->size > 0)
        hl_json_text(t->json, &first, "text", event->text);
    hl_json_end(t->json, first);
}

static void put_state(struct hl_url_tracks *t, const struct hl_event *event,
                      uint64_t begin_ns, uint64_t end_ns, bool blocked)
{
    unsigned lane = HL_JSON_LOOP;
    bool first = true;
    if (!t->workers.on_loop)
        lane += event->worker;
    hl_json_begin_span(t->json, begin_ns, end_ns - begin_ns, lane);
    hl_json_name(t->json, "transfer",
                 blocked ? "waits for the server" : "receives and stores");
    hl_json_text(t->json, &first, "state", blocked ? "blocked" : "working");
    hl_json_int(t->json, &first, "job", (int64_t)event->job);
    hl_json_end(t->json, first);
}

/* The phases of an attempt, one after the other. */
struct phases {
    struct hl_url_tracks *tracks;
    uint64_t job;
    uint64_t at_ns;
    uint64_t most_ns; /* no phase may end later */
};

/* More about a phase; all zero is nothing. */
struct about {
    const char *waits_for;
    uint64_t cpu_us;
};

static void put_phase(struct phases *p, const char *name, uint64_t us,
                      struct about about)
{
    bool first = true;
    uint64_t left_us = (p->most_ns - p->at_ns) / 1000;
    if (us > left_us)
        us = left_us;
    uint64_t begin_ns = p->at_ns;
    p->at_ns += us * 1000;
    if (us < SHOWN_US)
        return;
    put_named(p->tracks, 'b', begin_ns, p->job, name);
    if (about.waits_for != NULL)
        hl_json_text(p->tracks->json, &first, "waits_for", about.waits_for);
    if (about.cpu_us > 0)
        hl_json_int(p->tracks->json, &first, "cpu_us", (int64_t)about.cpu_us);
    hl_json_end(p->tracks->json, first);
    put_named(p->tracks, 'e', p->at_ns, p->job, name);
    hl_json_end(p->tracks->json, true);
}

static void put_args(struct hl_url_tracks *t, const struct hl_event *event,
                     const struct hl_attempt *a)
{
    bool first = true;
    hl_json_int(t->json, &first, "worker", event->worker);
    hl_json_int(t->json, &first, "status", event->value2);
    hl_json_int(t->json, &first, "bytes", (int64_t)a->bytes);
    hl_json_flag(t->json, &first, "reused", a->reused);
    if (a->error != HAUL_OK)
        hl_json_text(t->json, &first, "error", haul_error_word(a->error));
    hl_json_end(t->json, first);
}

static const struct about nothing = {0};
static const struct about pool = {.waits_for = "pool"};

/* An attempt waits for its turn, from p->at_ns on. Its URL's track may have
 * been opened a moment later. */
static void put_queued(struct phases *p, uint64_t us, uint64_t open_ns)
{
    uint64_t end_ns = p->at_ns + us * 1000;
    if (p->at_ns < open_ns)
        p->at_ns = open_ns < end_ns ? open_ns : end_ns;
    put_phase(p, "queued", (end_ns - p->at_ns) / 1000, nothing);
    p->at_ns = end_ns;
}

/* A transfer waits for the loop before the answer and right behind it, for the
 * pool before its work or else before its file is stored, and at the end for
 * the report that it is stored. @return when the answer was
 * there and somebody came to it. */
static uint64_t put_phases(struct phases *p, const struct hl_attempt *a)
{
    const struct haul_times *t = &a->times;
    uint64_t amid =
        t->ready - a->ready_first_us - a->ready_pool_us - a->ready_last_us;
    struct about loop = {.waits_for = p->tracks->workers.block ? NULL : "loop"};
    put_phase(p, "dns", t->dns, nothing);
    put_phase(p, "connect", t->connect, nothing);
    put_phase(p, "tls", t->tls, nothing);
    put_phase(p, "wait", t->wait, nothing);
    put_phase(p, "ready", a->ready_first_us, loop);
    uint64_t answer_ns = p->at_ns;
    put_phase(p, "body", t->body, nothing);
    put_phase(p, "ready", amid, loop);
    put_phase(p, "ready", a->ready_pool_us, pool);
    put_phase(p, "work", t->work, (struct about){.cpu_us = a->work_cpu_us});
    put_phase(p, "file", a->file_pool_us, pool);
    put_phase(p, "file", t->file - a->file_pool_us, nothing);
    return answer_ns;
}

/* Where an attempt blocked a worker, the worker's lane shows that too. */
static void put_states(struct hl_url_tracks *t, const struct hl_event *event,
                       uint64_t start_ns, uint64_t answer_ns, uint64_t end_ns)
{
    if (!t->workers.block)
        return;
    if (answer_ns < start_ns)
        answer_ns = start_ns;
    if (end_ns < answer_ns)
        end_ns = answer_ns;
    put_state(t, event, start_ns, answer_ns, true);
    put_state(t, event, answer_ns, end_ns, false);
}

/* A step of an arrow, on whatever the loop does at that time. */
static void put_arrow(struct hl_url_tracks *t, char shape, uint64_t ns,
                      uint64_t job)
{
    bool first = true;
    hl_json_begin(t->json, shape, ns, HL_JSON_LOOP);
    hl_json_printf(t->json, ",\"id\":\"0x%" PRIx64 "\"", t->arrows);
    if (shape != 's')
        HL_JSON_PUT(t->json, ",\"bp\":\"e\"");
    hl_json_name(t->json, "transfer", "from the answer to the file");
    hl_json_int(t->json, &first, "job", (int64_t)job);
    hl_json_end(t->json, first);
}

/* An arrow leads from what the loop did when the answer was ready to the
 * callback that read the answer, and on to the one that gave the file its name.
 * Where nobody saw the answer lie there, the arrow begins at the first
 * callback. */
static void put_arrows(struct hl_url_tracks *t, const struct hl_event *event,
                       const struct hl_attempt *a, uint64_t answer_ns,
                       uint64_t end_ns)
{
    uint64_t first_ns = a->ready_first_us * 1000;
    bool is_seen = a->ready_first_us >= SHOWN_US && first_ns < answer_ns;
    if (event->worker > t->workers.with_arrows || a->error != HAUL_OK ||
        a->times.file == 0 || answer_ns >= end_ns)
        return;
    t->arrows++;
    if (is_seen)
        put_arrow(t, 's', answer_ns - first_ns, event->job);
    put_arrow(t, is_seen ? 't' : 's', answer_ns, event->job);
    put_arrow(t, 'f', end_ns, event->job);
}

/* Are these numbers that a run's attempt can have? */
static bool is_sound(const struct hl_attempt *a, const struct hl_event *event,
                     uint64_t zero_ns)
{
    const struct haul_times *t = &a->times;
    return a->start_ns >= zero_ns && a->start_ns <= event->t_ns &&
           t->total <= (event->t_ns - zero_ns) / 1000 &&
           t->queued <= t->total && a->ready_first_us <= t->ready &&
           a->ready_last_us <= t->ready - a->ready_first_us &&
           a->ready_pool_us <=
               t->ready - a->ready_first_us - a->ready_last_us &&
           a->file_pool_us <= t->file && a->work_cpu_us <= t->work;
}

/* An attempt is shown when it is over, with the times that the report has. */
void hl_url_tracks_attempt(struct hl_url_tracks *t,
                           const struct hl_event *event, uint64_t zero_ns)
{
    struct hl_attempt a;
    char name[32];
    if (event->size != sizeof(a))
        return;
    memcpy(&a, event->text, sizeof(a));
    if (!is_sound(&a, event, zero_ns))
        return;
    uint64_t begin_ns = (event->t_ns / 1000 - a.times.total) * 1000;
    struct phases p = {.tracks = t,
                       .job = event->job,
                       .at_ns = begin_ns > zero_ns ? begin_ns - zero_ns : 0,
                       .most_ns = event->t_ns - zero_ns};
    if (!open_track(t, event->job, p.at_ns, NULL))
        return;
    snprintf(name, sizeof(name), "attempt %" PRId64, event->value);
    uint64_t open_ns = t->tracks[event->job].open_ns;
    put_named(t, 'b', p.at_ns > open_ns ? p.at_ns : open_ns, event->job, name);
    put_args(t, event, &a);
    put_queued(&p, a.times.queued, open_ns);
    uint64_t answer_ns = put_phases(&p, &a);
    uint64_t end_ns = p.at_ns;
    put_phase(&p, "ready", a.ready_last_us,
              (struct about){.waits_for = "report"});
    put_named(t, 'e', p.at_ns, event->job, name);
    hl_json_end(t->json, true);
    put_states(t, event, a.start_ns - zero_ns, answer_ns, end_ns);
    put_arrows(t, event, &a, answer_ns, event->t_ns - zero_ns);
}

void hl_url_tracks_done(struct hl_url_tracks *t, const struct hl_event *event,
                        uint64_t ns)
{
    if (is_open(t, event->job))
        close_track(t, event->job, ns, event);
}

void hl_url_tracks_close(struct hl_url_tracks *t)
{
    for (uint64_t job = 0; job < t->size; job++)
        if (is_open(t, job)) {
            close_track(t, job, t->json->last_ns, NULL);
            hl_json_make_room(t->json);
        }
    free(t->tracks);
    t->tracks = NULL;
}
