#include "journal/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "util/buf.h"
#include "util/io.h"

/* Owned by those that hold it, on the loop; closes fd with the last. */
struct hl_writer {
    unsigned holders;
    int fd;
    uv_mutex_t writing; /* held while one writes; taken first */
    struct hl_buf out;  /* what it writes; kept when that failed */
    uv_mutex_t lock;    /* of what follows, held only to copy */
    struct hl_buf queue;
    uint64_t written; /* size of the file */
    int error;        /* of the last try */
};

int hl_writer_new(struct hl_writer **out, int fd, uint64_t size)
{
    *out = NULL;
    struct hl_writer *w = calloc(1, sizeof(*w));
    if (w == NULL)
        return UV_ENOMEM;
    int r = uv_mutex_init(&w->writing);
    if (r == 0) {
        r = uv_mutex_init(&w->lock);
        if (r < 0)
            uv_mutex_destroy(&w->writing);
    }
    if (r < 0) {
        free(w);
        return r;
    }
    w->holders = 1;
    w->fd = fd;
    w->written = size;
    *out = w;
    return 0;
}

void hl_writer_hold(struct hl_writer *w)
{
    w->holders++;
}

void hl_writer_release(struct hl_writer *w)
{
    if (--w->holders > 0)
        return;
    close(w->fd);
    uv_mutex_destroy(&w->writing);
    uv_mutex_destroy(&w->lock);
    hl_buf_release(&w->out);
    hl_buf_release(&w->queue);
    free(w);
}

/* Always at the place that the records were given: what an earlier try wrote
 * half-way is written over. */
static int write_out(const struct hl_writer *w, uint64_t at)
{
    int r = hl_pwrite_all(w->fd, w->out.data, w->out.used, at);
    /* A reader cuts at the last newline in any case. */
    if (r < 0 && ftruncate(w->fd, (off_t)at) < 0)
        return -errno;
    return r;
}

/* @return false when there is nothing to write. */
static bool take_queue(struct hl_writer *w, uint64_t *at)
{
    uv_mutex_lock(&w->lock);
    *at = w->written;
    if (w->out.used == 0) {
        struct hl_buf empty = w->out;
        w->out = w->queue;
        w->queue = empty;
    }
    uv_mutex_unlock(&w->lock);
    return w->out.used > 0;
}

int hl_writer_write(struct hl_writer *w)
{
    uint64_t at;
    int r = 0;
    uv_mutex_lock(&w->writing);
    while (r == 0 && take_queue(w, &at)) {
        r = write_out(w, at);
        uv_mutex_lock(&w->lock);
        w->error = r;
        if (r == 0)
            w->written += w->out.used;
        uv_mutex_unlock(&w->lock);
        if (r == 0)
            hl_buf_clear(&w->out);
    }
    uv_mutex_unlock(&w->writing);
    return r;
}

void hl_writer_stop(struct hl_writer *w)
{
    uv_mutex_lock(&w->writing);
    uv_mutex_lock(&w->lock);
    hl_buf_clear(&w->out);
    hl_buf_clear(&w->queue);
    uv_mutex_unlock(&w->lock);
    uv_mutex_unlock(&w->writing);
}

/* Under its lock. */
static int add(struct hl_buf *queue, const char *data, size_t size)
{
    char *room = hl_buf_room(queue, size);
    bool failed = queue->failed;
    queue->failed = false; /* there may be memory later */
    if (room != NULL)
        memcpy(room, data, size);
    return failed ? UV_ENOMEM : 0;
}

int hl_writer_post(struct hl_writer *w, const char *data, size_t size,
                   uint64_t *written, int *error)
{
    uv_mutex_lock(&w->lock);
    int r = size > 0 ? add(&w->queue, data, size) : 0;
    *error = w->error;
    *written = w->written;
    uv_mutex_unlock(&w->lock);
    return r;
}
