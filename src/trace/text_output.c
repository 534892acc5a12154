#include "trace/text_output.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/text.h"

enum {
    TEXT_SHOWN = 64, /* bytes of a text; its end says most */
    WRITE_SIZE = 64 * 1024,
    TIME_WIDTH = 10,
};

struct text {
    FILE *stream;
    struct hl_buf buf; /* lines that are not in the stream yet */
};

/* In ms; negative before the run's start. */
static void put_time(struct hl_buf *buf, int64_t us)
{
    char text[1 + HL_TEXT_NUMBER_MAX];
    char *end = text + sizeof(text);
    char *at =
        hl_text_thousandths(end, us < 0 ? 0 - (uint64_t)us : (uint64_t)us);
    if (us < 0)
        *--at = '-';
    while (end - at < TIME_WIDTH)
        *--at = ' ';
    hl_buf_add(buf, at, (size_t)(end - at));
}

/* "timeout_ms" and 12 read as "timeout=12ms". */
static void put_value(struct hl_buf *buf, const char *name, int64_t value)
{
    if (name == NULL)
        return;
    size_t length = strlen(name);
    const char *unit = "";
    if (length > 3 && strcmp(name + length - 3, "_ms") == 0)
        unit = "ms";
    else if (length > 3 && (strcmp(name + length - 3, "_us") == 0 ||
                            strcmp(name + length - 3, "_ns") == 0))
        unit = "us";
    bool is_ns = unit[0] == 'u' && name[length - 2] == 'n';
    hl_buf_add(buf, " ", 1);
    hl_buf_add(buf, name, unit[0] != '\0' ? length - 3 : length);
    hl_buf_add(buf, "=", 1);
    hl_buf_int(buf, is_ns ? value / 1000 : value);
    hl_buf_text(buf, unit);
}

static void put_lane(struct hl_buf *buf, unsigned worker)
{
    size_t before = buf->used;
    if (worker == 0) {
        hl_buf_text(buf, "loop");
    } else {
        hl_buf_add(buf, "w", 1);
        hl_buf_int(buf, worker);
    }
    size_t length = buf->used - before;
    hl_buf_add(buf, "      ", length < 5 ? 6 - length : 1);
}

static void put_category(struct hl_buf *buf, uint32_t category)
{
    const char *word = hl_trace_category_word(category);
    size_t length = strlen(word);
    hl_buf_add(buf, word, length);
    hl_buf_add(buf, "         ", length < 8 ? 9 - length : 1);
}

static void put_text(struct hl_buf *buf, const struct hl_event *event)
{
    char shown[4 * TEXT_SHOWN]; /* each byte may be escaped */
    const char *tail = event->text;
    if (event->size == 0)
        return;
    if (event->size >= TEXT_SHOWN)
        tail += event->size - (TEXT_SHOWN - 1);
    while (tail > event->text && ((unsigned char)*tail & 0xc0) == 0x80)
        tail++; /* the rest of a character that is cut */
    hl_text_printable(shown, sizeof(shown), tail);
    hl_buf_add(buf, " ", 1);
    hl_buf_text(buf, shown);
}

static void put_phases(struct hl_buf *buf, const struct hl_event *event)
{
    struct hl_attempt attempt;
    memcpy(&attempt, event->text, sizeof(attempt));
    const struct haul_times *t = &attempt.times;
    put_value(buf, "queued_us", (int64_t)t->queued);
    put_value(buf, "dns_us", (int64_t)t->dns);
    put_value(buf, "connect_us", (int64_t)t->connect);
    put_value(buf, "tls_us", (int64_t)t->tls);
    put_value(buf, "wait_us", (int64_t)t->wait);
    put_value(buf, "body_us", (int64_t)t->body);
    put_value(buf, "ready_us", (int64_t)t->ready);
    put_value(buf, "work_us", (int64_t)t->work);
    put_value(buf, "file_us", (int64_t)t->file);
}

static void write_out(struct text *text)
{
    if (text->buf.used > 0)
        fwrite(text->buf.data, 1, text->buf.used, text->stream);
    hl_buf_clear(&text->buf);
}

/* A span is shown when it is over, at the time of its end. */
static uint64_t time_of(const struct hl_event *event, char shape)
{
    return shape == 'X' ? event->t_ns + (uint64_t)event->value : event->t_ns;
}

static void text_event(void *state, const struct hl_event *event,
                       uint64_t zero_ns)
{
    struct text *text = state;
    struct hl_buf *buf = &text->buf;
    const struct hl_event_info *info = &hl_event_table[event->kind];
    int64_t ns = (int64_t)(time_of(event, info->shape) - zero_ns);
    if (info->shape == 'C' || info->shape == 'c' || info->shape == 'D')
        return;
    put_time(buf, ns / 1000);
    hl_buf_text(buf, " ms  ");
    put_lane(buf, event->worker);
    put_category(buf, info->category);
    if (event->job != 0) {
        hl_buf_add(buf, "#", 1);
        hl_buf_int(buf, (int64_t)event->job);
        hl_buf_add(buf, " ", 1);
    }
    hl_buf_text(buf, info->name);
    if (event->kind == HL_EV_CALLBACK) {
        hl_buf_add(buf, " ", 1);
        hl_buf_text(buf, hl_callback_table[event->value2].name);
    }
    put_value(buf, info->value_name, event->value);
    if (event->kind != HL_EV_POLL || event->value2 != HL_POLL_UNKNOWN)
        put_value(buf, info->value2_name, event->value2);
    if (info->shape != 'a')
        put_text(buf, event);
    else if (event->size == sizeof(struct hl_attempt))
        put_phases(buf, event);
    hl_buf_add(buf, "\n", 1);
    if (buf->used >= WRITE_SIZE)
        write_out(text);
}

static void text_flush(void *state)
{
    struct text *text = state;
    write_out(text);
    fflush(text->stream);
}

static void text_close(void *state, struct haul_trace_stats *out)
{
    struct text *text = state;
    if (out->dropped > 0)
        hl_buf_printf(&text->buf, "trace: %" PRIu64 " events were dropped\n",
                      out->dropped);
    text_flush(text);
    hl_buf_release(&text->buf);
    free(text);
}

struct hl_trace_sink hl_trace_text_sink(FILE *stream, uint32_t mask)
{
    struct text *text = calloc(1, sizeof(*text));
    if (text == NULL)
        return (struct hl_trace_sink){.name = "text"};
    text->stream = stream;
    return (struct hl_trace_sink){
        .name = "text",
        .mask = mask,
        .event = text_event,
        .flush = text_flush,
        .close = text_close,
        .state = text,
    };
}
