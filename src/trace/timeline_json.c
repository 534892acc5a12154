#include "trace/timeline_json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "util/own_file.h"
#include "util/text.h"

enum {
    WRITE_SIZE = 256 * 1024,
    /* the most that one event adds: a text, escaped, twice, and more */
    EVENT_SIZE = 32 * 1024,
    /* Readers convert the begin and the length of a span from µs to whole ns,
     * each by itself. Spans that share an instant must not overlap then. */
    GAP_NS = 2,
};

_Static_assert(EVENT_SIZE > 4 * 6 * HL_EVENT_TEXT_MAX,
               "a byte takes up to six, escaped");

static void put_int(struct hl_trace_json *json, int64_t value)
{
    char text[HL_TEXT_NUMBER_MAX];
    char *end = text + sizeof(text);
    const char *at = hl_text_int(end, value);
    hl_json_put(json, at, (size_t)(end - at));
}

static void put_us(struct hl_trace_json *json, uint64_t ns)
{
    char text[HL_TEXT_NUMBER_MAX];
    char *end = text + sizeof(text);
    const char *at = hl_text_thousandths(end, ns);
    hl_json_put(json, at, (size_t)(end - at));
}

static void write_out(struct hl_trace_json *json)
{
    if (json->error == 0 && json->used > 0 &&
        fwrite(json->data, 1, json->used, json->file) != json->used)
        json->error = errno != 0 ? -errno : UV_EIO;
    json->bytes += json->used;
    json->used = 0;
}

void hl_json_make_room(struct hl_trace_json *json)
{
    if (json->used >= WRITE_SIZE)
        write_out(json);
}

void hl_json_begin(struct hl_trace_json *json, char shape, uint64_t ns,
                   unsigned lane)
{
    HL_JSON_PUT(json, ",\n{\"ph\":\"?\",\"ts\":");
    json->data[json->used - 8] = shape;
    put_us(json, ns);
    HL_JSON_PUT(json, ",\"pid\":1,\"tid\":");
    put_int(json, lane);
    if (ns > json->last_ns)
        json->last_ns = ns;
}

void hl_json_begin_span(struct hl_trace_json *json, uint64_t ns,
                        uint64_t length_ns, unsigned lane)
{
    hl_json_begin(json, 'X', ns, lane);
    HL_JSON_PUT(json, ",\"dur\":");
    put_us(json, length_ns > GAP_NS ? length_ns - GAP_NS : 0);
    if (ns + length_ns > json->last_ns)
        json->last_ns = ns + length_ns;
}

void hl_json_kind(struct hl_trace_json *json, unsigned kind)
{
    hl_json_put(json, json->kinds[kind].text, json->kinds[kind].size);
}

void hl_json_name(struct hl_trace_json *json, const char *category,
                  const char *name)
{
    HL_JSON_PUT(json, ",\"cat\":\"");
    hl_json_put(json, category, strlen(category));
    HL_JSON_PUT(json, "\",\"name\":\"");
    hl_json_put(json, name, strlen(name));
    HL_JSON_PUT(json, "\"");
}

static void put_key(struct hl_trace_json *json, bool *first, const char *name)
{
    if (*first)
        HL_JSON_PUT(json, ",\"args\":{\"");
    else
        HL_JSON_PUT(json, ",\"");
    hl_json_put(json, name, strlen(name));
    HL_JSON_PUT(json, "\":");
    *first = false;
}

void hl_json_int(struct hl_trace_json *json, bool *first, const char *name,
                 int64_t value)
{
    if (name == NULL)
        return;
    put_key(json, first, name);
    put_int(json, value);
}

void hl_json_flag(struct hl_trace_json *json, bool *first, const char *name,
                  bool value)
{
    put_key(json, first, name);
    if (value)
        HL_JSON_PUT(json, "true");
    else
        HL_JSON_PUT(json, "false");
}

void hl_json_text(struct hl_trace_json *json, bool *first, const char *name,
                  const char *text)
{
    put_key(json, first, name);
    hl_buf_clear(&json->escaped);
    hl_buf_json(&json->escaped, text);
    if (json->escaped.failed)
        HL_JSON_PUT(json, "null");
    else
        hl_json_put(json, json->escaped.data, json->escaped.used);
}

void hl_json_end(struct hl_trace_json *json, bool first)
{
    hl_json_put(json, "}}", first ? 1 : 2);
}

static void make_pieces(struct hl_trace_json *json)
{
    for (unsigned kind = 0; kind < HL_EV_COUNT; kind++) {
        const struct hl_event_info *info = &hl_event_table[kind];
        struct hl_json_piece *piece = &json->kinds[kind];
        /* A step has the category of its track. */
        int n = snprintf(
            piece->text, sizeof(piece->text), ",\"cat\":\"%s\",\"name\":\"%s\"",
            info->shape == 'n' ? "transfer"
                               : hl_trace_category_word(info->category),
            info->name);
        piece->size = (size_t)n;
    }
    for (unsigned id = 0; id < HL_CB_COUNT; id++) {
        const struct hl_callback_info *info = &hl_callback_table[id];
        struct hl_json_piece *piece = &json->callbacks[id];
        int n = snprintf(piece->text, sizeof(piece->text),
                         ",\"cat\":\"loop\",\"name\":\"%s\",\"args\":{"
                         "\"state\":\"%s\",\"kind\":\"%s\"}}",
                         info->name, info->state, info->kind);
        piece->size = (size_t)n;
    }
}

int hl_json_open(struct hl_trace_json *json, const char *path)
{
    json->data = malloc(WRITE_SIZE + EVENT_SIZE);
    if (json->data == NULL)
        return UV_ENOMEM;
    json->file = hl_private_fopen(path);
    if (json->file == NULL) {
        int r = -errno;
        free(json->data);
        return r;
    }
    setvbuf(json->file, NULL, _IONBF, 0);
    make_pieces(json);
    return 0;
}

void hl_json_close(struct hl_trace_json *json)
{
    write_out(json);
    if (fclose(json->file) != 0 && json->error == 0)
        json->error = -errno;
    hl_buf_release(&json->escaped);
    free(json->data);
}

void hl_json_printf(struct hl_trace_json *json, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(json->data + json->used, EVENT_SIZE, format, args);
    va_end(args);
    if (n > 0 && n < EVENT_SIZE)
        json->used += (size_t)n;
}
