/*
 * An event of a timeline stands on a line, and an attempt and its phases on
 * lines that follow each other. So no more of the file than a line has to be in
 * memory.
 */
#include "compare/page_trace.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "compare/page_thin.h"
#include "util/hash.h"
#include "util/io.h"

static const uint32_t nameless = UINT32_MAX;

/* A URL, from the begin of its track to its end. */
struct track {
    uint64_t job;  /* key; as the file says, so that it may be any number */
    char *url;     /* owned */
    uint32_t name; /* nameless: the page has none of it yet */
    uint32_t attempts;
    unsigned status; /* of the last attempt, as is the next */
    char error[HL_PAGE_CAUSE_SIZE];
    uint64_t end_us;
    UT_hash_handle hh;
};

/* A timeline that is being read. */
struct reading {
    struct hl_page_run *run;
    struct hl_page_figures *figures; /* or NULL: all is drawn */
    struct hl_page_thin thin;
    struct track *tracks;             /* hash */
    struct track *attempted;          /* whose attempt's phases come; or NULL */
    struct hl_page_transfer transfer; /* of that attempt */
    double phase_begin;
    char waits_for[8]; /* what that phase is spent in waiting for */
    bool is_trace;
};

static const char *text_of(const json_t *event, const char *name)
{
    const char *text = json_string_value(json_object_get(event, name));
    return text != NULL ? text : "";
}

static double number_of(const json_t *event, const char *name)
{
    return json_number_value(json_object_get(event, name));
}

static uint64_t job_of(const json_t *event)
{
    return strtoull(text_of(event, "id"), NULL, 16);
}

static struct track *find_track(const struct reading *r, uint64_t job)
{
    struct track *track;
    HASH_FIND(hh, r->tracks, &job, sizeof(job), track);
    return track;
}

static void free_track(struct reading *r, struct track *track)
{
    /* uthash moves on to the next track first, which the analyzer does not
     * see. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
    HASH_DEL(r->tracks, track);
    free(track->url);
    free(track);
}

/* Gives the page the URL of a track. */
static int name_track(struct reading *r, struct track *track)
{
    if (track->name != nameless)
        return 0;
    int64_t index = hl_page_add_url(r->run, track->url);
    if (index < 0)
        return UV_ENOMEM;
    track->name = (uint32_t)index;
    return 0;
}

static struct track *new_track(struct reading *r, uint64_t job)
{
    struct track *track = calloc(1, sizeof(*track));
    if (track == NULL)
        return NULL;
    track->job = job;
    HASH_ADD(hh, r->tracks, job, sizeof(track->job), track);
    if (track->hh.tbl != NULL)
        return track;
    free(track);
    return NULL;
}

/* A page that draws all transfers has the URLs in the order in which they
 * began to wait. */
static int open_track(struct reading *r, uint64_t job, const char *url)
{
    struct track *track = find_track(r, job);
    char *copy = strdup(url);
    if (track == NULL && copy != NULL)
        track = new_track(r, job);
    if (track == NULL || copy == NULL) {
        free(copy);
        return UV_ENOMEM;
    }
    free(track->url);
    track->url = copy;
    track->name = nameless;
    return r->figures == NULL ? name_track(r, track) : 0;
}

static void release_tracks(struct reading *r)
{
    struct track *track;
    struct track *next;
    HASH_ITER (hh, r->tracks, track, next)
        free_track(r, track);
}

/* Makes room where the page draws a part of the transfers only. */
static int thin_out(struct reading *r)
{
    struct track *track;
    struct track *next;
    uint32_t *names = hl_page_thin_out(&r->thin, r->run);
    if (names == NULL)
        return UV_ENOMEM;
    HASH_ITER (hh, r->tracks, track, next)
        if (track->name != nameless)
            track->name = names[track->name];
    free(names);
    return 0;
}

static int keep_attempt(struct reading *r, struct track *track)
{
    int error = name_track(r, track);
    if (error < 0)
        return error;
    r->transfer.name = track->name;
    if (hl_page_add_transfer(r->run, &r->transfer) == NULL)
        return UV_ENOMEM;
    bool is_due = r->figures != NULL && hl_page_thin_is_due(r->run);
    return is_due ? thin_out(r) : 0;
}

/* The attempt's phases have all come. */
static int end_attempt(struct reading *r)
{
    struct track *track = r->attempted;
    r->attempted = NULL;
    if (track == NULL)
        return 0;
    track->end_us = hl_page_transfer_end_us(&r->transfer);
    if (r->figures != NULL) {
        hl_page_figures_attempt(r->figures, track->url, &r->transfer);
        hl_page_figures_failed(r->figures, track->error, track->status);
        if (!hl_page_thin_keeps(&r->thin, &r->transfer))
            return 0;
    }
    return keep_attempt(r, track);
}

static int begin_attempt(struct reading *r, const json_t *event)
{
    const json_t *args = json_object_get(event, "args");
    const char *error = text_of(args, "error");
    struct track *track = find_track(r, job_of(event));
    int64_t cause =
        error[0] != '\0' ? hl_page_intern(&r->run->errors, error) + 1 : 0;
    int ended = end_attempt(r);
    if (track == NULL || cause < 0 || ended < 0)
        return cause < 0 ? UV_ENOMEM : ended;
    r->attempted = track;
    r->transfer = (struct hl_page_transfer){
        .begin_us = hl_page_whole(number_of(event, "ts")),
        .worker = (uint32_t)hl_page_whole(number_of(args, "worker")),
        .status = (uint32_t)hl_page_whole(number_of(args, "status")),
        .bytes = hl_page_whole(number_of(args, "bytes")),
        .attempt = (uint32_t)strtoul(text_of(event, "name") + 8, NULL, 10),
        .error = (uint32_t)cause,
    };
    track->attempts++;
    track->status = r->transfer.status;
    snprintf(track->error, sizeof(track->error), "%s", error);
    return 0;
}

/* What has no outcome was under way when the file ended. */
static int end_url(struct reading *r, const json_t *event)
{
    struct track *track = find_track(r, job_of(event));
    const json_t *args = json_object_get(event, "args");
    int error = r->attempted == track ? end_attempt(r) : 0;
    if (track == NULL || r->figures == NULL || error < 0)
        return error;
    const struct hl_page_result result = {
        .url = track->url,
        .outcome = hl_page_outcome(text_of(args, "outcome")),
        .error = track->error,
        .status = track->status,
        .message = "",
        .attempts = track->attempts,
        .end_us = track->end_us,
    };
    hl_page_figures_result(r->figures, &result);
    free_track(r, track);
    return 0;
}

static void begin_phase(struct reading *r, const json_t *event)
{
    const json_t *args = json_object_get(event, "args");
    snprintf(r->waits_for, sizeof(r->waits_for), "%s",
             text_of(args, "waits_for"));
    r->phase_begin = number_of(event, "ts");
    r->transfer.work_cpu_us = hl_page_whole((double)r->transfer.work_cpu_us +
                                            number_of(args, "cpu_us"));
    r->run->tells_waits = r->run->tells_waits || r->waits_for[0] != '\0';
}

static int begin_track(struct reading *r, const json_t *event)
{
    const char *name = text_of(event, "name");
    const char *url = text_of(json_object_get(event, "args"), "url");
    for (int i = 0; i < HL_PAGE_PHASES; i++) {
        if (strcmp(name, hl_page_phases[i]) == 0) {
            begin_phase(r, event);
            return 0;
        }
    }
    if (strncmp(name, "attempt ", 8) == 0)
        return begin_attempt(r, event);
    return open_track(r, job_of(event), url[0] != '\0' ? url : name);
}

/* A time that the transfer was ready ends. The order of phases tells where it
 * was; so it does in timelines that do not say what it waited for. */
static void place_ready(struct reading *r, uint64_t us)
{
    struct hl_page_transfer *t = &r->transfer;
    bool is_last =
        t->phases_us[HL_PAGE_WORK] > 0 || t->phases_us[HL_PAGE_FILE] > 0;
    if (strcmp(r->waits_for, "pool") == 0)
        t->ready_pool_us += us;
    else if (is_last)
        t->ready_last_us += us;
    else if (t->phases_us[HL_PAGE_BODY] == 0)
        t->ready_first_us += us;
}

static bool end_phase(struct reading *r, const json_t *event)
{
    const char *name = text_of(event, "name");
    double length = number_of(event, "ts") - r->phase_begin;
    for (int i = 0; i < HL_PAGE_PHASES; i++) {
        uint64_t *phase = &r->transfer.phases_us[i];
        if (strcmp(name, hl_page_phases[i]) != 0)
            continue;
        length = length > 0 ? length : 0;
        *phase = hl_page_whole((double)*phase + length);
        if (i == HL_PAGE_READY)
            place_ready(r, hl_page_whole(length));
        else if (i == HL_PAGE_FILE && strcmp(r->waits_for, "pool") == 0)
            r->transfer.file_pool_us += hl_page_whole(length);
        return true;
    }
    return false;
}

static int end_track(struct reading *r, const json_t *event)
{
    if (end_phase(r, event))
        return 0;
    if (strncmp(text_of(event, "name"), "attempt ", 8) == 0)
        return end_attempt(r);
    return end_url(r, event);
}

/* While a transfer blocks the loop, the loop is in this callback too. Its span
 * is left out, or the picture would show the loop at work. */
static const char one_by_one[] = "one transfer after the other";

/* Adds a callback of the loop, or a transfer that blocks the loop. */
static int add_span(struct reading *r, const json_t *event)
{
    const json_t *args = json_object_get(event, "args");
    const char *state = text_of(args, "state");
    bool blocked = strcmp(state, "blocked") == 0;
    bool is_part = strcmp(text_of(args, "kind"), "inner") == 0;
    if (number_of(event, "tid") != 1 || strcmp(state, "waiting") == 0 ||
        state[0] == '\0' || is_part ||
        strcmp(text_of(event, "name"), one_by_one) == 0)
        return 0;
    int64_t name = hl_page_intern(&r->run->works, text_of(event, "name"));
    if (name < 0)
        return UV_ENOMEM;
    double begin = number_of(event, "ts");
    double length = number_of(event, "dur");
    /* No span ends before it begins. */
    length = length > 0 ? length : 0;
    return hl_page_add_span(
        r->run, &(struct hl_page_span){
                    .begin_us = hl_page_whole(begin),
                    .end_us = hl_page_whole(begin + length),
                    .state = blocked ? HL_PAGE_BLOCKED : HL_PAGE_WORKING,
                    .name = (uint32_t)name,
                    .longest_us = hl_page_whole(length),
                });
}

static void note_end(struct reading *r, const json_t *event)
{
    uint64_t end =
        hl_page_whole(number_of(event, "ts") + number_of(event, "dur"));
    if (end > r->run->length_us)
        r->run->length_us = end;
}

static void read_head(struct reading *r, const json_t *event)
{
    const char *name = text_of(json_object_get(event, "args"), "name");
    char jobs[16] = ""; /* a number, or "auto" */
    if (strcmp(text_of(event, "name"), "process_name") != 0 ||
        sscanf(name, "haul %15[a-z], %15[a-z0-9] in flight", r->run->mode,
               jobs) != 2)
        return;
    r->is_trace = true;
    if (strcmp(r->run->mode, "sequential") == 0)
        snprintf(r->run->label, sizeof(r->run->label), "sequential");
    else
        snprintf(r->run->label, sizeof(r->run->label), "%s (%s)", r->run->mode,
                 jobs);
}

static int read_event(struct reading *r, const json_t *event)
{
    note_end(r, event);
    switch (text_of(event, "ph")[0]) {
    case 'M':
        read_head(r, event);
        return 0;
    case 'b':
        return begin_track(r, event);
    case 'e':
        return end_track(r, event);
    case 'X':
        return add_span(r, event);
    default:
        return 0;
    }
}

/* The last line of a whole file: "metadata":{...}}. */
static void read_end(struct reading *r, const char *line)
{
    static const char begin[] = "\"metadata\":";
    static const char start[] = "\"began\":\"";
    const char *dropped = strstr(line, "\"dropped\":");
    const char *began = strstr(line, start);
    if (r->figures == NULL || strncmp(line, begin, strlen(begin)) != 0)
        return;
    r->figures->is_whole = true;
    r->figures->is_cut = strstr(line, "\"cut\":true") != NULL;
    if (dropped != NULL)
        r->figures->dropped =
            strtoull(dropped + strlen("\"dropped\":"), NULL, 10);
    if (began != NULL)
        snprintf(r->figures->began, sizeof(r->figures->began), "%.*s",
                 (int)strcspn(began + strlen(start), "\""),
                 began + strlen(start));
}

static int read_line(struct reading *r, char *line, size_t n)
{
    json_error_t error;
    while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == ','))
        n--;
    if (n < 6 || strncmp(line, "{\"ph\"", 5) != 0) {
        line[n] = '\0';
        read_end(r, line);
        return 0;
    }
    json_t *event = json_loadb(line, n, 0, &error);
    int result = 0;
    if (event != NULL)
        result = read_event(r, event);
    else if (error.text[0] == '\0')
        result = UV_ENOMEM; /* what is no JSON has a text */
    json_decref(event);
    return result;
}

/* URLs that have no result. */
static void leave_tracks(struct reading *r)
{
    struct track *track;
    struct track *next;
    if (r->figures == NULL)
        return;
    HASH_ITER (hh, r->tracks, track, next) {
        const struct hl_page_result result = {.url = track->url,
                                              .outcome = HAUL_OUTCOME_LEFT,
                                              .error = "",
                                              .message = ""};
        hl_page_figures_result(r->figures, &result);
    }
}

int hl_page_trace_read(struct hl_page_run *run, struct hl_page_figures *figures,
                       FILE *file)
{
    struct reading reading = {.run = run, .figures = figures};
    char *line = NULL;
    size_t size = 0;
    int r = 0;
    ssize_t n = 0;
    while (r == 0 && (n = hl_get_line(&line, &size, file)) > 0)
        r = read_line(&reading, line, (size_t)n);
    free(line);
    if (r == 0)
        r = n < 0 ? (int)n : end_attempt(&reading);
    leave_tracks(&reading);
    release_tracks(&reading);
    run->transfers_left_out = reading.thin.seen > run->transfers_count
                                  ? reading.thin.seen - run->transfers_count
                                  : 0;
    if (figures != NULL)
        figures->has_trace = true;
    return r == 0 && !reading.is_trace ? UV_EINVAL : r;
}
