#include "modes/recorder.h"

#include "trace/loop_watch.h"
#include "util/container_of.h"

/* On the stack of the thread that waits for it. */
struct hl_recorder_ask {
    struct hl_job *job;
    const struct hl_part *part;
    bool done;
    int code;
    struct hl_recorder_ask *next;
};

static void on_uv_asked(uv_async_t *asked)
{
    struct hl_recorder *r = container_of(asked, struct hl_recorder, asked);
    struct hl_mode_owner *owner = r->owner;
    HL_IN_CALLBACK(owner->shared->trace, HL_CB_PARTS);
    uv_mutex_lock(&r->lock);
    while (r->asks != NULL) {
        struct hl_recorder_ask *ask = r->asks;
        r->asks = ask->next;
        uv_mutex_unlock(&r->lock);
        int code = owner->part_begun(owner, ask->job, ask->part);
        uv_mutex_lock(&r->lock);
        ask->code = code;
        ask->done = true;
        uv_cond_broadcast(&r->recorded);
    }
    uv_mutex_unlock(&r->lock);
}

static int init_locks(struct hl_recorder *recorder)
{
    int r = uv_mutex_init(&recorder->lock);
    if (r < 0)
        return r;
    r = uv_cond_init(&recorder->recorded);
    if (r < 0)
        uv_mutex_destroy(&recorder->lock);
    return r;
}

static void destroy_locks(struct hl_recorder *recorder)
{
    uv_cond_destroy(&recorder->recorded);
    uv_mutex_destroy(&recorder->lock);
}

int hl_recorder_init(struct hl_recorder *recorder, struct hl_mode_owner *owner)
{
    int r = init_locks(recorder);
    if (r < 0)
        return r;
    r = uv_async_init(owner->loop, &recorder->asked, on_uv_asked);
    if (r < 0) {
        destroy_locks(recorder);
        return r;
    }
    uv_unref((uv_handle_t *)&recorder->asked);
    recorder->owner = owner;
    recorder->asks = NULL;
    return 0;
}

int hl_recorder_put(struct hl_recorder *recorder, struct hl_job *job,
                    const struct hl_part *part)
{
    struct hl_recorder_ask ask = {.job = job, .part = part};
    uv_mutex_lock(&recorder->lock);
    ask.next = recorder->asks;
    /* cppcheck-suppress autoVariables ; taken off the list before it is done */
    recorder->asks = &ask;
    uv_async_send(&recorder->asked);
    while (!ask.done)
        uv_cond_wait(&recorder->recorded, &recorder->lock);
    uv_mutex_unlock(&recorder->lock);
    return ask.code;
}

static void on_uv_closed(uv_handle_t *handle)
{
    struct hl_recorder *r =
        container_of((uv_async_t *)handle, struct hl_recorder, asked);
    destroy_locks(r);
    r->closed(r->closed_arg);
}

void hl_recorder_close(struct hl_recorder *recorder, void (*closed)(void *arg),
                       void *arg)
{
    recorder->closed = closed;
    recorder->closed_arg = arg;
    uv_close((uv_handle_t *)&recorder->asked, on_uv_closed);
}
