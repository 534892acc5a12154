/*
 * Transfers that block, each in a worker process. A worker gets its next job
 * when it has ended the one before. slot.c starts the workers and follows a
 * job; the mode chooses the slot for a job, and kills workers that hang.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "modes/mode.h"
#include "util/container_of.h"
#include "util/time_units.h"
#include "worker/slot.h"

enum {
    ANSWER_MS = 1000, /* a worker may take to end a transfer that must end */
    EXIT_MS = 2000,   /* a worker may take to exit once its input has ended */
    LOOK_MS = 1000,   /* between two looks for workers that hang, at most */
    LOOKS_MIN = 30,   /* in the time after which a worker hangs */
    LOOKS_DYING = 10, /* until a killed worker counts as lost */
    LOOKS_DYING_STOPPED = 2, /* the same when the run must stop now */
    LATE_MS = 1000, /* a look that is so late says nothing about the workers */
};

/* Owned by the run's session; freed when its last handle is closed. */
struct processes {
    struct hl_mode_owner *owner;
    struct hl_slot_group group;
    struct hl_slot *slots;
    uint32_t slots_count;
    unsigned open_timers;
    uv_timer_t patience; /* kills children that were told to stop or exit */
    uv_timer_t look;     /* looks for workers that hang */
    uint64_t look_ms;    /* its interval */
    uint64_t last_look;  /* uv_hrtime() */
    struct hl_child_patience looks;
    bool closing;
    void (*closed)(void *arg);
    void *closed_arg;
};

/* A free slot: one that has a child, or else the one that may spawn a child
 * soonest. NULL: there is none. */
static struct hl_slot *free_slot(struct processes *mode)
{
    struct hl_slot *best = NULL;
    for (uint32_t i = 0; i < mode->slots_count; i++) {
        struct hl_slot *slot = &mode->slots[i];
        if (slot->job != NULL || slot->lost)
            continue;
        if (slot->child != NULL)
            return slot;
        if (best == NULL || slot->barren < best->barren)
            best = slot;
    }
    return best;
}

static void processes_pump(void *state)
{
    struct processes *mode = state;
    struct hl_mode_owner *owner = mode->owner;
    struct hl_slot *slot;
    while ((slot = free_slot(mode)) != NULL) {
        struct hl_job *job = owner->take(owner);
        if (job == NULL)
            return;
        hl_slot_begin(slot, job);
    }
}

static void on_uv_patience(uv_timer_t *timer)
{
    struct processes *mode = container_of(timer, struct processes, patience);
    for (uint32_t i = 0; i < mode->slots_count; i++) {
        struct hl_slot *slot = &mode->slots[i];
        if (slot->child != NULL && (mode->closing || slot->job != NULL))
            hl_child_kill(slot->child);
    }
}

/* While this process was stopped or its loop was held up, nobody read what the
 * workers sent. */
static bool was_late(struct processes *mode)
{
    uint64_t now = uv_hrtime();
    uint64_t passed_ms = (now - mode->last_look) / HL_NS_PER_MS;
    mode->last_look = now;
    return passed_ms > mode->look_ms + LATE_MS;
}

static void on_uv_look(uv_timer_t *timer)
{
    struct processes *mode = container_of(timer, struct processes, look);
    struct hl_child_patience looks = mode->looks;
    bool late = was_late(mode);
    if (hl_stop_is_due(mode->owner->shared->stop))
        looks.dying = LOOKS_DYING_STOPPED;
    for (uint32_t i = 0; i < mode->slots_count; i++) {
        struct hl_child *child = mode->slots[i].child;
        if (child != NULL && late)
            hl_child_forgive(child);
        else if (child != NULL)
            hl_child_look(child, &looks);
    }
}

/* Patience counts looks, not time: a look that comes late counts once. */
static void begin_to_look(struct processes *mode)
{
    const struct hl_mode_owner *owner = mode->owner;
    uint64_t timeout_ms = owner->shared->options->worker_timeout_ms;
    uint64_t most_ms = timeout_ms / LOOKS_MIN;
    mode->look_ms = most_ms < LOOK_MS ? most_ms : LOOK_MS;
    mode->looks = (struct hl_child_patience){
        .silent = (unsigned)(timeout_ms / mode->look_ms),
        .dying = LOOKS_DYING,
    };
    mode->last_look = uv_hrtime();
    uv_timer_init(owner->loop, &mode->look);
    uv_timer_start(&mode->look, on_uv_look, mode->look_ms, mode->look_ms);
    uv_unref((uv_handle_t *)&mode->look); /* the children hold the loop */
}

/* A child with a job ends the job itself, or the patience timer kills the
 * child. A job that waits for a child is not begun any more. */
static void processes_cancel(void *state)
{
    struct processes *mode = state;
    if (hl_stop_is_due(mode->owner->shared->stop) &&
        !uv_is_active((uv_handle_t *)&mode->patience))
        uv_timer_start(&mode->patience, on_uv_patience, ANSWER_MS, 0);
    for (uint32_t i = 0; i < mode->slots_count; i++)
        hl_slot_cancel(&mode->slots[i]);
}

static void on_timer_closed(struct processes *mode)
{
    if (--mode->open_timers > 0)
        return;
    void (*closed)(void *arg) = mode->closed;
    void *arg = mode->closed_arg;
    free(mode->slots);
    free(mode);
    closed(arg);
}

static void on_uv_close_timer(uv_handle_t *handle)
{
    struct hl_slot *slot = container_of(handle, struct hl_slot, timer);
    on_timer_closed(container_of(slot->group, struct processes, group));
}

static void on_uv_close_patience(uv_handle_t *handle)
{
    on_timer_closed(container_of(handle, struct processes, patience));
}

static void on_uv_close_look(uv_handle_t *handle)
{
    on_timer_closed(container_of(handle, struct processes, look));
}

static void close_timers_when_alone(struct processes *mode)
{
    if (mode->group.children > 0 ||
        uv_is_closing((uv_handle_t *)&mode->patience))
        return;
    for (uint32_t i = 0; i < mode->slots_count; i++)
        uv_close((uv_handle_t *)&mode->slots[i].timer, on_uv_close_timer);
    uv_close((uv_handle_t *)&mode->patience, on_uv_close_patience);
    uv_close((uv_handle_t *)&mode->look, on_uv_close_look);
}

static void on_slot_finish(struct hl_slot_group *group, struct hl_job *job,
                           const struct hl_reply *reply)
{
    struct processes *mode = container_of(group, struct processes, group);
    mode->owner->finish(mode->owner, job, reply);
}

static int on_slot_part_begun(struct hl_slot_group *group, struct hl_job *job,
                              const struct hl_part *part)
{
    struct processes *mode = container_of(group, struct processes, group);
    return mode->owner->part_begun(mode->owner, job, part);
}

/* Then nobody is left to do a job: what waits is left for the next run. */
static bool all_are_lost(const struct processes *mode)
{
    for (uint32_t i = 0; i < mode->slots_count; i++)
        if (!mode->slots[i].lost)
            return false;
    return true;
}

static void on_child_gone(struct hl_slot_group *group)
{
    struct processes *mode = container_of(group, struct processes, group);
    if (mode->closing)
        close_timers_when_alone(mode);
    else if (all_are_lost(mode))
        hl_stop_raise(group->shared->stop);
}

static void processes_close(void *state, void (*closed)(void *arg), void *arg)
{
    struct processes *mode = state;
    mode->closing = true;
    mode->closed = closed;
    mode->closed_arg = arg;
    for (uint32_t i = 0; i < mode->slots_count; i++) {
        if (mode->slots[i].child != NULL)
            hl_child_end_input(mode->slots[i].child);
    }
    uv_timer_start(&mode->patience, on_uv_patience, EXIT_MS, 0);
    close_timers_when_alone(mode);
}

/* The spawn looks for a command without a slash in PATH. */
static int check_command(const char *const *argv)
{
    if (argv == NULL || argv[0] == NULL)
        return HAUL_EINVAL;
    if (strchr(argv[0], '/') != NULL && access(argv[0], X_OK) < 0)
        return -errno;
    return 0;
}

static int processes_open(void **state, struct hl_mode_owner *owner)
{
    int r = check_command(owner->shared->options->worker_argv);
    if (r < 0)
        return r;
    struct processes *mode = calloc(1, sizeof(*mode));
    if (mode == NULL)
        return UV_ENOMEM;
    mode->owner = owner;
    mode->group = (struct hl_slot_group){.loop = owner->loop,
                                         .shared = owner->shared,
                                         .finish = on_slot_finish,
                                         .part_begun = on_slot_part_begun,
                                         .child_gone = on_child_gone};
    mode->slots_count = owner->shared->options->jobs;
    mode->slots = calloc(mode->slots_count, sizeof(*mode->slots));
    if (mode->slots == NULL) {
        free(mode);
        return UV_ENOMEM;
    }
    for (uint32_t i = 0; i < mode->slots_count; i++)
        hl_slot_init(&mode->slots[i], &mode->group, i + 1);
    uv_timer_init(owner->loop, &mode->patience);
    uv_unref((uv_handle_t *)&mode->patience); /* the children hold the loop */
    begin_to_look(mode);
    mode->open_timers = mode->slots_count + 2;
    *state = mode;
    return 0;
}

static const struct hl_mode_calls calls = {
    .open = processes_open,
    .pump = processes_pump,
    .cancel = processes_cancel,
    .close = processes_close,
};

const struct hl_mode hl_mode_processes = {
    .traits =
        {
            .summary = "blocking transfers in worker processes",
            .worker = "process",
            .default_jobs = 5,
            .blocks = true,
            .in_processes = true,
            .tasks_a_job = 2, /* a process and its thread that reads */
            .memory_a_job = 64 << 10,
            .files = {.a_job = 2, .floor = 19, .floor_bare = 19},
        },
    .calls = &calls,
};
