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
                     void (*stored)(struct hl_stream *stream, bool ok))
{
    *streams =
        (struct hl_streams){.owner = owner, .files = files, .stored = stored};
}

void hl_stream_init(struct hl_stream *stream, struct hl_streams *streams,
                    struct hl_xfer *xfer)
{
    *stream = (struct hl_stream){.streams = streams, .xfer = xfer};
    hl_xfer_on_piece(xfer, on_xfer_piece, stream);
}

void hl_stream_end(struct hl_stream *stream)
{
    assert(!stream->storing);
    stream->streams->count -= stream->under_way;
    stream->under_way = false;
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
