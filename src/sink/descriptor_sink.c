#include "sink/descriptor_sink.h"

#include <stdlib.h>
#include <uv.h>

#include "util/container_of.h"
#include "util/io.h"

struct descriptor_sink {
    struct hl_sink sink;
    int fd;
    uint64_t written; /* by all attempts */
};

/* If a write fails half way, nobody can tell how much was written, so no
 * attempt can go on behind it. */
static int write_out(struct hl_sink *sink, const char *data, size_t size)
{
    struct descriptor_sink *to =
        container_of(sink, struct descriptor_sink, sink);
    int r = hl_write_all(to->fd, data, size, sink->run.stop);
    if (r < 0)
        return r;
    HL_TRACE(sink->run.trace, HL_EV_FILE_WRITE, .job = sink->body.job,
             .worker = (uint16_t)sink->run.worker, .value = (int64_t)size);
    sink->flushed += size;
    sink->has_part = sink->flushed > 0;
    sink->committed = sink->flushed > 0;
    to->written = sink->flushed;
    return 0;
}

static int store(struct hl_sink *sink, const char *data, size_t size)
{
    hl_hashes_add(&sink->hashes, data, size);
    return write_out(sink, data, size);
}

static int complete(struct hl_sink *sink)
{
    if ((sink->hashes.wanted & ~sink->hashes.complete) != 0)
        return UV_ENOMEM;
    hl_hashes_add(&sink->hashes, sink->in.data, sink->in.used);
    hl_hashes_end(&sink->hashes);
    return 0;
}

static int publish(struct hl_sink *sink, int64_t mtime)
{
    (void)mtime;
    return write_out(sink, sink->in.data, sink->in.used);
}

static uint64_t keep(struct hl_sink *sink)
{
    return container_of(sink, struct descriptor_sink, sink)->written;
}

static void discard(struct hl_sink *sink)
{
    (void)sink;
}

static int remove_part(struct hl_sink *sink)
{
    (void)sink;
    return 0;
}

static void free_sink(struct hl_sink *sink)
{
    free(container_of(sink, struct descriptor_sink, sink));
}

struct hl_sink *hl_descriptor_sink_new(int fd, const struct hl_sink_run *run,
                                       const struct hl_sink_hooks *hooks)
{
    static const struct hl_sink_place place = {
        .store = store,
        .complete = complete,
        .publish = publish,
        .keep = keep,
        .discard = discard,
        .remove_part = remove_part,
        .free = free_sink,
    };
    struct descriptor_sink *to = calloc(1, sizeof(*to));
    if (to == NULL)
        return NULL;
    to->fd = fd;
    hl_sink_init(&to->sink, &place, run, hooks);
    return &to->sink;
}
