/*
 * Each job gets a slot, whose transfer runs in curl_uv.c. When the transfer is
 * done, its file is published and the job is finished.
 *
 * Structure: the loop's thread opens and writes no file. Large bodies are
 * stored on the thread pool, piece by piece (stream.h). Bodies that ended in
 * one turn of the loop go to the pool together, where their files get their
 * names (publisher.h).
 */
#include "modes/async_loop.h"

#include <stdlib.h>

#include "modes/origin_hash.h"
#include "modes/part_recorder.h"
#include "modes/publisher.h"
#include "modes/stream.h"
#include "trace/loop_watch.h"
#include "transfer/connection.h"
#include "transfer/curl_uv.h"
#include "transfer/reply.h"
#include "transfer/xfer.h"
#include "util/container_of.h"

enum {
    TICK_MS = 1000, /* between looks for transfers that are too slow */
    /* Transfers that are started in one turn: all of them connect in one
     * callback. */
    ADDS_A_TURN = 10,
    /* Transfers of one glue: with more, libcurl's lists get slow. */
    GLUE_SLOTS_MAX = 256,
};

/* Room for one transfer. */
struct slot {
    struct one_loop *loop;
    struct group *group;
    struct hl_xfer *xfer; /* made at first use, kept for its options */
    struct hl_job *job;   /* NULL: the slot is free */
    bool on_loop;         /* the transfer is with the glue */
    bool over;            /* the transfer ended with curl_code, but a piece of
                             its body is still being stored */
    int curl_code;
    struct hl_stream stream;
    struct slot *next; /* in the list of free slots */
    struct hl_publish_item publishing;
};

/* Slots that share a glue, and so libcurl's connections. */
struct group {
    struct hl_curl_uv *glue;
    struct slot *free; /* the last used first: its connection is open still */
};

/* Owned by the run's session, or by a loop thread. */
struct one_loop {
    struct hl_mode_owner *owner;
    struct hl_fd_table sockets; /* that the glues watch */
    struct hl_loop_turn loop_turn;
    struct group *groups;
    uint32_t groups_count;
    struct slot *slots;
    uint32_t slots_count;
    uint32_t free_count;
    struct hl_job *held; /* taken, but there is no memory for its transfer */
    struct hl_publisher publisher;
    struct hl_part_recorder recorder;
    struct hl_streams streams;
    uv_idle_t turn;  /* in the next turn there are jobs to add, or bodies to
                        send to the publisher */
    uv_timer_t tick; /* unref'd */
    bool more_adds;
    unsigned open_handles;
    void (*closed)(void *arg); /* NULL: it did not open */
    void *closed_arg;
};

static void put_free(struct slot *slot)
{
    slot->next = slot->group->free;
    slot->group->free = slot;
    slot->loop->free_count++;
}

static void deliver(struct slot *slot)
{
    struct one_loop *l = slot->loop;
    struct hl_job *job = slot->job;
    struct hl_reply reply;
    /* The reply's strings live in the xfer until its next job, which comes
     * with pump() at the earliest. */
    hl_xfer_reply(slot->xfer, &reply);
    slot->job = NULL;
    put_free(slot);
    if (reply.exhausted)
        atomic_store(l->owner->shared->short_ns, uv_hrtime());
    l->owner->finish(l->owner, job, &reply);
}

/* Like start(), for a job whose file must be fetched once more from its first
 * byte. */
static void start_again(struct slot *slot)
{
    slot->on_loop = true;
    if (hl_xfer_again(slot->xfer) == 0)
        hl_curl_uv_add(slot->group->glue, slot->xfer);
    else
        hl_curl_uv_refuse(slot->group->glue, slot->xfer);
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

static void add_jobs(struct one_loop *l);

static void on_uv_turn(uv_idle_t *turn)
{
    struct one_loop *l = container_of(turn, struct one_loop, turn);
    HL_IN_CALLBACK(l->owner->shared->trace, HL_CB_TURN);
    uv_idle_stop(turn);
    hl_publisher_send(&l->publisher);
    if (l->more_adds)
        add_jobs(l);
}

/* Files go to the pool together, at the end of the turn. But with work on the
 * loop a turn is long: each goes at once. */
static void end_body(struct slot *slot, int curl_code)
{
    struct one_loop *l = slot->loop;
    const struct haul_options *o = l->owner->shared->options;
    bool works = o->cpu_work_us > 0 && !o->cpu_work_on_pool;
    hl_stream_end(&slot->stream);
    hl_xfer_finish(slot->xfer, curl_code);
    if (works) {
        HL_IN_PART(l->owner->shared->trace, HL_CB_WORK);
        hl_xfer_burn(slot->xfer);
    }
    if (!hl_xfer_has_file_work(slot->xfer)) {
        conclude(slot);
        return;
    }
    hl_publisher_add(&l->publisher, &slot->publishing);
    if (works)
        hl_publisher_send(&l->publisher);
    else
        uv_idle_start(&l->turn, on_uv_turn);
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
    struct hl_curl_uv *glue = slot->group->glue;
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
    return hl_part_recorder_put(&slot->loop->recorder, slot->job, part);
}

static bool is_ready(struct slot *slot)
{
    const struct one_loop *l = slot->loop;
    uint32_t worker = l->owner->first_worker + (uint32_t)(slot - l->slots) + 1;
    if (slot->xfer != NULL)
        return true;
    if (hl_xfer_new(&slot->xfer, l->owner->shared, worker) < 0)
        return false;
    slot->publishing.xfer = slot->xfer;
    hl_curl_uv_adopt(slot->group->glue, slot->xfer, slot);
    hl_xfer_on_part(slot->xfer, on_xfer_part, slot);
    hl_stream_init(&slot->stream, &slot->loop->streams, slot->xfer);
    return true;
}

/* A free slot with an xfer: of the group that has the connections to the job's
 * origin, or else of the next group with room. NULL: there is none, perhaps for
 * want of memory. */
static struct slot *pop_slot(struct one_loop *l, const struct hl_job *job)
{
    uint64_t first = l->groups_count > 1 ? hl_origin_hash(job->url) : 0;
    for (uint32_t i = 0; i < l->groups_count; i++) {
        struct group *group = &l->groups[(first + i) % l->groups_count];
        struct slot *slot = group->free;
        if (slot == NULL || !is_ready(slot))
            continue;
        group->free = slot->next;
        l->free_count--;
        return slot;
    }
    return NULL;
}

static bool is_short(const struct one_loop *l)
{
    if (!hl_file_budget_keeps_idle(&l->owner->shared->files))
        return true;
    uint64_t at = atomic_load(l->owner->shared->short_ns);
    return at != 0 && uv_hrtime() - at < HL_SHORT_FOR_NS;
}

static void start(struct slot *slot)
{
    slot->on_loop = true;
    int r = hl_xfer_start(slot->xfer, slot->job);
    if (is_short(slot->loop))
        hl_xfer_keep_nothing(slot->xfer);
    if (r == 0)
        hl_curl_uv_add(slot->group->glue, slot->xfer);
    else
        hl_curl_uv_refuse(slot->group->glue, slot->xfer);
}

static struct hl_job *next_job(struct one_loop *l)
{
    struct hl_job *job = l->held;
    l->held = NULL;
    return job != NULL ? job : l->owner->take(l->owner);
}

static void add_jobs(struct one_loop *l)
{
    unsigned adds = 0;
    l->more_adds = false;
    while (l->free_count > 0) {
        if (adds++ == ADDS_A_TURN) {
            l->more_adds = true;
            uv_idle_start(&l->turn, on_uv_turn);
            return;
        }
        struct hl_job *job = next_job(l);
        struct slot *slot = job != NULL ? pop_slot(l, job) : NULL;
        if (slot == NULL) {
            l->held = job;
            return;
        }
        slot->job = job;
        start(slot);
    }
}

static void on_uv_tick(uv_timer_t *tick)
{
    struct one_loop *l = container_of(tick, struct one_loop, tick);
    for (uint32_t i = 0; i < l->slots_count; i++)
        if (l->slots[i].on_loop && hl_xfer_is_stalled(l->slots[i].xfer))
            hl_curl_uv_abort(l->slots[i].group->glue, l->slots[i].xfer);
}

static void release(struct one_loop *l)
{
    hl_fd_table_release(&l->sockets);
    free(l->groups);
    free(l->slots);
    free(l);
}

static int open_groups(struct one_loop *l, uint32_t jobs)
{
    const struct hl_mode_owner *owner = l->owner;
    uint32_t count = (jobs + GLUE_SLOTS_MAX - 1) / GLUE_SLOTS_MAX;
    uint32_t connections = jobs / count + 1;
    uint32_t least = hl_file_budget_connections(&owner->shared->files);
    if (connections < least)
        connections = least;
    l->slots = calloc(jobs, sizeof(*l->slots));
    l->groups = calloc(count, sizeof(*l->groups));
    int r = l->slots == NULL || l->groups == NULL ? UV_ENOMEM : 0;
    while (r == 0 && l->groups_count < count) {
        struct hl_curl_uv **glue = &l->groups[l->groups_count].glue;
        r = hl_curl_uv_init(glue, owner->loop, owner->shared->trace,
                            &l->loop_turn, &l->sockets, connections);
        if (r < 0)
            break;
        hl_curl_uv_on_done(*glue, on_curl_done);
        l->groups_count++;
    }
    return r;
}

static void open_slots(struct one_loop *l, uint32_t jobs)
{
    l->slots_count = jobs;
    for (uint32_t i = jobs; i-- > 0;) {
        l->slots[i].loop = l;
        l->slots[i].group = &l->groups[i % l->groups_count];
        put_free(&l->slots[i]);
    }
}

static void on_part_closed(void *arg)
{
    struct one_loop *l = arg;
    if (--l->open_handles > 0)
        return;
    void (*closed)(void *closed_arg) = l->closed;
    void *closed_arg = l->closed_arg;
    release(l);
    if (closed != NULL)
        closed(closed_arg);
}

static int give_up(struct one_loop *l, int code)
{
    l->open_handles = l->groups_count;
    if (l->groups_count == 0)
        release(l);
    else
        for (uint32_t i = l->groups_count; i-- > 0;)
            hl_curl_uv_close(l->groups[i].glue, on_part_closed, l);
    return code;
}

static uint32_t files_for_parts(const struct one_loop *l)
{
    uint32_t connections = l->slots_count + l->groups_count;
    uint64_t parts =
        hl_file_budget_parts(&l->owner->shared->files, connections);
    return parts < l->slots_count ? (uint32_t)parts : l->slots_count;
}

static int one_loop_open(void **state, struct hl_mode_owner *owner)
{
    struct one_loop *l = calloc(1, sizeof(*l));
    uint32_t jobs = owner->shared->options->jobs;
    if (l == NULL)
        return UV_ENOMEM;
    l->owner = owner;
    hl_publisher_init(&l->publisher, owner, on_published);
    int r = open_groups(l, jobs);
    if (r < 0)
        return give_up(l, r);
    open_slots(l, jobs);
    hl_streams_init(&l->streams, owner, files_for_parts(l), on_stored);
    /* The first xfer is made now: with it a run goes on where it gets no more
     * memory. */
    if (!is_ready(&l->slots[0]))
        return give_up(l, UV_ENOMEM);
    r = hl_part_recorder_init(&l->recorder, owner);
    if (r < 0) {
        hl_xfer_free(l->slots[0].xfer);
        return give_up(l, r);
    }
    hl_loop_turn_open(&l->loop_turn, owner->loop);
    uv_idle_init(owner->loop, &l->turn);
    uv_timer_init(owner->loop, &l->tick);
    uv_timer_start(&l->tick, on_uv_tick, TICK_MS, TICK_MS);
    uv_unref((uv_handle_t *)&l->tick);
    *state = l;
    return 0;
}

static void one_loop_pump(void *state)
{
    add_jobs(state);
}

static void give_back_held(struct one_loop *l)
{
    struct hl_job *job = l->held;
    l->held = NULL;
    if (job != NULL)
        hl_mode_owner_leave(l->owner, job);
}

static void one_loop_cancel(void *state)
{
    struct one_loop *l = state;
    give_back_held(l);
    if (!hl_stop_is_due(l->owner->shared->stop))
        return;
    for (uint32_t i = 0; i < l->slots_count; i++)
        if (l->slots[i].on_loop)
            hl_curl_uv_abort(l->slots[i].group->glue, l->slots[i].xfer);
}

static void on_uv_turn_closed(uv_handle_t *handle)
{
    on_part_closed(container_of(handle, struct one_loop, turn));
}

static void on_uv_tick_closed(uv_handle_t *handle)
{
    on_part_closed(container_of(handle, struct one_loop, tick));
}

static void one_loop_close(void *state, void (*closed)(void *arg), void *arg)
{
    struct one_loop *l = state;
    l->closed = closed;
    l->closed_arg = arg;
    l->open_handles = 4 + l->groups_count;
    for (uint32_t i = 0; i < l->slots_count; i++)
        hl_xfer_free(l->slots[i].xfer);
    for (uint32_t i = 0; i < l->groups_count; i++)
        hl_curl_uv_close(l->groups[i].glue, on_part_closed, l);
    hl_part_recorder_close(&l->recorder, on_part_closed, l);
    hl_loop_turn_close(&l->loop_turn, on_part_closed, l);
    uv_close((uv_handle_t *)&l->turn, on_uv_turn_closed);
    uv_close((uv_handle_t *)&l->tick, on_uv_tick_closed);
}

const struct hl_mode_calls hl_one_loop = {
    .open = one_loop_open,
    .pump = one_loop_pump,
    .cancel = one_loop_cancel,
    .close = one_loop_close,
};
