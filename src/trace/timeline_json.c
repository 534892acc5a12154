/* The JSON of the timeline's events. */
#include "trace/timeline_parts.h"

/* Readers turn µs into whole ns, begin and length each by itself: neighbours
 * that share an instant must not overlap by one. */
enum { GAP_NS = 2 };

static void put_us(struct hl_buf *buf, uint64_t ns)
{
    const char point[4] = {'.', (char)('0' + ns / 100 % 10),
                           (char)('0' + ns / 10 % 10), (char)('0' + ns % 10)};
    hl_buf_int(buf, (int64_t)(ns / 1000));
    hl_buf_add(buf, point, sizeof(point));
}

void hl_timeline_begin(struct hl_timeline *t, char shape, uint64_t ns,
                       unsigned lane)
{
    struct hl_buf *buf = &t->buf;
    hl_buf_text(buf, ",\n{\"ph\":\"");
    hl_buf_add(buf, &shape, 1);
    hl_buf_text(buf, "\",\"ts\":");
    put_us(buf, ns);
    hl_buf_text(buf, ",\"pid\":1,\"tid\":");
    hl_buf_int(buf, lane);
    if (ns > t->last_ns)
        t->last_ns = ns;
}

void hl_timeline_begin_span(struct hl_timeline *t, uint64_t ns,
                            uint64_t length_ns, unsigned lane)
{
    hl_timeline_begin(t, 'X', ns, lane);
    hl_buf_text(&t->buf, ",\"dur\":");
    put_us(&t->buf, length_ns > GAP_NS ? length_ns - GAP_NS : 0);
    if (ns + length_ns > t->last_ns)
        t->last_ns = ns + length_ns;
}

void hl_timeline_name(struct hl_timeline *t, const char *category,
                      const char *name)
{
    struct hl_buf *buf = &t->buf;
    if (category != NULL) {
        hl_buf_text(buf, ",\"cat\":\"");
        hl_buf_text(buf, category);
        hl_buf_text(buf, "\"");
    }
    hl_buf_text(buf, ",\"name\":\"");
    hl_buf_text(buf, name);
    hl_buf_text(buf, "\"");
}

static void put_key(struct hl_buf *buf, bool *first, const char *name)
{
    hl_buf_text(buf, *first ? ",\"args\":{\"" : ",\"");
    hl_buf_text(buf, name);
    hl_buf_text(buf, "\":");
    *first = false;
}

void hl_timeline_int(struct hl_timeline *t, bool *first, const char *name,
                     int64_t value)
{
    if (name == NULL)
        return;
    put_key(&t->buf, first, name);
    hl_buf_int(&t->buf, value);
}

void hl_timeline_flag(struct hl_timeline *t, bool *first, const char *name,
                      bool value)
{
    put_key(&t->buf, first, name);
    hl_buf_text(&t->buf, value ? "true" : "false");
}

void hl_timeline_text(struct hl_timeline *t, bool *first, const char *name,
                      const char *text)
{
    put_key(&t->buf, first, name);
    hl_buf_json(&t->buf, text);
}

void hl_timeline_end(struct hl_timeline *t, bool first)
{
    hl_buf_text(&t->buf, first ? "}" : "}}");
}
