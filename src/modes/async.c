/*
 * Transfers on the event loop: take, add to curl_uv, and when it says done,
 * publish and finish. All knowledge of libcurl is in the glue.
 *
 * Structure: a slot is one transfer that can be under way. The loop touches no
 * file: bodies that ended in one turn go to the publisher together, which names
 * their files on the thread pool, and what streams (stream.h) is stored there
 * piece by piece.
 */
#include <stdlib.h>

#include "modes/loops.h"
#include "modes/mode.h"
#include "modes/origin.h"
#include "modes/publisher.h"
#include "modes/recorder.h"
#include "modes/stream.h"
#include "trace/loop_watch.h"
#include "transfer/connection.h"
#include "transfer/curl_uv.h"
#include "transfer/ending.h"
#include "transfer/xfer.h"
#include "util/container_of.h"
#include "util/open_files.h"

enum {
    TICK_MS = 1000, /* between looks at the speed of what is under way */
    /* One socket action runs all that is due: this many connects are one
     * callback's worth. */
    ADDS_A_TURN = 10,
    /* Connections of all loops, however few transfers there are; but no more
     * than one of so many files that may be open. */
    CONNECTIONS_MIN = 64,
    FILES_A_CONNECTION = 8,
    FILES_TO_KEEP = 24, /* no connection is kept where fewer may be open */
    /* Connections of one glue; libcurl's lists get long beyond. */
    SHARD_MAX = 256,
};

struct slot {
    struct async *async;
    struct shard *shard;  /* that its transfers run on */
    struct hl_xfer *xfer; /* made at first use, kept for its options */
    struct hl_job *job;   /* NULL: free */
    bool on_loop;         /* the glue has it */
    bool over; /* it ended, with curl_code, while a piece is stored */
    int curl_code;
    struct hl_stream stream;
    struct slot *next;                 /* in the free list */
    struct hl_publish_item publishing; /* its body is complete */
};

/* A part of the slots, with a glue of their own. */
struct shard {
    struct hl_curl_uv *glue;
    struct slot *free; /* the last used first: its connection is warm */
};

/* Owned by the engine's session. */
struct async {
    struct hl_mode_owner *owner;
    struct hl_fd_table sockets; /* that the shards watch */
    struct shard *shards;
    uint32_t shards_count;
    struct slot *slots;
    uint32_t slots_count;
    uint32_t free_count;
    struct hl_job *held; /* taken, but there was no memory for its transfer */
    struct hl_publisher publisher;
    struct hl_recorder recorder;
    struct hl_streams streams;
    uv_idle_t turn;  /* runs in the next turn: more adds, or files to name */
    uv_timer_t tick; /* unref'd */
    bool more_adds;
    bool few_files; /* may be open at all */
    unsigned open_handles;
    void (*closed)(void *arg);
    void *closed_arg;
};

static void put_free(struct slot *slot)
{
    slot->next = slot->shard->free;
    slot->shard->free = slot;
    slot->async->free_count++;
}

static void deliver(struct slot *slot)
{
    struct async *a = slot->async;
    struct hl_job *job = slot->job;
    struct hl_reply reply;
    /* The reply's strings live in the xfer until its next start, and that
     * takes a pump. */
    hl_xfer_reply(slot->xfer, &reply);
    slot->job = NULL;
    put_free(slot);
    if (reply.exhausted)
        atomic_store(a->owner->shared->short_ns, uv_hrtime());
    a->owner->finish(a->owner, job, &reply);
}

/* As start(), for a file that is to be fetched from its first byte on. */
static void start_again(struct slot *slot)
{
    slot->on_loop = true;
    if (hl_xfer_again(slot->xfer) == 0)
        hl_curl_uv_add(slot->shard->glue, slot->xfer);
    else
        hl_curl_uv_refuse(slot->shard->glue, slot->xfer);
}

static void conclude(struct slot *slot)
{
    hl_stream_release_file(&slot->stream);
    if (hl_xfer_wants_again(slot->xfer))
        start_again(slot);
    else
        deliver(slot);
}

static void on_published(struct hl_publisher *publisher,
                         struct hl_publish_item *item)
{
    (void)publisher;
    conclude(container_of(item, struct slot, publishing));
}

static void add_jobs(struct async *a);

static void on_uv_turn(uv_idle_t *turn)
{
    struct async *a = container_of(turn, struct async, turn);
    HL_IN_CALLBACK(a->owner->shared->trace, HL_CB_TURN);
    uv_idle_stop(turn);
    hl_publisher_send(&a->publisher);
    if (a->more_adds)
        add_jobs(a);
}

static void end_body(struct slot *slot, int curl_code)
{
    struct async *a = slot->async;
    const struct haul_options *o = a->owner->shared->options;
    hl_stream_end(&slot->stream);
    hl_xfer_finish(slot->xfer, curl_code);
    if (o->cpu_work_us > 0 && !o->cpu_work_on_pool) {
        HL_IN_PART(a->owner->shared->trace, HL_CB_WORK);
        hl_xfer_burn(slot->xfer);
    }
    if (!hl_xfer_has_file_work(slot->xfer)) {
        conclude(slot);
        return;
    }
    hl_publisher_add(&a->publisher, &slot->publishing);
    uv_idle_start(&a->turn, on_uv_turn);
}

static void on_curl_done(void *arg, struct hl_xfer *xfer, int curl_code)
{
    struct slot *slot = arg;
    slot->on_loop = false;
    slot->over = slot->stream.storing;
    slot->curl_code = curl_code;
    if (slot->over)
        hl_xfer_await_file(xfer, uv_hrtime());
    else
        end_body(slot, curl_code);
}

static void on_stored(struct hl_stream *stream, bool ok)
{
    struct slot *slot = container_of(stream, struct slot, stream);
    struct hl_curl_uv *glue = slot->shard->glue;
    if (slot->over && stream->storing)
        return;
    if (slot->over) {
        slot->over = false;
        end_body(slot, slot->curl_code);
    } else if (ok) {
        hl_curl_uv_stored(glue, slot->xfer);
    } else {
        hl_curl_uv_abort(glue, slot->xfer);
    }
}

static int on_xfer_part(void *arg, const struct hl_part *part)
{
    struct slot *slot = arg;
    return hl_recorder_put(&slot->async->recorder, slot->job, part);
}

static bool is_ready(struct slot *slot)
{
    const struct async *a = slot->async;
    uint32_t worker = a->owner->first_worker + (uint32_t)(slot - a->slots) + 1;
    if (slot->xfer != NULL)
        return true;
    if (hl_xfer_new(&slot->xfer, a->owner->shared, worker) < 0)
        return false;
    slot->publishing.xfer = slot->xfer;
    hl_curl_uv_adopt(slot->shard->glue, slot->xfer, slot);
    hl_xfer_on_part(slot->xfer, on_xfer_part, slot);
    hl_stream_init(&slot->stream, &slot->async->streams, slot->xfer);
    return true;
}

/* A host's transfers go to one shard, where its connections are, for as long
 * as that has room. NULL: no slot is free that has, or gets, its transfer. */
static struct slot *pop_slot(struct async *a, const struct hl_job *job)
{
    uint64_t first = a->shards_count > 1 ? hl_origin_hash(job->url) : 0;
    for (uint32_t i = 0; i < a->shards_count; i++) {
        struct shard *shard = &a->shards[(first + i) % a->shards_count];
        struct slot *slot = shard->free;
        if (slot == NULL || !is_ready(slot))
            continue;
        shard->free = slot->next;
        a->free_count--;
        return slot;
    }
    return NULL;
}

static bool is_short(const struct async *a)
{
    if (a->few_files)
        return true;
    uint64_t at = atomic_load(a->owner->shared->short_ns);
    return at != 0 && uv_hrtime() - at < HL_SHORT_FOR_NS;
}

static void start(struct slot *slot)
{
    slot->on_loop = true;
    int r = hl_xfer_start(slot->xfer, slot->job);
    if (is_short(slot->async))
        hl_xfer_keep_nothing(slot->xfer);
    if (r == 0)
        hl_curl_uv_add(slot->shard->glue, slot->xfer);
    else
        hl_curl_uv_refuse(slot->shard->glue, slot->xfer);
}

static struct hl_job *next_job(struct async *a)
{
    struct hl_job *job = a->held;
    a->held = NULL;
    return job != NULL ? job : a->owner->take(a->owner);
}

static void add_jobs(struct async *a)
{
    unsigned adds = 0;
    a->more_adds = false;
    while (a->free_count > 0) {
        if (adds++ == ADDS_A_TURN) {
            a->more_adds = true;
            uv_idle_start(&a->turn, on_uv_turn);
            return;
        }
        struct hl_job *job = next_job(a);
        struct slot *slot = job != NULL ? pop_slot(a, job) : NULL;
        if (slot == NULL) {
            a->held = job;
            return;
        }
        slot->job = job;
        start(slot);
    }
}

static void on_uv_tick(uv_timer_t *tick)
{
    struct async *a = container_of(tick, struct async, tick);
    for (uint32_t i = 0; i < a->slots_count; i++)
        if (a->slots[i].on_loop && hl_xfer_is_stalled(a->slots[i].xfer))
            hl_curl_uv_abort(a->slots[i].shard->glue, a->slots[i].xfer);
}

static void release(struct async *a)
{
    hl_fd_table_release(&a->sockets);
    free(a->shards);
    free(a->slots);
    free(a);
}

static uint32_t least_connections(const struct haul_options *o)
{
    uint64_t most = hl_open_files_most() / FILES_A_CONNECTION;
    uint32_t least = most < CONNECTIONS_MIN ? (uint32_t)most : CONNECTIONS_MIN;
    return least / o->loops;
}

static int open_shards(struct async *a, uint32_t jobs)
{
    const struct hl_mode_owner *owner = a->owner;
    uint32_t count = (jobs + SHARD_MAX - 1) / SHARD_MAX;
    uint32_t connections = jobs / count + 1;
    uint32_t least = least_connections(owner->shared->options);
    if (connections < least)
        connections = least;
    a->slots = calloc(jobs, sizeof(*a->slots));
    a->shards = calloc(count, sizeof(*a->shards));
    int r = a->slots == NULL || a->shards == NULL ? UV_ENOMEM : 0;
    while (r == 0 && a->shards_count < count) {
        struct hl_curl_uv **glue = &a->shards[a->shards_count].glue;
        r = hl_curl_uv_init(glue, owner->loop, owner->shared->trace,
                            &a->sockets, connections);
        if (r < 0)
            break;
        hl_curl_uv_on_done(*glue, on_curl_done);
        a->shards_count++;
    }
    return r;
}

static void open_slots(struct async *a, uint32_t jobs)
{
    a->slots_count = jobs;
    for (uint32_t i = jobs; i-- > 0;) {
        a->slots[i].async = a;
        a->slots[i].shard = &a->shards[i % a->shards_count];
        put_free(&a->slots[i]);
    }
}

/* Of a mode that did not open: frees it when the last shard is closed. */
static void on_unopened_closed(void *arg)
{
    struct async *a = arg;
    if (--a->open_handles == 0)
        release(a);
}

static int give_up(struct async *a, int code)
{
    a->open_handles = a->shards_count;
    if (a->shards_count == 0)
        release(a);
    else
        for (uint32_t i = a->shards_count; i-- > 0;)
            hl_curl_uv_close(a->shards[i].glue, on_unopened_closed, a);
    return code;
}

/* What the transfers' connections leave of this loop's share, less what else a
 * run has open; or half of it, where that is little. A loop that is one of
 * several has files itself. */
static uint32_t files_for_parts(const struct async *a)
{
    uint32_t loops = a->owner->shared->options->loops;
    uint64_t share = hl_open_files_most() / loops;
    uint64_t taken = (uint64_t)a->slots_count + a->shards_count +
                     (loops > 1 ? HL_OPEN_FILES_A_LOOP : 0);
    uint64_t left = share > taken ? share - taken : 0;
    uint64_t parts =
        left / 2 > HL_OPEN_FILES_SPARE ? left - HL_OPEN_FILES_SPARE : left / 2;
    if (parts == 0)
        return 1;
    return parts < a->slots_count ? (uint32_t)parts : a->slots_count;
}

static int async_open(void **state, struct hl_mode_owner *owner)
{
    struct async *a = calloc(1, sizeof(*a));
    uint32_t jobs = owner->shared->options->jobs;
    if (a == NULL)
        return UV_ENOMEM;
    a->owner = owner;
    a->few_files = hl_open_files_most() < FILES_TO_KEEP;
    hl_publisher_init(&a->publisher, owner, on_published);
    int r = open_shards(a, jobs);
    if (r < 0)
        return give_up(a, r);
    open_slots(a, jobs);
    hl_streams_init(&a->streams, owner, files_for_parts(a), on_stored);
    /* So that a run that gets no more memory still has one to go on with. */
    if (!is_ready(&a->slots[0]))
        return give_up(a, UV_ENOMEM);
    r = hl_recorder_init(&a->recorder, owner);
    if (r < 0) {
        hl_xfer_free(a->slots[0].xfer);
        return give_up(a, r);
    }
    uv_idle_init(owner->loop, &a->turn);
    uv_timer_init(owner->loop, &a->tick);
    uv_timer_start(&a->tick, on_uv_tick, TICK_MS, TICK_MS);
    uv_unref((uv_handle_t *)&a->tick);
    *state = a;
    return 0;
}

static void async_pump(void *state)
{
    add_jobs(state);
}

static void give_back_held(struct async *a)
{
    struct hl_job *job = a->held;
    a->held = NULL;
    if (job != NULL)
        hl_mode_owner_leave(a->owner, job);
}

static void async_cancel(void *state)
{
    struct async *a = state;
    give_back_held(a);
    if (!hl_stop_now(a->owner->shared->stop))
        return;
    for (uint32_t i = 0; i < a->slots_count; i++)
        if (a->slots[i].on_loop)
            hl_curl_uv_abort(a->slots[i].shard->glue, a->slots[i].xfer);
}

static void on_part_closed(void *arg)
{
    struct async *a = arg;
    if (--a->open_handles > 0)
        return;
    void (*closed)(void *closed_arg) = a->closed;
    void *closed_arg = a->closed_arg;
    release(a);
    closed(closed_arg);
}

static void on_uv_turn_closed(uv_handle_t *handle)
{
    on_part_closed(container_of(handle, struct async, turn));
}

static void on_uv_tick_closed(uv_handle_t *handle)
{
    on_part_closed(container_of(handle, struct async, tick));
}

static void async_close(void *state, void (*closed)(void *arg), void *arg)
{
    struct async *a = state;
    a->closed = closed;
    a->closed_arg = arg;
    a->open_handles = 3 + a->shards_count;
    for (uint32_t i = 0; i < a->slots_count; i++)
        hl_xfer_free(a->slots[i].xfer);
    for (uint32_t i = 0; i < a->shards_count; i++)
        hl_curl_uv_close(a->shards[i].glue, on_part_closed, a);
    hl_recorder_close(&a->recorder, on_part_closed, a);
    uv_close((uv_handle_t *)&a->turn, on_uv_turn_closed);
    uv_close((uv_handle_t *)&a->tick, on_uv_tick_closed);
}

static const struct hl_mode_calls calls = {
    .open = async_open,
    .pump = async_pump,
    .cancel = async_cancel,
    .close = async_close,
};

const struct hl_mode hl_mode_async = {
    .traits =
        {
            .summary = "all transfers on one event loop",
            .worker = "loop",
            .default_jobs = 256,
            .on_loop = true,
            .several_loops = true,
            .memory_a_job = 512 << 10,
            .files = {.a_job = 2,
                      .kept_least = CONNECTIONS_MIN,
                      .of_many = 512,
                      .floor = 19,
                      .floor_bare = 17},
        },
    .calls = &calls,
    .calls_of_loops = &hl_loops,
};
