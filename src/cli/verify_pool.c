#include "cli/verify_pool.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "cli/uv_start.h"
#include "journal/on_disk.h"
#include "util/buf.h"
#include "util/container_of.h"
#include "util/threads.h"

enum {
    FILES_MAX = 256,             /* of a batch */
    BYTES_MAX = 8 * 1024 * 1024, /* of its files: a large file goes alone */
    STRINGS_MAX = 64 * 1024,     /* of its names and URLs, about */
    BATCHES_MAX = 64,            /* under way, or done and not told yet */
    THREADS_MAX = 64,
    MEMORY_BESIDE = 1024 * 1024,
};

/* Texts are offsets into batch->strings, as that moves while it grows. NONE:
 * there is no such text. */
#define NONE SIZE_MAX

struct file {
    size_t url;
    size_t name;
    size_t digests;
    size_t xxh3;
    uint64_t size;
    int verified;
};

/* Owned by the pool; a thread works on it until it is done. */
struct batch {
    uv_work_t work;
    struct hl_beneath *root;
    struct hl_buf strings;
    uint64_t bytes;
    unsigned count;
    bool is_done; /* set on the loop */
    struct file files[FILES_MAX];
};

struct hl_verify_pool {
    uv_loop_t loop;
    struct hl_beneath *root;
    hl_verify_fn fn;
    void *arg;
    struct batch *gathered;          /* or NULL */
    struct batch *sent[BATCHES_MAX]; /* a ring, the oldest at first */
    unsigned first;
    unsigned count;
};

static const char *text_at(const struct batch *batch, size_t offset)
{
    return offset != NONE ? batch->strings.data + offset : NULL;
}

static void on_uv_work(uv_work_t *work)
{
    struct batch *batch = container_of(work, struct batch, work);
    for (unsigned i = 0; i < batch->count; i++) {
        struct file *file = &batch->files[i];
        const struct hl_journal_file record = {
            .stamp = {.size = file->size},
            .digests = text_at(batch, file->digests),
            .xxh3 = text_at(batch, file->xxh3),
        };
        file->verified =
            hl_on_disk_verify(batch->root, text_at(batch, file->name), &record);
    }
}

static void on_uv_after_work(uv_work_t *work, int status)
{
    (void)status; /* a batch that was cancelled is not told */
    container_of(work, struct batch, work)->is_done = true;
}

static void free_batch(struct batch *batch)
{
    if (batch == NULL)
        return;
    hl_buf_release(&batch->strings);
    free(batch);
}

static int tell(const struct hl_verify_pool *pool, const struct batch *batch)
{
    int r = 0;
    for (unsigned i = 0; r == 0 && i < batch->count; i++) {
        const struct file *file = &batch->files[i];
        const struct hl_verify_file told = {
            .url = text_at(batch, file->url),
            .name = text_at(batch, file->name),
            .size = file->size,
            .verified = file->verified,
        };
        r = pool->fn(pool->arg, &told);
    }
    return r;
}

/* Waits for the oldest batch and tells its results. */
static int take_oldest(struct hl_verify_pool *pool)
{
    struct batch *batch = pool->sent[pool->first];
    while (!batch->is_done)
        uv_run(&pool->loop, UV_RUN_ONCE);
    pool->first = (pool->first + 1) % BATCHES_MAX;
    pool->count--;
    int r = tell(pool, batch);
    free_batch(batch);
    return r;
}

static int take_done(struct hl_verify_pool *pool)
{
    int r = 0;
    uv_run(&pool->loop, UV_RUN_NOWAIT);
    while (r == 0 && pool->count > 0 && pool->sent[pool->first]->is_done)
        r = take_oldest(pool);
    return r;
}

static int send_batch(struct hl_verify_pool *pool)
{
    struct batch *batch = pool->gathered;
    int r = pool->count == BATCHES_MAX ? take_oldest(pool) : 0;
    if (r < 0)
        return r;
    pool->gathered = NULL;
    pool->sent[(pool->first + pool->count) % BATCHES_MAX] = batch;
    pool->count++;
    uv_queue_work(&pool->loop, &batch->work, on_uv_work, on_uv_after_work);
    return take_done(pool);
}

static size_t put(struct batch *batch, const char *text)
{
    size_t at = batch->strings.used;
    if (text == NULL)
        return NONE;
    hl_buf_add(&batch->strings, text, strlen(text) + 1);
    return at;
}

static struct batch *gather(struct hl_verify_pool *pool)
{
    if (pool->gathered == NULL) {
        pool->gathered = calloc(1, sizeof(*pool->gathered));
        if (pool->gathered != NULL)
            pool->gathered->root = pool->root;
    }
    return pool->gathered;
}

int hl_verify_pool_add(struct hl_verify_pool *pool,
                       const struct hl_journal_entry *entry)
{
    struct batch *batch = gather(pool);
    if (batch == NULL)
        return UV_ENOMEM;
    batch->files[batch->count++] = (struct file){
        .url = put(batch, entry->url),
        .name = put(batch, entry->name),
        .digests = put(batch, entry->file.digests),
        .xxh3 = put(batch, entry->file.xxh3),
        .size = entry->file.stamp.size,
    };
    if (batch->strings.failed)
        return UV_ENOMEM;
    batch->bytes += entry->file.stamp.size;
    bool is_full = batch->count == FILES_MAX || batch->bytes >= BYTES_MAX ||
                   batch->strings.used >= STRINGS_MAX;
    return is_full ? send_batch(pool) : 0;
}

int hl_verify_pool_finish(struct hl_verify_pool *pool)
{
    int r = pool->gathered != NULL ? send_batch(pool) : 0;
    while (r == 0 && pool->count > 0)
        r = take_oldest(pool);
    return r;
}

/* Gives the pool a thread for each processor, or as many as can be had. */
static int size_pool(void)
{
    uint32_t threads = uv_available_parallelism();
    threads = threads < THREADS_MAX ? threads : (uint32_t)THREADS_MAX;
    uint64_t stacks =
        hl_memory_left(threads * hl_threads_stack() + MEMORY_BESIDE);
    uint32_t left = hl_threads_left(threads);
    while (left > 0 && left * hl_threads_stack() + MEMORY_BESIDE > stacks)
        left--;
    if (left == 0)
        return UV_EAGAIN;
    hl_pool_size(left);
    return 0;
}

int hl_verify_pool_new(struct hl_verify_pool **out, struct hl_beneath *root,
                       hl_verify_fn fn, void *arg)
{
    struct hl_verify_pool *pool = calloc(1, sizeof(*pool));
    int r = pool != NULL ? size_pool() : UV_ENOMEM;
    if (r == 0)
        r = hl_loop_init(&pool->loop);
    if (r < 0) {
        free(pool);
        return r;
    }
    pool->root = root;
    pool->fn = fn;
    pool->arg = arg;
    *out = pool;
    return 0;
}

void hl_verify_pool_free(struct hl_verify_pool *pool)
{
    if (pool == NULL)
        return;
    for (unsigned i = 0; i < pool->count; i++) {
        struct batch *batch = pool->sent[(pool->first + i) % BATCHES_MAX];
        uv_cancel((uv_req_t *)&batch->work);
    }
    uv_run(&pool->loop, UV_RUN_DEFAULT);
    for (unsigned i = 0; i < pool->count; i++)
        free_batch(pool->sent[(pool->first + i) % BATCHES_MAX]);
    free_batch(pool->gathered);
    uv_loop_close(&pool->loop);
    free(pool);
}
