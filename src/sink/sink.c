#include "sink/sink.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { FIRST_CAPACITY = 1024 };

void hl_sink_init(struct hl_sink *sink, const struct hl_sink_place *place,
                  const struct hl_sink_run *run,
                  const struct hl_sink_hooks *hooks)
{
    *sink = (struct hl_sink){
        .place = place,
        .run = *run,
        .hooks = *hooks,
        .piece_max = HL_SINK_CHUNK,
    };
}

void hl_sink_free(struct hl_sink *sink)
{
    if (sink == NULL)
        return;
    assert(sink->out.used == 0);
    free(sink->in.data);
    free(sink->out.data);
    free(sink->published.aside);
    hl_hashes_release(&sink->hashes);
    sink->place->free(sink);
}

void hl_sink_begin(struct hl_sink *sink, const struct hl_sink_body *body)
{
    assert(sink->out.used == 0);
    sink->body = *body;
    free(sink->published.aside);
    sink->published.aside = NULL;
    sink->in.used = 0;
    sink->size = 0;
    sink->flushed = 0;
    sink->most = HL_SINK_SMALL;
    sink->exists = false;
    sink->going_on = false;
    sink->has_part = false;
    sink->gone = false;
    sink->inode = 0;
    /* Where bytes are out already, the rest of them continues their hashes. */
    if (!sink->committed)
        hl_hashes_begin(&sink->hashes, body->digests);
}

void hl_sink_resume(struct hl_sink *sink)
{
    sink->going_on = true;
    sink->size = sink->body.resume_from;
    sink->flushed = sink->body.resume_from;
    sink->has_part = sink->flushed > 0;
    sink->most = HL_SINK_CHUNK;
    if (!sink->committed)
        hl_hashes_stop(&sink->hashes);
}

/* A long body streams from its first chunk on: what is not in memory cannot be
 * lost by a kill. */
void hl_sink_expect(struct hl_sink *sink, uint64_t bytes)
{
    if (bytes > HL_SINK_SMALL) {
        sink->most = HL_SINK_CHUNK;
        bytes = HL_SINK_CHUNK;
    }
    /* Without memory hl_sink_write() fails, and that is handled. */
    (void)hl_sink_piece_reserve(&sink->in, (size_t)bytes);
}

static int make_room(struct hl_sink *sink, size_t size)
{
    size_t needed = sink->in.used + size;
    size_t most = needed > sink->most ? needed : sink->most;
    size_t capacity =
        sink->in.capacity > 0 ? sink->in.capacity : (size_t)FIRST_CAPACITY;
    while (capacity < needed)
        capacity *= 2;
    return hl_sink_piece_reserve(&sink->in, capacity < most ? capacity : most);
}

static int store(struct hl_sink *sink, const struct hl_sink_piece *piece)
{
    return sink->place->store(sink, piece->data, piece->used);
}

/* Stores the full piece, or has it stored, and puts an empty piece in its
 * place. */
static int pass_on(struct hl_sink *sink)
{
    if (sink->hooks.piece == NULL) {
        int r = store(sink, &sink->in);
        sink->in.used = 0;
        return r;
    }
    struct hl_sink_piece empty = sink->out;
    sink->out = sink->in;
    sink->in = empty;
    sink->hooks.piece(sink->hooks.piece_arg);
    sink->most = sink->piece_max;
    return 0;
}

static int add(struct hl_sink *sink, const char *data, size_t size)
{
    int r = make_room(sink, size);
    if (r < 0)
        return r;
    memcpy(sink->in.data + sink->in.used, data, size);
    sink->in.used += size;
    sink->size += size;
    return 0;
}

/* Bytes that come while a piece is being stored and that do not fit make the
 * waiting piece larger. */
int hl_sink_write(struct hl_sink *sink, const void *data, size_t size)
{
    const char *bytes = data;
    int r = 0;
    while (r == 0 && size > 0) {
        size_t n = sink->most > sink->in.used ? sink->most - sink->in.used : 0;
        if (n > size || sink->out.used > 0)
            n = size;
        r = n > 0 ? add(sink, bytes, n) : pass_on(sink);
        bytes += n;
        size -= n;
    }
    return r;
}

void hl_sink_store_piece(struct hl_sink *sink)
{
    assert(sink->out.used > 0);
    sink->out_code = store(sink, &sink->out);
}

/* Passes on what waited if it is a chunk or more, so that a kill loses little.
 * After a write that failed, the bytes that follow are of no use. */
int hl_sink_piece_stored(struct hl_sink *sink)
{
    sink->out.used = 0;
    sink->most = HL_SINK_CHUNK;
    if (sink->out_code < 0) {
        sink->in.used = 0;
        sink->size = sink->flushed;
        return sink->out_code;
    }
    return sink->in.used >= HL_SINK_CHUNK ? pass_on(sink) : 0;
}

static void release_piece(struct hl_sink_piece *piece)
{
    free(piece->data);
    *piece = (struct hl_sink_piece){0};
}

/* Of ten thousand transfers, few have a body at a time. */
static void release(struct hl_sink *sink)
{
    release_piece(&sink->in);
    release_piece(&sink->out);
}

int hl_sink_complete(struct hl_sink *sink)
{
    assert(sink->out.used == 0);
    return sink->place->complete(sink);
}

int hl_sink_publish(struct hl_sink *sink, int64_t mtime)
{
    int r = sink->place->publish(sink, mtime);
    release(sink);
    return r;
}

uint64_t hl_sink_keep(struct hl_sink *sink)
{
    assert(sink->out.used == 0);
    uint64_t kept = sink->place->keep(sink);
    release(sink);
    return kept;
}

void hl_sink_discard(struct hl_sink *sink)
{
    assert(sink->out.used == 0);
    sink->place->discard(sink);
    release(sink);
}
