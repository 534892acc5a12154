/*
 * The trace of a run: events of every kind, whose strings are a server's and
 * whose numbers may be a hostile worker's. What --trace writes is JSON in which
 * each track ends as often as it begins, within its size, and haul page reads
 * it; what --debug writes is lines that a terminal can show.
 *
 * The input is a mode and a size, then events: kind, job, worker, how the
 * numbers are, then a text up to a NUL.
 */
#include <fcntl.h>
#include <jansson.h>
#include <sys/stat.h>

#include "fuzz/check.h"
#include "fuzz/page_check.h"
#include "fuzz/scratch.h"
#include "modes/traits.h"
#include "trace/text_output.h"
#include "trace/timeline.h"
#include "util/text.h"

enum { HEAD = 2, EVENT_HEAD = 5, JOBS = 8, WORKERS = 4 };

static const uint64_t zero_ns = 1000000000;

struct input {
    const uint8_t *at;
    size_t left;
    uint64_t now_ns;
};

/* Small ones mostly; and those that no honest run has. */
static uint64_t number(uint8_t how)
{
    static const uint64_t odd[] = {
        0, 1, UINT64_C(1) << 53, INT64_MAX, UINT64_MAX, UINT64_C(1) << 63,
    };
    return how < 240 ? (uint64_t)how * 997 : odd[how % 6];
}

static struct hl_attempt attempt_of(const struct input *input, uint8_t how)
{
    uint64_t us = number(how & 0x7f);
    struct hl_attempt a = {
        .start_ns = input->now_ns - us * 1000,
        .times = {.queued = us / 8,
                  .dns = us / 4,
                  .wait = us / 4,
                  .ready = us / 4,
                  .body = us / 8,
                  .total = us},
        .ready_first_us = us / 8,
        .ready_last_us = us / 16,
        .bytes = us,
        .error = (enum haul_error)(how % HAUL_ERROR_COUNT),
    };
    /* A worker may claim any time. */
    if (how >= 192)
        a.start_ns = number(how);
    if (how >= 128)
        a.times.dns = a.times.body = a.ready_last_us =
            number((uint8_t)(how + 64));
    return a;
}

/* The numbers that haul itself measures are none of a hostile worker's. */
static void set_values(struct hl_event *event, const uint8_t *head)
{
    char shape = hl_event_table[event->kind].shape;
    event->value = (int64_t)number(head[3]);
    event->value2 = (int64_t)number(head[4]);
    if (shape == 'X')
        event->value = head[3];
    if (event->kind == HL_EV_CALLBACK)
        event->value2 = head[4] % HL_CB_COUNT;
}

/* @return false at the end of the input. */
static bool next_event(struct input *input, struct hl_event *event,
                       struct hl_attempt *attempt, char text[HL_EVENT_TEXT_MAX])
{
    const uint8_t *head = input->at;
    if (input->left <= EVENT_HEAD)
        return false;
    input->now_ns += 10000;
    *event = (struct hl_event){.t_ns = input->now_ns,
                               .kind = (uint16_t)(head[0] % HL_EV_COUNT),
                               .job = head[1] % JOBS,
                               .worker = (uint16_t)(head[2] % WORKERS)};
    set_values(event, head);
    size_t room = input->left - EVENT_HEAD;
    size_t size = strnlen((const char *)head + EVENT_HEAD, room);
    input->at += EVENT_HEAD + size + (size < room);
    input->left -= EVENT_HEAD + size + (size < room);
    size = size < HL_EVENT_TEXT_MAX - 1 ? size : HL_EVENT_TEXT_MAX - 1;
    memcpy(text, head + EVENT_HEAD, size);
    text[size] = '\0';
    event->text = text;
    event->size = (uint32_t)size;
    if (hl_event_table[event->kind].shape == 'a') {
        *attempt = attempt_of(input, head[3]);
        event->text = (const char *)attempt;
        event->size = sizeof(*attempt);
    }
    return true;
}

static void emit_all(struct input input, const struct hl_trace_sink *sink)
{
    struct hl_event event;
    struct hl_attempt attempt;
    char text[HL_EVENT_TEXT_MAX];
    while (next_event(&input, &event, &attempt, text))
        if (sink->event != NULL)
            sink->event(sink->state, &event, zero_ns);
    struct haul_trace_stats stats = {.dropped = 3};
    if (sink->close != NULL)
        sink->close(sink->state, &stats);
}

/* Tracks by id, and how often each has begun. */
static void check_tracks(const json_t *events)
{
    long open[JOBS] = {0};
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *event = json_array_get(events, i);
        const char *shape = json_string_value(json_object_get(event, "ph"));
        const char *id = json_string_value(json_object_get(event, "id"));
        check(shape != NULL && shape[0] != '\0', "an event has a shape");
        check(json_number_value(json_object_get(event, "ts")) >= 0,
              "no event is before the run");
        if (id == NULL)
            continue;
        unsigned long job = strtoul(id, NULL, 16);
        check(job < JOBS, "a track is that of a job");
        open[job] += shape[0] == 'b';
        open[job] -= shape[0] == 'e';
        check(open[job] >= 0, "a track ends after its beginning");
    }
    for (size_t i = 0; i < JOBS; i++)
        check(open[i] == 0, "a track that began has ended");
}

static void check_file(const void *data, size_t size, uint64_t most)
{
    json_t *file = json_loadb(data, size, 0, NULL);
    struct hl_page_run run = {.label = ""};
    check(json_is_object(file), "the file is JSON");
    check(json_is_object(json_object_get(file, "metadata")), "it has an end");
    check(size <= most + 64 * 1024, "the file keeps its size");
    check_tracks(json_object_get(file, "traceEvents"));
    json_decref(file);
    check(page_check_read(&run, NULL, data, size, "trace") == 0,
          "a page reads it");
    page_check_run(&run);
    hl_page_run_release(&run);
}

static void write_timeline(const struct input *input, unsigned mode,
                           uint64_t most)
{
    char path[96];
    struct stat st;
    struct hl_trace_sink sink;
    snprintf(path, sizeof(path), "%s/timeline", scratch_path());
    enum haul_mode_id id = (enum haul_mode_id)(mode % HAUL_MODE_COUNT);
    const struct hl_mode_traits *traits = hl_mode_traits(id);
    const struct hl_timeline_setup setup = {
        .path = path,
        .max_bytes = most,
        .mode_name = haul_mode_name(id),
        .workers = {.word = traits->worker,
                    .block = traits->blocks,
                    .on_loop = traits->on_loop},
        .jobs = 7,
        .mask = HAUL_TRACE_ALL,
    };
    check(hl_trace_timeline_sink(&sink, &setup) == 0, "a timeline");
    emit_all(*input, &sink);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    check(fd >= 0 && fstat(fd, &st) == 0, "a file");
    char *data = malloc((size_t)st.st_size);
    check(data != NULL && read(fd, data, (size_t)st.st_size) == st.st_size,
          "the file is read");
    close(fd);
    unlink(path);
    check_file(data, (size_t)st.st_size, most);
    free(data);
}

static void write_text(const struct input *input)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    check(stream != NULL, "there is memory");
    const struct hl_trace_sink sink =
        hl_trace_text_sink(stream, HAUL_TRACE_ALL);
    emit_all(*input, &sink);
    check(fclose(stream) == 0, "there is memory");
    check(strlen(text) == size, "no NUL is shown");
    for (const char *p = text; *p != '\0';) {
        size_t n = *p == '\n' ? 1 : hl_text_shown_length(p);
        check(n > 0, "all of it can be shown");
        p += n;
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEAD)
        return 0;
    const struct input input = {
        .at = data + HEAD, .left = size - HEAD, .now_ns = zero_ns};
    uint64_t most = data[1] < 128 ? 10000 + (uint64_t)data[1] * 100 : 1 << 29;
    write_timeline(&input, data[0], most);
    write_text(&input);
    return 0;
}
