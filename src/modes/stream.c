#include "modes/stream.h"

#include <assert.h>
#include <utlist.h>

#include "trace/loop_watch.h"
#include "util/container_of.h"

enum {
    /* Bytes in memory that wait to be stored: of all transfers, and of one.
     * libcurl reads until a transfer is paused, and in one turn of the loop all
     * transfers may fill their share. */
    PIECES_MAX = 2 * 1024 * 1024,
    PIECE_MAX = 1024 * 1024,
    /* A body that goes direct among others, which share the loop's core. */
    DIRECT_AMONG = 2,
    DIRECT_MAX = 8, /* each takes one more open file */
    /* Threads of the pool, which has four or more, that receive at a time. */
    RUNS_MAX = 2,
};

static void on_uv_store(uv_work_t *work)
{
    hl_xfer_store_piece(container_of(work, struct hl_stream, store)->xfer);
}

static void on_uv_after_store(uv_work_t *work, int status)
{
    struct hl_stream *stream = container_of(work, struct hl_stream, store);
    struct hl_streams *streams = stream->streams;
    HL_IN_CALLBACK(streams->owner->shared->trace, HL_CB_STORED);
    (void)status; /* never cancelled through uv_cancel() */
    stream->storing = false;
    streams->stored(stream, hl_xfer_piece_stored(stream->xfer));
    /* The last piece that came through libcurl is stored. */
    if (stream->direct && !stream->storing)
        hl_stream_run(stream);
}

static void start_runs(struct hl_streams *streams);

static void on_uv_run(uv_work_t *work)
{
    hl_direct_run(container_of(work, struct hl_stream, store)->xfer);
}

static void on_uv_after_run(uv_work_t *work, int status)
{
    struct hl_stream *stream = container_of(work, struct hl_stream, store);
    struct hl_streams *streams = stream->streams;
    HL_IN_CALLBACK(streams->owner->shared->trace, HL_CB_STORED);
    (void)status; /* never cancelled through uv_cancel() */
    stream->storing = false;
    streams->running--;
    streams->ran(stream, hl_direct_ran(stream->xfer));
    start_runs(streams);
}

static void start_runs(struct hl_streams *streams)
{
    while (streams->ready != NULL && streams->running < RUNS_MAX) {
        struct hl_stream *first = streams->ready;
        DL_DELETE(streams->ready, first);
        streams->running++;
        uv_queue_work(streams->owner->loop, &first->store, on_uv_run,
                      on_uv_after_run);
    }
}

void hl_stream_run(struct hl_stream *stream)
{
    stream->storing = true;
    hl_direct_queued(stream->xfer);
    DL_APPEND(stream->streams->ready, stream);
    start_runs(stream->streams);
}

static void store(struct hl_stream *stream)
{
    uv_queue_work(stream->streams->owner->loop, &stream->store, on_uv_store,
                  on_uv_after_store);
}

static bool take_file(struct hl_stream *stream)
{
    struct hl_streams *streams = stream->streams;
    if (stream->has_file)
        return true;
    if (streams->files == 0)
        return false;
    streams->files--;
    stream->has_file = true;
    return true;
}

static void on_xfer_piece(void *arg)
{
    struct hl_stream *stream = arg;
    struct hl_streams *streams = stream->streams;
    streams->count += !stream->under_way;
    stream->under_way = true;
    stream->storing = true;
    uint32_t share = PIECES_MAX / streams->count;
    hl_xfer_set_piece_max(stream->xfer, share < PIECE_MAX ? share : PIECE_MAX);
    if (take_file(stream))
        store(stream);
    else
        DL_APPEND(streams->waiting, stream);
}

void hl_streams_init(struct hl_streams *streams, struct hl_mode_owner *owner,
                     uint32_t files,
                     void (*stored)(struct hl_stream *stream, bool ok),
                     void (*ran)(struct hl_stream *stream, int next))
{
    *streams = (struct hl_streams){
        .owner = owner, .files = files, .stored = stored, .ran = ran};
}

void hl_stream_init(struct hl_stream *stream, struct hl_streams *streams,
                    struct hl_xfer *xfer)
{
    *stream = (struct hl_stream){.streams = streams, .xfer = xfer};
    hl_xfer_on_piece(xfer, on_xfer_piece, stream);
}

bool hl_stream_may_be_direct(const struct hl_stream *stream)
{
    const struct hl_streams *streams = stream->streams;
    return !stream->direct && streams->count >= DIRECT_AMONG &&
           streams->direct < DIRECT_MAX && hl_direct_is_due(stream->xfer);
}

void hl_stream_goes_direct(struct hl_stream *stream)
{
    stream->direct = true;
    stream->streams->direct++;
}

void hl_stream_end(struct hl_stream *stream)
{
    assert(!stream->storing);
    stream->streams->count -= stream->under_way;
    stream->under_way = false;
    stream->streams->direct -= stream->direct;
    stream->direct = false;
    hl_direct_end(stream->xfer);
}

/* The stream that waits longest gets the file. */
void hl_stream_release_file(struct hl_stream *stream)
{
    struct hl_streams *streams = stream->streams;
    struct hl_stream *first = streams->waiting;
    if (!stream->has_file)
        return;
    stream->has_file = false;
    if (first == NULL) {
        streams->files++;
        return;
    }
    DL_DELETE(streams->waiting, first);
    first->has_file = true;
    store(first);
}
