#include "origin/waker.h"

#include <stdbool.h>
#include <stdlib.h>
#include <uv.h>

struct sleeper {
    uint64_t due_ns;
    struct MHD_Connection *connection;
};

/* A heap by time, filled by the daemon's thread, emptied by the waker's. */
struct hl_waker {
    uv_thread_t thread;
    uv_mutex_t lock;
    uv_cond_t changed;
    struct sleeper *heap;
    size_t count;
    size_t size;
    bool released;
};

static void swap(struct sleeper *a, struct sleeper *b)
{
    struct sleeper t = *a;
    *a = *b;
    *b = t;
}

static void sift_up(struct sleeper *heap, size_t at)
{
    while (at > 0 && heap[at].due_ns < heap[(at - 1) / 2].due_ns) {
        swap(&heap[at], &heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void sift_down(struct sleeper *heap, size_t count)
{
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= count)
            return;
        if (child + 1 < count && heap[child + 1].due_ns < heap[child].due_ns)
            child++;
        if (heap[at].due_ns <= heap[child].due_ns)
            return;
        swap(&heap[at], &heap[child]);
        at = child;
    }
}

/* Under the lock: resuming is libmicrohttpd's own lock and a write to its
 * pipe, and it must not come before the suspension is complete. */
static void wake_due(struct hl_waker *w, uint64_t now)
{
    while (w->count > 0 && (w->released || w->heap[0].due_ns <= now)) {
        struct MHD_Connection *connection = w->heap[0].connection;
        w->heap[0] = w->heap[--w->count];
        sift_down(w->heap, w->count);
        MHD_resume_connection(connection);
    }
}

static void run(void *arg)
{
    struct hl_waker *w = arg;
    uv_mutex_lock(&w->lock);
    while (!w->released) {
        uint64_t now = uv_hrtime();
        wake_due(w, now);
        if (w->count == 0 || w->heap[0].due_ns == UINT64_MAX)
            uv_cond_wait(&w->changed, &w->lock);
        else if (w->heap[0].due_ns > now)
            uv_cond_timedwait(&w->changed, &w->lock, w->heap[0].due_ns - now);
    }
    wake_due(w, 0);
    uv_mutex_unlock(&w->lock);
}

int hl_waker_start(struct hl_waker **out)
{
    *out = NULL;
    struct hl_waker *w = calloc(1, sizeof(*w));
    if (w == NULL)
        return UV_ENOMEM;
    if (uv_mutex_init(&w->lock) < 0) {
        free(w);
        return UV_ENOMEM;
    }
    int r = uv_cond_init(&w->changed);
    if (r == 0) {
        r = uv_thread_create(&w->thread, run, w);
        if (r < 0)
            uv_cond_destroy(&w->changed);
    }
    if (r < 0) {
        uv_mutex_destroy(&w->lock);
        free(w);
        return r;
    }
    *out = w;
    return 0;
}

static int reserve(struct hl_waker *w)
{
    if (w->count < w->size)
        return 0;
    size_t size = w->size > 0 ? 2 * w->size : 256;
    struct sleeper *heap = realloc(w->heap, size * sizeof(*heap));
    if (heap == NULL)
        return UV_ENOMEM;
    w->heap = heap;
    w->size = size;
    return 0;
}

int hl_waker_suspend(struct hl_waker *w, struct MHD_Connection *connection,
                     uint64_t due_ns)
{
    uv_mutex_lock(&w->lock);
    int r = w->released ? UV_ECANCELED : reserve(w);
    if (r == 0) {
        MHD_suspend_connection(connection);
        w->heap[w->count] = (struct sleeper){due_ns, connection};
        sift_up(w->heap, w->count++);
        if (w->heap[0].connection == connection)
            uv_cond_signal(&w->changed);
    }
    uv_mutex_unlock(&w->lock);
    return r;
}

void hl_waker_release(struct hl_waker *w)
{
    uv_mutex_lock(&w->lock);
    bool first = !w->released;
    w->released = true;
    uv_cond_signal(&w->changed);
    uv_mutex_unlock(&w->lock);
    if (first)
        uv_thread_join(&w->thread);
}

void hl_waker_free(struct hl_waker *w)
{
    if (w == NULL)
        return;
    hl_waker_release(w);
    uv_cond_destroy(&w->changed);
    uv_mutex_destroy(&w->lock);
    free(w->heap);
    free(w);
}
