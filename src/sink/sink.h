/*
 * Where the bytes of a body go. What is the same for every place is here: bytes
 * gather in pieces, and pieces are stored one after the other. What differs is
 * a struct hl_sink_place: file_sink.h has files below a directory,
 * descriptor_sink.h an open descriptor.
 *
 * A body of up to HL_SINK_SMALL bytes stays in memory until it is complete. A
 * longer one streams: it is stored piece by piece. With hooks.piece one thread
 * takes the bytes and another stores them: while one piece is being stored, the
 * next one gathers.
 *
 * One body: begin; resume where it goes on behind an earlier attempt; write,
 * any number of times; then complete and publish, or keep, or discard.
 */
#ifndef HL_SINK_SINK_H
#define HL_SINK_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sink/hashes.h"
#include "sink/piece.h"
#include "sink/publish.h"
#include "trace/trace.h"
#include "util/beneath.h"
#include "util/stop.h"

enum {
    HL_SINK_SMALL = 256 * 1024,
    HL_SINK_CHUNK = 64 * 1024 /* a piece of a body that streams */
};

struct hl_sink;

/*
 * A place that bodies go to. Each function but free() may block, and is called
 * on the thread that stores. Codes are 0 or a libuv code.
 */
struct hl_sink_place {
    /* Takes the next bytes; the first call opens what is needed. */
    int (*store)(struct hl_sink *sink, const char *data, size_t size);
    /* No more bytes come: takes those in sink->in, and ends the hashes. Gives
     * UV_ECANCELED when the stop came in between. After a failure the bytes
     * that were stored are still good. */
    int (*complete)(struct hl_sink *sink);
    /* Makes the complete body visible. mtime is seconds since the epoch, or
     * negative: as the system has it. After a failure nothing is left of the
     * body, and sink->exists says whether its name was taken. */
    int (*publish)(struct hl_sink *sink, int64_t mtime);
    /* Ends an incomplete body, of which a later attempt may use the beginning.
     * @return its bytes. */
    uint64_t (*keep)(struct hl_sink *sink);
    /* Ends a body of which nothing is to be left. */
    void (*discard)(struct hl_sink *sink);
    /* Removes what the body says an earlier attempt left. */
    int (*remove_part)(struct hl_sink *sink);
    void (*free)(struct hl_sink *sink);
};

/* What all bodies of a run share; borrowed from the run. */
struct hl_sink_run {
    struct hl_trace *trace; /* or NULL */
    struct hl_stop *stop;
    struct hl_beneath *root; /* of files */
    const char *token;       /* in the names of new parts */
    bool fsync;              /* before a file gets its name */
    /* Called between steps that may take long, to show that the thread does not
     * hang. Or NULL. */
    void (*alive)(void *arg);
    void *alive_arg;
    uint32_t worker; /* lane in the trace */
};

/* One body; borrowed until it ends. */
struct hl_sink_body {
    uint64_t job; /* in the trace */
    const char *path;
    unsigned digests; /* to be made of it: a set of HL_DIGEST_BY() */
    struct hl_publish_rule rule;
    /* The part that an earlier attempt left. */
    uint64_t resume_from;
    const char *part_token; /* NULL: there is none */
    uint64_t part_inode;    /* 0 not known */
};

/* What the sink tells its owner; each function may be NULL. */
struct hl_sink_hooks {
    void *arg;
    /* Called before an empty part is made. A negative return fails the body
     * with that code. */
    int (*opening)(void *arg);
    /* Called when the empty part is there, before the first byte goes into it.
     * Not called for a body that is stored in one piece. A negative return
     * fails the body with that code. */
    int (*begun)(void *arg);
    /* Called from hl_sink_write(): a piece is full, and the owner must have
     * hl_sink_store_piece() called. NULL: the sink stores each full piece at
     * once. */
    void (*piece)(void *arg);
    void *piece_arg;
};

/* Owned by one transfer; the first member of what a place allocates. One
 * thread at a time, except that another thread may store the piece out. */
struct hl_sink {
    const struct hl_sink_place *place;
    struct hl_sink_run run;
    struct hl_sink_hooks hooks;
    struct hl_sink_body body;
    struct hl_sink_piece in;  /* bytes as they come */
    struct hl_sink_piece out; /* the piece that is being stored; empty: none */
    size_t most;              /* bytes that may wait in the piece in */
    size_t piece_max;         /* the same while a piece is being stored */
    uint64_t size;            /* of the body so far, with those bytes of an
                                 earlier attempt that it goes on behind */
    bool exists;              /* the final name was taken */
    /* These belong to the thread that stores, while it does. */
    int out_code;     /* what became of the last piece */
    uint64_t flushed; /* bytes stored, as in size */
    bool going_on;    /* the body goes on behind an earlier attempt */
    bool committed;   /* bytes are out that nobody can take back: only the rest
                         of this same body is of use. Stays over attempts */
    bool has_part;    /* something is open or stored */
    bool gone;        /* the part is not there any more */
    uint64_t inode;   /* of the part, once it streams; 0 none */
    struct hl_hashes hashes;
    struct hl_published published;
};

/* For places: all but what the place has itself. */
void hl_sink_init(struct hl_sink *sink, const struct hl_sink_place *place,
                  const struct hl_sink_run *run,
                  const struct hl_sink_hooks *hooks);
/* NULL is fine. No body may be under way. */
void hl_sink_free(struct hl_sink *sink);

/* Begins a body. Opens nothing. */
void hl_sink_begin(struct hl_sink *sink, const struct hl_sink_body *body);
/* The body goes on at byte body.resume_from of the part. The part is opened
 * later. If it is gone or changed by then, that fails with UV_ENOENT and sets
 * sink->gone. */
void hl_sink_resume(struct hl_sink *sink);
/* Tells how long the body will be, where the server says so. Only a hint. */
void hl_sink_expect(struct hl_sink *sink, uint64_t bytes);
/* Adds bytes of the body. @return 0, UV_ENOMEM, the code of a failed write, or
 * what a hook returned. After a failure the caller keeps or discards the
 * body. */
int hl_sink_write(struct hl_sink *sink, const void *data, size_t size);
/* Stores the piece that hooks.piece() told of. Any thread; blocks. */
void hl_sink_store_piece(struct hl_sink *sink);
/* Called by the thread that writes once the piece is stored: there is room
 * again, and the next piece may be passed on. @return as hl_sink_write(). */
int hl_sink_piece_stored(struct hl_sink *sink);

/* The body ends by these; see struct hl_sink_place. */
int hl_sink_complete(struct hl_sink *sink);
int hl_sink_publish(struct hl_sink *sink, int64_t mtime);
uint64_t hl_sink_keep(struct hl_sink *sink);
void hl_sink_discard(struct hl_sink *sink);

static inline int hl_sink_remove_part(struct hl_sink *sink)
{
    return sink->place->remove_part(sink);
}

/* Do so many bytes fit in while a piece is being stored? */
static inline bool hl_sink_has_room(const struct hl_sink *sink, size_t size)
{
    return sink->out.used == 0 || sink->in.used + size <= sink->most;
}

/* The token in the name of the part that the body has, or would open. */
static inline const char *hl_sink_token(const struct hl_sink *sink)
{
    return sink->going_on ? sink->body.part_token : sink->run.token;
}

static inline void hl_sink_alive(const struct hl_sink *sink)
{
    if (sink->run.alive != NULL)
        sink->run.alive(sink->run.alive_arg);
}

#endif
