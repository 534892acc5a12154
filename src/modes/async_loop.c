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
#include <string.h>

#include "modes/origin_hash.h"
#include "modes/part_recorder.h"
#include "modes/publisher.h"
#include "modes/stream.h"
#include "trace/loop_watch.h"
#include "transfer/connection.h"
#include "transfer/curl_uv.h"
#include "transfer/proxy.h"
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
    /* Glues at most, where fewer would do for the transfers: libcurl walks the
     * list of a glue's connections for each transfer. */
    GLUES_TO_SPREAD = 16,
    /* The groups with https keep one of so many of the connections that all
     * may: each takes some 80 kB. */
    HTTPS_PART = 4,
};

/* Room for one transfer. */
struct slot {
    struct one_loop *loop;
    struct group *group;  /* of the last job; NULL: there was none */
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

/* Jobs that share a glue, and so libcurl's connections. */
struct group {
    struct hl_curl_uv *glue; /* NULL: no job was for this group yet */
    uint32_t running;        /* slots */
    uint32_t connections; /* shared->connections, as the glue was last told */
};

/* Owned by the run's session, or by a loop thread. */
struct one_loop {
    struct hl_mode_owner *owner;
    struct hl_fd_table sockets; /* that the glues watch */
    struct hl_loop_turn loop_turn;
    struct group *groups;
    uint32_t groups_count;
    uint64_t first_origin; /* the hash of the first; 0: none yet */
    uint32_t https_groups; /* the first of the groups have these jobs */
    uint32_t http_groups;  /* as many have the others */
    uint32_t group_slots;  /* of one group at a time */
    /* Of one group, idle ones among them. */
    uint32_t https_connections; /* of one of the first https_groups */
    uint32_t group_connections; /* of another one */
    struct slot *slots;
    uint32_t slots_count;
    struct slot *free; /* the last used first: it has the latest TLS session */
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
    slot->next = slot->loop->free;
    slot->loop->free = slot;
    slot->loop->free_count++;
}

/* Passes a change of shared->connections on. */
static void limit_connections(const struct one_loop *l, struct group *group)
{
    uint32_t most = atomic_load(l->owner->shared->connections);
    if (most == group->connections)
        return;
    group->connections = most;
    hl_curl_uv_limit(group->glue, most);
}

static void deliver(struct slot *slot)
{
    struct one_loop *l = slot->loop;
    struct hl_job *job = slot->job;
    struct hl_reply reply;
    /* Also where no job starts: connections that idle may keep the server from
     * those that are in use. */
    limit_connections(l, slot->group);
    /* The reply's strings live in the xfer until its next job, which comes
     * with pump() at the earliest. */
    hl_xfer_reply(slot->xfer, &reply);
    slot->job = NULL;
    slot->group->running--;
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
    if (slot->over) {
        hl_direct_hurry(xfer);
        hl_xfer_await_file(xfer, uv_hrtime());
    } else {
        end_body(slot, curl_code);
    }
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
    } else if (!ok) {
        hl_curl_uv_abort(glue, slot->xfer);
    } else if (!hl_stream_may_be_direct(stream)) {
        hl_curl_uv_stored(glue, slot->xfer);
    } else if (hl_curl_uv_take_socket(glue, slot->xfer)) {
        hl_stream_goes_direct(stream);
    }
}

static void on_ran(struct hl_stream *stream, int next)
{
    struct slot *slot = container_of(stream, struct slot, stream);
    if (slot->over) {
        slot->over = false;
        end_body(slot, slot->curl_code);
    } else if (next == HL_DIRECT_RUN) {
        hl_stream_run(stream);
    } else {
        hl_curl_uv_ran(slot->group->glue, slot->xfer, next);
    }
}

static void on_readable(void *arg)
{
    struct slot *slot = arg;
    hl_stream_run(&slot->stream);
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
    hl_xfer_on_part(slot->xfer, on_xfer_part, slot);
    hl_stream_init(&slot->stream, &slot->loop->streams, slot->xfer);
    return true;
}

/* NULL without memory. */
static struct hl_curl_uv *glue_of(struct one_loop *l, struct group *group)
{
    const struct hl_mode_owner *owner = l->owner;
    bool is_https = group < l->groups + l->https_groups;
    uint32_t most = is_https ? l->https_connections : l->group_connections;
    if (group->glue == NULL &&
        hl_curl_uv_init(&group->glue, owner->loop, owner->shared->trace,
                        &l->loop_turn, &l->sockets, most) == 0)
        hl_curl_uv_on_done(group->glue, on_curl_done, on_readable);
    return group->glue;
}

/* How many of the groups the connections of all hosts are spread over. */
static uint32_t groups_for(const struct one_loop *l, const struct hl_job *job)
{
    bool is_https = strncmp(job->url, "https:", 6) == 0;
    return is_https ? l->https_groups : l->http_groups;
}

/* The first origin's is the first group, which is open already. */
static uint64_t group_of(struct one_loop *l, const char *url, uint32_t spread)
{
    if (spread == 1)
        return 0;
    uint64_t origin = hl_origin_hash(url);
    if (l->first_origin == 0)
        l->first_origin = origin;
    return (origin - l->first_origin) % spread;
}

/* The group that has the connections to the job's origin, or else the next one
 * with room: there is one while a slot is free. Without memory for its glue,
 * the first group, which has one. */
static struct group *group_for(struct one_loop *l, const struct hl_job *job)
{
    uint32_t spread = groups_for(l, job);
    uint64_t first = group_of(l, job->url, spread);
    struct group *group = &l->groups[first];
    for (uint32_t i = 1; group->running >= l->group_slots; i++)
        group = &l->groups[(first + i) % l->groups_count];
    return glue_of(l, group) != NULL ? group : &l->groups[0];
}

/* A free slot with an xfer; NULL: there is none, perhaps for want of memory. */
static struct slot *pop_slot(struct one_loop *l, const struct hl_job *job)
{
    struct slot *slot = l->free;
    if (slot == NULL || !is_ready(slot))
        return NULL;
    struct group *group = group_for(l, job);
    if (slot->group != group)
        hl_curl_uv_adopt(group->glue, slot->xfer, slot);
    slot->group = group;
    group->running++;
    l->free = slot->next;
    l->free_count--;
    return slot;
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
    struct one_loop *l = slot->loop;
    limit_connections(l, slot->group);
    slot->on_loop = true;
    hl_xfer_in_flight(slot->xfer, l->slots_count - l->free_count);
    int r = hl_xfer_start(slot->xfer, slot->job);
    if (is_short(l))
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
    for (uint32_t i = 0; i < l->groups_count; i++)
        if (l->groups[i].glue != NULL)
            hl_curl_uv_make_room(l->groups[i].glue, uv_hrtime());
}

static void release(struct one_loop *l)
{
    hl_fd_table_release(&l->sockets);
    free(l->groups);
    free(l->slots);
    free(l);
}

/* As many groups as the transfers need; and more, as long as each of them may
 * have all connections that it may need. Each glue parses the certificates that
 * it trusts, which takes 40 ms, so https is not spread further than the
 * transfers need. Nor are the connections to a proxy, which any host may use.
 */
static void divide(struct one_loop *l, uint32_t jobs)
{
    uint32_t kept = hl_file_budget_connections(&l->owner->shared->files);
    uint32_t least = (jobs + GLUE_SLOTS_MAX - 1) / GLUE_SLOTS_MAX;
    l->https_groups = least;
    l->group_slots = (jobs + least - 1) / least;
    uint32_t count = kept / (l->group_slots + 1);
    count = count < GLUES_TO_SPREAD ? count : (uint32_t)GLUES_TO_SPREAD;
    l->groups_count = count > least ? count : least;
    l->http_groups = hl_proxy_is_possible(l->owner->shared->options)
                         ? least
                         : l->groups_count;
    uint32_t connections = kept / l->groups_count;
    l->group_connections =
        connections > l->group_slots ? connections : l->group_slots + 1;
    uint32_t https = kept / HTTPS_PART / least;
    l->https_connections =
        https > l->group_connections ? https : l->group_connections;
}

static int open_groups(struct one_loop *l, uint32_t jobs)
{
    divide(l, jobs);
    l->slots = calloc(jobs, sizeof(*l->slots));
    l->groups = calloc(l->groups_count, sizeof(*l->groups));
    if (l->slots == NULL || l->groups == NULL)
        return UV_ENOMEM;
    return glue_of(l, &l->groups[0]) != NULL ? 0 : UV_ENOMEM;
}

static void open_slots(struct one_loop *l, uint32_t jobs)
{
    l->slots_count = jobs;
    for (uint32_t i = jobs; i-- > 0;) {
        l->slots[i].loop = l;
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

/* For what did not open: only the first group can have a glue. */
static int give_up(struct one_loop *l, int code)
{
    l->open_handles = 1;
    if (l->groups == NULL || l->groups[0].glue == NULL)
        release(l);
    else
        hl_curl_uv_close(l->groups[0].glue, on_part_closed, l);
    return code;
}

static uint32_t files_for_parts(const struct one_loop *l)
{
    uint32_t others = l->groups_count - l->https_groups;
    uint32_t connections =
        l->https_groups * l->https_connections + others * l->group_connections;
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
    hl_streams_init(&l->streams, owner, files_for_parts(l), on_stored, on_ran);
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
    l->open_handles = 4;
    for (uint32_t i = 0; i < l->slots_count; i++)
        hl_xfer_free(l->slots[i].xfer);
    for (uint32_t i = 0; i < l->groups_count; i++) {
        if (l->groups[i].glue == NULL)
            continue;
        l->open_handles++;
        hl_curl_uv_close(l->groups[i].glue, on_part_closed, l);
    }
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
