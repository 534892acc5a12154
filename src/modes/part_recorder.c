#include "modes/part_recorder.h"

#include "trace/loop_watch.h"
#include "util/container_of.h"

/* On the stack of the thread that waits for it. */
struct hl_part_recorder_ask {
    struct hl_job *job;
    const struct hl_part *part;
    uv_sem_t done;
    int code;
    struct hl_part_recorder_ask *next;
};

static void on_uv_asked(uv_async_t *asked)
{
    struct hl_part_recorder *r =
        container_of(asked, struct hl_part_recorder, asked);
    struct hl_mode_owner *owner = r->owner;
    HL_IN_CALLBACK(owner->shared->trace, HL_CB_PARTS);
    uv_mutex_lock(&r->lock);
    struct hl_part_recorder_ask *ask = r->asks;
    r->asks = NULL;
    uv_mutex_unlock(&r->lock);
    while (ask != NULL) {
        /* The ask is gone once its thread goes on. */
        struct hl_part_recorder_ask *next = ask->next;
        ask->code = owner->part_begun(owner, ask->job, ask->part);
        uv_sem_post(&ask->done);
        ask = next;
    }
}

int hl_part_recorder_init(struct hl_part_recorder *recorder,
                          struct hl_mode_owner *owner)
{
    int r = uv_mutex_init(&recorder->lock);
    if (r < 0)
        return r;
    r = uv_async_init(owner->loop, &recorder->asked, on_uv_asked);
    if (r < 0) {
        uv_mutex_destroy(&recorder->lock);
        return r;
    }
    uv_unref((uv_handle_t *)&recorder->asked);
    recorder->owner = owner;
    recorder->asks = NULL;
    return 0;
}

int hl_part_recorder_put(struct hl_part_recorder *recorder, struct hl_job *job,
                         const struct hl_part *part)
{
    struct hl_part_recorder_ask ask = {.job = job, .part = part};
    int r = uv_sem_init(&ask.done, 0);
    if (r < 0)
        return r;
    uv_mutex_lock(&recorder->lock);
    ask.next = recorder->asks;
    /* cppcheck-suppress autoVariables ; taken off the list before it is done */
    recorder->asks = &ask;
    uv_mutex_unlock(&recorder->lock);
    uv_async_send(&recorder->asked);
    uv_sem_wait(&ask.done);
    uv_sem_destroy(&ask.done);
    return ask.code;
}

static void on_uv_closed(uv_handle_t *handle)
{
    struct hl_part_recorder *r =
        container_of((uv_async_t *)handle, struct hl_part_recorder, asked);
    uv_mutex_destroy(&r->lock);
    r->closed(r->closed_arg);
}

void hl_part_recorder_close(struct hl_part_recorder *recorder,
                            void (*closed)(void *arg), void *arg)
{
    recorder->closed = closed;
    recorder->closed_arg = arg;
    uv_close((uv_handle_t *)&recorder->asked, on_uv_closed);
}
