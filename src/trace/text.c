/* The text sink: one line an event, for --debug. */
#include <inttypes.h>
#include <string.h>

#include "trace/trace.h"

static const char *category_word(uint32_t category)
{
    switch (category) {
#define X(name, word) \
    case name:        \
        return word;
        HAUL_TRACE_MAP(X)
#undef X
    default:
        return "?";
    }
}

/* "timeout_ms" and 12 read as "timeout=12ms". */
static void put_value(FILE *stream, const char *name, int64_t value)
{
    if (name == NULL)
        return;
    size_t length = strlen(name);
    const char *unit = "";
    if (length > 3 && strcmp(name + length - 3, "_ms") == 0)
        unit = "ms";
    else if (length > 3 && strcmp(name + length - 3, "_us") == 0)
        unit = "us";
    if (unit[0] != '\0')
        length -= 3;
    fprintf(stream, " %.*s=%" PRId64 "%s", (int)length, name, value, unit);
}

static const char *phase_word(char phase)
{
    switch (phase) {
    case 'B':
    case 'b':
        return " begins";
    case 'E':
    case 'e':
        return " ends";
    default:
        return "";
    }
}

static void text_event(void *state, const struct hl_event *event,
                       uint64_t zero_ns)
{
    FILE *stream = state;
    const struct hl_event_info *info = &hl_event_table[event->kind];
    double ms = (double)(int64_t)(event->t_ns - zero_ns) / 1e6;
    char lane[16] = "loop";
    if (event->worker != 0)
        snprintf(lane, sizeof(lane), "w%u", event->worker);
    fprintf(stream, "%10.3f ms  %-5s %-8s ", ms, lane,
            category_word(info->category));
    if (event->job != 0)
        fprintf(stream, "#%" PRIu64 " ", event->job);
    fprintf(stream, "%s%s", info->name, phase_word(info->phase));
    put_value(stream, info->value_name, event->value);
    put_value(stream, info->value2_name, event->value2);
    if (event->text[0] != '\0')
        fprintf(stream, " %s", event->text);
    fputc('\n', stream);
}

static void text_close(void *state, uint64_t dropped)
{
    FILE *stream = state;
    if (dropped > 0)
        fprintf(stream, "trace: %" PRIu64 " events were dropped\n", dropped);
    fflush(stream);
}

struct hl_trace_sink hl_trace_text_sink(FILE *stream)
{
    return (struct hl_trace_sink){
        .name = "text",
        .event = text_event,
        .close = text_close,
        .state = stream,
    };
}
