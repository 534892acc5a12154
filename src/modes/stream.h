/*
 * Stores large bodies on the thread pool, one piece after the other, while the
 * next piece arrives. Only so many parts may be open at a time: before its
 * first piece is stored, a body waits until it may open its part, and its
 * transfer is paused meanwhile. Long bodies that come fast may go direct
 * (direct.h): then the pool receives them as well, in runs. For transfers on a
 * loop; all calls on the loop's thread.
 */
#ifndef HL_MODES_STREAM_H
#define HL_MODES_STREAM_H

#include "modes/mode.h"
#include "transfer/body_to_sink.h"
#include "transfer/direct.h"
#include "transfer/xfer.h"

/* Embedded in whoever owns the transfer, and filled in by hl_stream_init(). */
struct hl_stream {
    struct hl_streams *streams; /* borrowed */
    struct hl_xfer *xfer;       /* borrowed */
    bool under_way;             /* a piece has come, and more may follow */
    bool storing;  /* a piece is with the pool, or waits for the part; or a
                      run is with the pool, or waits for a thread of it */
    bool has_file; /* the part may be open */
    bool direct;   /* the body goes direct */
    uv_work_t store;
    struct hl_stream *prev; /* in one of the lists below */
    struct hl_stream *next;
};

/* Embedded in the mode, and filled in by hl_streams_init(). */
struct hl_streams {
    struct hl_mode_owner *owner; /* borrowed */
    /* In an after-work callback: a piece was stored. If ok is false, it was
     * not, and the transfer has failed. stream->storing tells whether the next
     * piece is being stored already. */
    void (*stored)(struct hl_stream *stream, bool ok);
    /* In an after-work callback: a run is over, and this follows
     * (hl_direct_ran()). */
    void (*ran)(struct hl_stream *stream, int next);
    uint32_t files;            /* parts that may still be opened */
    uint32_t count;            /* streams under way */
    uint32_t direct;           /* streams that go direct */
    uint32_t running;          /* runs with the pool */
    struct hl_stream *waiting; /* for a file; the first waits longest */
    struct hl_stream *ready;   /* for a run; the first waits longest */
};

/* files: how many parts may be open at a time, 1 or more. Holds no memory and
 * needs no release. */
void hl_streams_init(struct hl_streams *streams, struct hl_mode_owner *owner,
                     uint32_t files,
                     void (*stored)(struct hl_stream *stream, bool ok),
                     void (*ran)(struct hl_stream *stream, int next));
/* From now on stores the pieces of all bodies of this transfer. The stream
 * stays in its place, and what it borrows outlives it. */
void hl_stream_init(struct hl_stream *stream, struct hl_streams *streams,
                    struct hl_xfer *xfer);
/* In stored(): may the body go direct from now on? */
bool hl_stream_may_be_direct(const struct hl_stream *stream);
/* In stored(): the body goes direct. No further piece comes; once those that
 * have come are stored, the first run begins by itself. */
void hl_stream_goes_direct(struct hl_stream *stream);
/* After ran(), or once the socket can be read: the next run, as soon as the
 * pool may do it. */
void hl_stream_run(struct hl_stream *stream);
/* The body has ended: no more pieces come. stream->storing must be false. */
void hl_stream_end(struct hl_stream *stream);
/* The stream's part is closed, if it was open: another may be opened. */
void hl_stream_release_file(struct hl_stream *stream);

#endif
