/*
 * One event of a timeline stands on a line, and an attempt and its phases on
 * lines that follow each other; a row of a report is a line too. So no more of
 * a file than a line has to be in memory.
 */
#include "compare/page_read.h"

#include "compare/page_file.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "util/hash.h"
#include "util/io.h"

/* The name of a job, from the begin of its track. */
struct track {
    uint64_t job; /* key; as the file says, so that it may be any number */
    uint32_t name;
    UT_hash_handle hh;
};

/* A timeline that is being read. */
struct reading {
    struct hl_page_run *run;
    struct track *tracks;              /* hash */
    struct hl_page_transfer *transfer; /* whose phases come; or NULL */
    uint64_t attempt_us;               /* its begin */
    double phase_begin;
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

static int name_job(struct reading *r, uint64_t job, const char *url)
{
    int64_t index = hl_page_add_url(r->run, url);
    struct track *track = find_track(r, job);
    if (index < 0)
        return UV_ENOMEM;
    if (track == NULL) {
        track = calloc(1, sizeof(*track));
        if (track == NULL)
            return UV_ENOMEM;
        track->job = job;
        HASH_ADD(hh, r->tracks, job, sizeof(track->job), track);
        if (track->hh.tbl == NULL) {
            free(track);
            return UV_ENOMEM;
        }
    }
    track->name = (uint32_t)index;
    return 0;
}

static void release_tracks(struct reading *r)
{
    struct track *track;
    struct track *next;
    HASH_ITER (hh, r->tracks, track, next) {
        /* uthash moves on to the next track first, which the analyzer does not
         * see. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
        HASH_DEL(r->tracks, track);
        free(track);
    }
}

static int begin_attempt(struct reading *r, const json_t *event)
{
    const json_t *args = json_object_get(event, "args");
    const char *error = text_of(args, "error");
    const struct track *track = find_track(r, job_of(event));
    int64_t cause =
        error[0] != '\0' ? hl_page_intern(&r->run->errors, error) + 1 : 0;
    if (track == NULL || cause < 0)
        return cause < 0 ? UV_ENOMEM : 0;
    const struct hl_page_transfer transfer = {
        .begin_us = hl_page_whole(number_of(event, "ts")),
        .worker = (uint32_t)hl_page_whole(number_of(args, "worker")),
        .status = (uint32_t)hl_page_whole(number_of(args, "status")),
        .bytes = hl_page_whole(number_of(args, "bytes")),
        .attempt = (uint32_t)strtoul(text_of(event, "name") + 8, NULL, 10),
        .name = track->name,
        .error = (uint32_t)cause,
    };
    r->transfer = hl_page_add_transfer(r->run, &transfer);
    return r->transfer != NULL ? 0 : UV_ENOMEM;
}

static int begin_track(struct reading *r, const json_t *event)
{
    const char *name = text_of(event, "name");
    const char *url = text_of(json_object_get(event, "args"), "url");
    for (int i = 0; i < HL_PAGE_PHASES; i++) {
        if (strcmp(name, hl_page_phases[i]) == 0) {
            r->phase_begin = number_of(event, "ts");
            return 0;
        }
    }
    if (strncmp(name, "attempt ", 8) == 0)
        return begin_attempt(r, event);
    return name_job(r, job_of(event), url[0] != '\0' ? url : name);
}

/* A time that the transfer was ready ends. The order of phases tells where it
 * was. */
static void place_ready(struct hl_page_transfer *t, uint64_t us)
{
    bool is_last =
        t->phases_us[HL_PAGE_WORK] > 0 || t->phases_us[HL_PAGE_FILE] > 0;
    if (is_last)
        t->ready_last_us += us;
    else if (t->phases_us[HL_PAGE_BODY] == 0)
        t->ready_first_us += us;
}

static void end_track(struct reading *r, const json_t *event)
{
    const char *name = text_of(event, "name");
    double length = number_of(event, "ts") - r->phase_begin;
    for (int i = 0; i < HL_PAGE_PHASES && r->transfer != NULL; i++) {
        uint64_t *phase = &r->transfer->phases_us[i];
        if (strcmp(name, hl_page_phases[i]) == 0)
            *phase = hl_page_whole((double)*phase + (length > 0 ? length : 0));
    }
    if (r->transfer != NULL && length > 0 && strcmp(name, "ready") == 0)
        place_ready(r->transfer, hl_page_whole(length));
    if (strncmp(name, "attempt ", 8) == 0)
        r->transfer = NULL;
}

/* Adds a callback of the loop, or a transfer that blocks the loop. */
static int add_span(struct reading *r, const json_t *event)
{
    const json_t *args = json_object_get(event, "args");
    const char *state = text_of(args, "state");
    bool blocked = strcmp(state, "blocked") == 0;
    bool is_part = strcmp(text_of(args, "kind"), "inner") == 0;
    if (number_of(event, "tid") != 1 || strcmp(state, "waiting") == 0 ||
        state[0] == '\0' || is_part)
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
        end_track(r, event);
        return 0;
    case 'X':
        return add_span(r, event);
    default:
        return 0;
    }
}

/* While a transfer blocks the loop, the loop is in that callback: its span is
 * left out, or the picture would show the loop at work. */
static void cut_blocked(struct hl_page_run *run)
{
    size_t kept = 0;
    for (size_t i = 0; i < run->spans_count; i++) {
        const char *name = run->works.items[run->spans[i].name];
        if (strcmp(name, "one transfer after the other") != 0)
            run->spans[kept++] = run->spans[i];
    }
    run->spans_count = kept;
}

static int read_trace(struct hl_page_run *run, FILE *file)
{
    struct reading reading = {.run = run};
    char *line = NULL;
    size_t size = 0;
    int r = 0;
    ssize_t n = 0;
    while (r == 0 && (n = hl_get_line(&line, &size, file)) > 0) {
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == ','))
            n--;
        if (n < 6 || strncmp(line, "{\"ph\"", 5) != 0)
            continue;
        json_error_t error;
        json_t *event = json_loadb(line, (size_t)n, 0, &error);
        if (event != NULL)
            r = read_event(&reading, event);
        else if (error.text[0] == '\0')
            r = UV_ENOMEM; /* what is no JSON has a text */
        json_decref(event);
    }
    free(line);
    if (r == 0 && n < 0)
        r = (int)n;
    release_tracks(&reading);
    cut_blocked(run);
    return r == 0 && !reading.is_trace ? UV_EINVAL : r;
}

static uint64_t us_of(const json_t *row, const char *name)
{
    return hl_page_whole(1000 * json_number_value(json_object_get(row, name)));
}

static uint64_t whole_of(const json_t *row, const char *name)
{
    return hl_page_whole(json_number_value(json_object_get(row, name)));
}

/* A row of a report: a URL and its last attempt. */
static int add_row(struct hl_page_run *run, const json_t *row)
{
    struct hl_page_transfer t = {0};
    const char *url = json_string_value(json_object_get(row, "url"));
    const char *error = json_string_value(json_object_get(row, "error"));
    t.attempt = (uint32_t)whole_of(row, "attempts");
    if (url == NULL || (t.attempt == 0 && error == NULL))
        return 0;
    char name[32];
    for (int i = 0; i < HL_PAGE_PHASES; i++) {
        snprintf(name, sizeof(name), "%s_ms", hl_page_phases[i]);
        t.phases_us[i] = us_of(row, name);
    }
    t.ready_first_us = t.phases_us[HL_PAGE_READY];
    t.begin_us = us_of(row, "start_ms");
    t.bytes = whole_of(row, "bytes");
    t.worker = (uint32_t)whole_of(row, "worker");
    t.status = (uint32_t)whole_of(row, "status");
    int64_t index = hl_page_add_url(run, url);
    int64_t cause = error != NULL ? hl_page_intern(&run->errors, error) + 1 : 0;
    if (index < 0 || cause < 0)
        return UV_ENOMEM;
    t.name = (uint32_t)index;
    t.error = (uint32_t)cause;
    if (hl_page_add_transfer(run, &t) == NULL)
        return UV_ENOMEM;
    uint64_t end =
        hl_page_whole((double)t.begin_us + (double)us_of(row, "total_ms"));
    if (end > run->length_us)
        run->length_us = end;
    return 0;
}

static int add_line(struct hl_page_run *run, const char *line, size_t length)
{
    json_t *row = json_loadb(line, length, 0, NULL);
    bool ours = json_is_object(row) && json_object_get(row, "v") != NULL;
    int r = ours ? add_row(run, row) : UV_EINVAL;
    json_decref(row);
    return r;
}

static int read_report(struct hl_page_run *run, FILE *file)
{
    char *line = NULL;
    size_t size = 0;
    size_t lines = 0;
    int r = UV_EINVAL;
    ssize_t n;
    while ((n = hl_get_line(&line, &size, file)) > 0) {
        r = add_line(run, line, (size_t)n);
        /* A run that was killed leaves its last line cut. */
        if (r == UV_EINVAL && lines > 0 && line[n - 1] != '\n')
            r = 0;
        if (r < 0)
            break;
        lines++;
    }
    free(line);
    return n < 0 ? (int)n : r;
}

int hl_page_read(struct hl_page_run *run, const char *path)
{
    char begin[18] = "";
    FILE *file = hl_page_fopen(path);
    if (file == NULL)
        return -errno;
    if (fgets(begin, sizeof(begin), file) == NULL)
        begin[0] = '\0';
    rewind(file);
    const char *name = strrchr(path, '/');
    snprintf(run->label, sizeof(run->label), "%s",
             name != NULL ? name + 1 : path);
    int r = strncmp(begin, "{\"displayTimeUnit", 17) == 0
                ? read_trace(run, file)
                : read_report(run, file);
    fclose(file);
    return r;
}
