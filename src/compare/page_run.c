#include "compare/page_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "cli/secret.h"
#include "util/grow.h"
#include "util/text.h"

enum {
    SPANS_MOST = 1 << 16, /* in memory */
    SPANS_SHOWN = 6000,   /* about; what is nearer than a pixel is made one */
    NAME_SHOWN = 160,
    TEXT_SHOWN = 1024, /* a name, each byte of which may be escaped */
    KINDS_MAX = 256,   /* of causes, and of what a loop does */
};

static const double whole_max = 9007199254740992; /* 2^53 */

const char *const hl_page_phases[HL_PAGE_PHASES] = {
    "queued", "dns", "connect", "tls", "wait", "body", "ready", "work", "file"};

uint64_t hl_page_whole(double value)
{
    if (!(value > 0))
        return 0;
    return (uint64_t)(value < whole_max ? value + 0.5 : whole_max);
}

uint64_t hl_page_transfer_us(const struct hl_page_transfer *transfer)
{
    uint64_t us = 0;
    for (int i = HL_PAGE_QUEUED + 1; i < HL_PAGE_PHASES; i++)
        us += transfer->phases_us[i];
    return us;
}

uint64_t hl_page_transfer_end_us(const struct hl_page_transfer *transfer)
{
    return transfer->begin_us + transfer->phases_us[HL_PAGE_QUEUED] +
           hl_page_transfer_us(transfer);
}

uint64_t hl_page_core_us(const struct hl_page_transfer *transfer)
{
    uint64_t work_us = transfer->phases_us[HL_PAGE_WORK];
    uint64_t cpu_us = transfer->work_cpu_us;
    return cpu_us > 0 && cpu_us < work_us ? work_us - cpu_us : 0;
}

static void release_strings(struct hl_page_strings *strings)
{
    for (size_t i = 0; i < strings->count; i++)
        free(strings->items[i]);
    free(strings->items);
}

void hl_page_run_release(struct hl_page_run *run)
{
    free(run->transfers);
    free(run->spans);
    release_strings(&run->names);
    release_strings(&run->errors);
    release_strings(&run->works);
    *run = (struct hl_page_run){.label = ""};
}

struct hl_page_transfer *
hl_page_add_transfer(struct hl_page_run *run,
                     const struct hl_page_transfer *transfer)
{
    if (hl_grow(&run->transfers, &run->transfers_size, run->transfers_count,
                sizeof(*transfer)) < 0)
        return NULL;
    run->transfers[run->transfers_count] = *transfer;
    return &run->transfers[run->transfers_count++];
}

static int by_begin(const void *a, const void *b)
{
    const struct hl_page_span *x = a;
    const struct hl_page_span *y = b;
    return (x->begin_us > y->begin_us) - (x->begin_us < y->begin_us);
}

/* Joins spans that are less than gap_us apart. @return how many are left. */
static size_t merge(struct hl_page_span *spans, size_t count, uint64_t gap_us)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct hl_page_span *last = kept > 0 ? &spans[kept - 1] : NULL;
        if (last == NULL || last->state != spans[i].state ||
            spans[i].begin_us > last->end_us + gap_us) {
            spans[kept++] = spans[i];
            continue;
        }
        if (spans[i].longest_us > last->longest_us) {
            last->longest_us = spans[i].longest_us;
            last->name = spans[i].name;
        }
        if (spans[i].end_us > last->end_us)
            last->end_us = spans[i].end_us;
    }
    return kept;
}

/* What is nearer than a pixel now is so too once the run is longer. */
static void merge_spans(struct hl_page_run *run)
{
    if (run->spans_count > 0)
        qsort(run->spans, run->spans_count, sizeof(*run->spans), by_begin);
    run->spans_count =
        merge(run->spans, run->spans_count, run->length_us / SPANS_SHOWN);
}

int hl_page_add_span(struct hl_page_run *run, const struct hl_page_span *span)
{
    if (run->spans_count >= run->spans_most) {
        merge_spans(run);
        run->spans_most = 2 * run->spans_count > SPANS_MOST
                              ? 2 * run->spans_count
                              : SPANS_MOST;
    }
    if (hl_grow(&run->spans, &run->spans_size, run->spans_count,
                sizeof(*span)) < 0)
        return UV_ENOMEM;
    run->spans[run->spans_count++] = *span;
    run->spans_us += (double)(span->end_us - span->begin_us);
    return 0;
}

/* The index of text, which is added. */
static int64_t add_text(struct hl_page_strings *strings, const char *text)
{
    if (hl_grow(&strings->items, &strings->size, strings->count,
                sizeof(*strings->items)) < 0)
        return UV_ENOMEM;
    size_t length = strlen(text);
    if (length > NAME_SHOWN)
        text += length - NAME_SHOWN;
    strings->items[strings->count] = strdup(text);
    if (strings->items[strings->count] == NULL)
        return UV_ENOMEM;
    return (int64_t)strings->count++;
}

enum haul_outcome hl_page_outcome(const char *word)
{
    for (int i = 0; i < HAUL_OUTCOME_COUNT; i++)
        if (strcmp(haul_outcome_word((enum haul_outcome)i), word) == 0)
            return (enum haul_outcome)i;
    return HAUL_OUTCOME_LEFT;
}

/* Reports that an older haul wrote hold passwords. */
int64_t hl_page_add_url(struct hl_page_run *run, const char *url)
{
    struct hl_buf shown = {0};
    hl_secret_mask_urls(&shown, url);
    int64_t index =
        shown.failed ? UV_ENOMEM
                     : add_text(&run->names, shown.used > 0 ? shown.data : "");
    hl_buf_release(&shown);
    return index;
}

int64_t hl_page_intern(struct hl_page_strings *strings, const char *text)
{
    for (size_t i = 0; i < strings->count; i++)
        if (strcmp(strings->items[i], text) == 0)
            return (int64_t)i;
    if (strings->count + 1 == KINDS_MAX)
        return add_text(strings, "others");
    if (strings->count == KINDS_MAX)
        return KINDS_MAX - 1;
    return add_text(strings, text);
}

/* Adds text so that it may stand in a script: no "<" ends the script, and no
 * character turns the order in which it is shown. */
static void put_text(struct hl_buf *out, const char *text)
{
    char shown[TEXT_SHOWN];
    size_t from = out->used;
    struct hl_buf json = {0};
    hl_text_printable(shown, sizeof(shown), text);
    hl_buf_json(&json, shown);
    for (size_t i = 0; i < json.used; i++) {
        if (json.data[i] == '<')
            hl_buf_text(out, "\\u003c");
        else
            hl_buf_add(out, json.data + i, 1);
    }
    if (json.failed || out->used == from)
        out->failed = true;
    hl_buf_release(&json);
}

static void put_strings(struct hl_buf *out, const char *name,
                        const struct hl_page_strings *strings)
{
    hl_buf_printf(out, ",\"%s\":[", name);
    for (size_t i = 0; i < strings->count; i++) {
        if (i > 0)
            hl_buf_text(out, ",");
        put_text(out, strings->items[i]);
    }
    hl_buf_text(out, "]");
}

static void put_number(struct hl_buf *out, uint64_t value)
{
    hl_buf_int(out, (int64_t)value);
    hl_buf_add(out, ",", 1);
}

static void put_transfers(struct hl_buf *out, const struct hl_page_run *run)
{
    hl_buf_text(out, ",\"transfers\":[");
    for (size_t i = 0; i < run->transfers_count; i++) {
        const struct hl_page_transfer *t = &run->transfers[i];
        put_number(out, t->begin_us);
        for (int phase = 0; phase < HL_PAGE_PHASES; phase++)
            put_number(out, t->phases_us[phase]);
        put_number(out, t->ready_first_us);
        put_number(out, t->ready_last_us);
        put_number(out, t->ready_pool_us);
        put_number(out, t->file_pool_us);
        put_number(out, t->work_cpu_us);
        put_number(out, t->worker);
        put_number(out, t->attempt);
        put_number(out, t->status);
        put_number(out, t->bytes);
        put_number(out, t->name);
        hl_buf_int(out, t->error);
        if (i + 1 < run->transfers_count)
            hl_buf_text(out, ",");
    }
    hl_buf_text(out, "]");
}

static void put_spans(struct hl_buf *out, const struct hl_page_run *run)
{
    struct hl_page_span *spans = calloc(run->spans_count + 1, sizeof(*spans));
    if (spans == NULL) {
        out->failed = true;
        return;
    }
    if (run->spans_count > 0)
        memcpy(spans, run->spans, run->spans_count * sizeof(*spans));
    qsort(spans, run->spans_count, sizeof(*spans), by_begin);
    size_t count = merge(spans, run->spans_count, run->length_us / SPANS_SHOWN);
    hl_buf_text(out, ",\"spans\":[");
    for (size_t i = 0; i < count; i++) {
        put_number(out, spans[i].begin_us);
        put_number(out, spans[i].end_us);
        put_number(out, spans[i].state);
        hl_buf_int(out, spans[i].name);
        if (i + 1 < count)
            hl_buf_text(out, ",");
    }
    hl_buf_printf(out, "],\"busy_us\":%" PRIu64, hl_page_whole(run->spans_us));
    free(spans);
}

void hl_page_run_json(struct hl_buf *out, const struct hl_page_run *run)
{
    hl_buf_text(out, "{\"label\":");
    put_text(out, run->label);
    hl_buf_text(out, ",\"mode\":");
    put_text(out, run->mode);
    hl_buf_printf(out, ",\"length_us\":%" PRIu64, run->length_us);
    if (run->tells_waits)
        hl_buf_text(out, ",\"tells\":true");
    if (run->transfers_left_out > 0)
        hl_buf_printf(out, ",\"left_out\":%" PRIu64, run->transfers_left_out);
    put_strings(out, "names", &run->names);
    put_strings(out, "errors", &run->errors);
    put_strings(out, "works", &run->works);
    put_transfers(out, run);
    put_spans(out, run);
    hl_buf_text(out, "}");
}
