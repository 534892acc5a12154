/* The JSON of the timeline's events. There are dozens a file, so that it is
 * put together from few and large pieces. */
#include <errno.h>

#include "trace/timeline_parts.h"
#include "util/text.h"

/* Readers turn µs into whole ns, begin and length each by itself: neighbours
 * that share an instant must not overlap by one. */
enum { GAP_NS = 2 };

void hl_timeline_digits(struct hl_timeline *t, int64_t value)
{
    char text[HL_TEXT_NUMBER_MAX];
    char *end = text + sizeof(text);
    const char *at = hl_text_int(end, value);
    hl_timeline_put(t, at, (size_t)(end - at));
}

static void put_us(struct hl_timeline *t, uint64_t ns)
{
    char text[HL_TEXT_NUMBER_MAX];
    char *end = text + sizeof(text);
    const char *at = hl_text_thousandths(end, ns);
    hl_timeline_put(t, at, (size_t)(end - at));
}

void hl_timeline_write(struct hl_timeline *t)
{
    if (t->stats.error == 0 && t->used > 0 &&
        fwrite(t->data, 1, t->used, t->file) != t->used)
        t->stats.error = errno != 0 ? -errno : UV_EIO;
    t->stats.bytes += t->used;
    t->used = 0;
}

void hl_timeline_make_room(struct hl_timeline *t)
{
    if (t->used >= HL_TIMELINE_WRITE)
        hl_timeline_write(t);
}

void hl_timeline_begin(struct hl_timeline *t, char shape, uint64_t ns,
                       unsigned lane)
{
    HL_TIMELINE_PUT(t, ",\n{\"ph\":\"?\",\"ts\":");
    t->data[t->used - 8] = shape;
    put_us(t, ns);
    HL_TIMELINE_PUT(t, ",\"pid\":1,\"tid\":");
    hl_timeline_digits(t, lane);
    if (ns > t->last_ns)
        t->last_ns = ns;
}

void hl_timeline_begin_span(struct hl_timeline *t, uint64_t ns,
                            uint64_t length_ns, unsigned lane)
{
    hl_timeline_begin(t, 'X', ns, lane);
    HL_TIMELINE_PUT(t, ",\"dur\":");
    put_us(t, length_ns > GAP_NS ? length_ns - GAP_NS : 0);
    if (ns + length_ns > t->last_ns)
        t->last_ns = ns + length_ns;
}

void hl_timeline_kind(struct hl_timeline *t, unsigned kind)
{
    hl_timeline_put(t, t->kinds[kind].text, t->kinds[kind].size);
}

void hl_timeline_name(struct hl_timeline *t, const char *category,
                      const char *name)
{
    HL_TIMELINE_PUT(t, ",\"cat\":\"");
    hl_timeline_put(t, category, strlen(category));
    HL_TIMELINE_PUT(t, "\",\"name\":\"");
    hl_timeline_put(t, name, strlen(name));
    HL_TIMELINE_PUT(t, "\"");
}

static void put_key(struct hl_timeline *t, bool *first, const char *name)
{
    if (*first)
        HL_TIMELINE_PUT(t, ",\"args\":{\"");
    else
        HL_TIMELINE_PUT(t, ",\"");
    hl_timeline_put(t, name, strlen(name));
    HL_TIMELINE_PUT(t, "\":");
    *first = false;
}

void hl_timeline_int(struct hl_timeline *t, bool *first, const char *name,
                     int64_t value)
{
    if (name == NULL)
        return;
    put_key(t, first, name);
    hl_timeline_digits(t, value);
}

void hl_timeline_flag(struct hl_timeline *t, bool *first, const char *name,
                      bool value)
{
    put_key(t, first, name);
    if (value)
        HL_TIMELINE_PUT(t, "true");
    else
        HL_TIMELINE_PUT(t, "false");
}

void hl_timeline_text(struct hl_timeline *t, bool *first, const char *name,
                      const char *text)
{
    put_key(t, first, name);
    hl_buf_clear(&t->escaped);
    hl_buf_json(&t->escaped, text);
    if (t->escaped.failed)
        HL_TIMELINE_PUT(t, "null");
    else
        hl_timeline_put(t, t->escaped.data, t->escaped.used);
}

void hl_timeline_end(struct hl_timeline *t, bool first)
{
    hl_timeline_put(t, "}}", first ? 1 : 2);
}

static const char *category_word(uint32_t category)
{
    static const char *const words[] = {
#define X(name, word) word,
        HAUL_TRACE_MAP(X)
#undef X
    };
    unsigned i = 0;
    while (i + 1 < HAUL_TRACE_COUNT && (category >> i & 1) == 0)
        i++;
    return words[i];
}

void hl_timeline_make_pieces(struct hl_timeline *t)
{
    for (unsigned kind = 0; kind < HL_EV_COUNT; kind++) {
        const struct hl_event_info *info = &hl_event_table[kind];
        struct hl_timeline_piece *piece = &t->kinds[kind];
        /* A step's is that of its track. */
        int n = snprintf(
            piece->text, sizeof(piece->text), ",\"cat\":\"%s\",\"name\":\"%s\"",
            info->shape == 'n' ? "transfer" : category_word(info->category),
            info->name);
        piece->size = (size_t)n;
    }
    for (unsigned id = 0; id < HL_CB_COUNT; id++) {
        const struct hl_callback_info *info = &hl_callback_table[id];
        struct hl_timeline_piece *piece = &t->callbacks[id];
        int n = snprintf(piece->text, sizeof(piece->text),
                         ",\"cat\":\"loop\",\"name\":\"%s\",\"args\":{"
                         "\"state\":\"%s\",\"kind\":\"%s\"}}",
                         info->name, info->state, info->kind);
        piece->size = (size_t)n;
    }
}
