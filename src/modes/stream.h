/*
 * Bodies that stream: each piece is stored on the thread pool, while the next
 * one gathers. Of the files that may be open only so many are for their parts:
 * a body waits for one before its first piece is stored, which holds its
 * transfer back. Used by the async mode; loop thread.
 */
#ifndef HL_MODES_STREAM_H
#define HL_MODES_STREAM_H

#include "modes/mode.h"
#include "transfer/file_work.h"
#include "transfer/xfer.h"

/* Embedded in whoever owns the transfer, and filled in by hl_stream_init(). */
struct hl_stream {
    struct hl_streams *streams; /* borrowed, */
    struct hl_xfer *xfer;       /* as this is */
    bool under_way;             /* it is counted: a piece came, and more may */
    bool storing;               /* the pool has one, or it waits for its file */
    bool has_file;              /* may have its part open */
    uv_work_t store;
    struct hl_stream *prev; /* among those that wait for a file */
    struct hl_stream *next;
};

/* Embedded in the mode, and filled in by hl_streams_init(). */
struct hl_streams {
    struct hl_mode_owner *owner; /* borrowed */
    /* On the loop, after work: a piece was stored; or, where ok is false, it
     * was not, and the transfer has failed. The next may be under way:
     * stream->storing says so. */
    void (*stored)(struct hl_stream *stream, bool ok);
    uint32_t files;            /* that may still be opened */
    uint32_t count;            /* of those under way */
    struct hl_stream *waiting; /* for a file, the first longest */
};

/* For parts of so many files at a time, 1 or more. Nothing is to be undone: it
 * holds no memory. */
void hl_streams_init(struct hl_streams *streams, struct hl_mode_owner *owner,
                     uint32_t files,
                     void (*stored)(struct hl_stream *stream, bool ok));
/* Has the pieces of the transfer's bodies from now on, one after the other. It
 * must stay where it is, and what it borrows must outlive it. */
void hl_stream_init(struct hl_stream *stream, struct hl_streams *streams,
                    struct hl_xfer *xfer);
/* The body is over: no piece will come. Nothing may be being stored. */
void hl_stream_end(struct hl_stream *stream);
/* Its file is closed, if it had one: another may be opened. */
void hl_stream_release_file(struct hl_stream *stream);

#endif
