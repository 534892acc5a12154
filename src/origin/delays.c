#include "origin/delays.h"

#include <stdbool.h>
#include <stdlib.h>
#include <uv.h>

#include "origin/mhd.h"
#include "util/container_of.h"

/* The daemon's thread adds to the heap, the waker's takes out. */
struct hl_delays {
    uv_thread_t thread;
    uv_mutex_t lock;
    uv_cond_t changed;
    struct hl_heap heap;
    bool released;
};

/* Resumes what is due, under the lock: a connection must not be resumed before
 * it is fully suspended, and resuming takes no longer than a lock of
 * libmicrohttpd's own and a write to its pipe. @return when the next is due;
 * UINT64_MAX: never. */
static uint64_t wake_due(struct hl_delays *w, uint64_t now)
{
    struct hl_heap_node *first;
    while ((first = hl_heap_first(&w->heap)) != NULL &&
           (w->released || first->at <= now)) {
        hl_heap_remove(&w->heap, first);
        hl_mhd.resume_connection(
            container_of(first, struct hl_sleeper, node)->connection);
    }
    return first != NULL ? first->at : UINT64_MAX;
}

static void run(void *arg)
{
    struct hl_delays *w = arg;
    uv_mutex_lock(&w->lock);
    while (!w->released) {
        uint64_t now = uv_hrtime();
        uint64_t due = wake_due(w, now);
        if (due == UINT64_MAX)
            uv_cond_wait(&w->changed, &w->lock);
        else
            uv_cond_timedwait(&w->changed, &w->lock, due - now);
    }
    (void)wake_due(w, 0);
    uv_mutex_unlock(&w->lock);
}

int hl_delays_start(struct hl_delays **out)
{
    *out = NULL;
    struct hl_delays *w = calloc(1, sizeof(*w));
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

int hl_delays_suspend(struct hl_delays *w, struct hl_sleeper *sleeper,
                      uint64_t due_ns)
{
    uv_mutex_lock(&w->lock);
    sleeper->node.at = due_ns;
    int r = w->released ? UV_ECANCELED : hl_heap_add(&w->heap, &sleeper->node);
    if (r == 0) {
        hl_mhd.suspend_connection(sleeper->connection);
        if (hl_heap_first(&w->heap) == &sleeper->node)
            uv_cond_signal(&w->changed);
    }
    uv_mutex_unlock(&w->lock);
    return r;
}

void hl_delays_release(struct hl_delays *w)
{
    uv_mutex_lock(&w->lock);
    bool first = !w->released;
    w->released = true;
    uv_cond_signal(&w->changed);
    uv_mutex_unlock(&w->lock);
    if (first)
        uv_thread_join(&w->thread);
}

void hl_delays_free(struct hl_delays *w)
{
    if (w == NULL)
        return;
    hl_delays_release(w);
    uv_cond_destroy(&w->changed);
    uv_mutex_destroy(&w->lock);
    hl_heap_release(&w->heap);
    free(w);
}
