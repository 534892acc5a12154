#include "util/threads.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <unistd.h>

enum {
    TRIAL_STACK = 64 * 1024,   /* of a thread that does nothing */
    STACK_FRUGAL = 512 * 1024, /* where memory is limited */
    STACK_UNLIMITED = 2 << 20, /* what libuv takes without a limit */
    STACK_MOST = 8 << 20,      /* more is of no use */
    MEMORY_STEP = 64 * 1024,
};

/* A thread that is started only to see whether it can be. */
struct trial {
    pthread_t thread;
    pid_t id;
    pthread_mutex_t *all_started;
};

bool hl_memory_is_limited(void)
{
    struct rlimit space = {.rlim_cur = RLIM_INFINITY};
    struct rlimit data = {.rlim_cur = RLIM_INFINITY};
    getrlimit(RLIMIT_AS, &space);
    getrlimit(RLIMIT_DATA, &data);
    return space.rlim_cur != RLIM_INFINITY || data.rlim_cur != RLIM_INFINITY;
}

/* libuv reads the limit for each thread, but the C library has read it when the
 * program began. */
static void set_stack(struct rlimit *limit, rlim_t size)
{
    pthread_attr_t attributes;
    limit->rlim_cur = size < limit->rlim_max ? size : limit->rlim_max;
    if (setrlimit(RLIMIT_STACK, limit) < 0 ||
        pthread_attr_init(&attributes) != 0)
        return;
    pthread_attr_setstacksize(&attributes, limit->rlim_cur);
    pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
}

bool hl_threads_fit_stacks(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) < 0)
        return true;
    if (limit.rlim_max < HL_STACK_LEAST)
        return false;
    if (limit.rlim_cur < HL_STACK_LEAST)
        set_stack(&limit, STACK_MOST);
    if (limit.rlim_cur > STACK_FRUGAL && hl_memory_is_limited())
        set_stack(&limit, STACK_FRUGAL);
    else if (limit.rlim_cur > STACK_MOST && limit.rlim_cur != RLIM_INFINITY)
        set_stack(&limit, STACK_MOST);
    return true;
}

uint64_t hl_threads_stack(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
        return STACK_UNLIMITED;
    return limit.rlim_cur;
}

static void *run(void *arg)
{
    struct trial *trial = arg;
    trial->id = gettid();
    pthread_mutex_lock(trial->all_started);
    pthread_mutex_unlock(trial->all_started);
    return NULL;
}

static bool start(struct trial *trial, char *stack)
{
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setstack(&attributes, stack, TRIAL_STACK);
    int r = pthread_create(&trial->thread, &attributes, run, trial);
    pthread_attr_destroy(&attributes);
    return r == 0;
}

/* Waits until a thread has ended, and until the kernel no longer counts it,
 * which is a moment later. */
static void await_end(struct trial *trial)
{
    pthread_join(trial->thread, NULL);
    while (tgkill(getpid(), trial->id, 0) == 0)
        sched_yield();
}

static uint32_t start_all(struct trial *trials, uint32_t count, char *stacks)
{
    pthread_mutex_t all_started = PTHREAD_MUTEX_INITIALIZER;
    uint32_t started = 0;
    pthread_mutex_lock(&all_started);
    for (; started < count; started++) {
        trials[started].all_started = &all_started;
        if (!start(&trials[started], stacks + (size_t)started * TRIAL_STACK))
            break;
    }
    pthread_mutex_unlock(&all_started);
    for (uint32_t i = 0; i < started; i++)
        await_end(&trials[i]);
    pthread_mutex_destroy(&all_started);
    return started;
}

static void *map(size_t size)
{
    return mmap(NULL, size, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

uint32_t hl_threads_left(uint32_t most)
{
    char *stacks = MAP_FAILED;
    while (most > 0 && (stacks = map((size_t)most * TRIAL_STACK)) == MAP_FAILED)
        most /= 2;
    if (stacks == MAP_FAILED)
        return 0;
    struct trial *trials = calloc(most, sizeof(*trials));
    uint32_t left = trials != NULL ? start_all(trials, most, stacks) : 0;
    free(trials);
    munmap(stacks, (size_t)most * TRIAL_STACK);
    return left;
}

static bool fits(uint64_t size)
{
    void *at = map(size);
    if (at == MAP_FAILED)
        return false;
    munmap(at, size);
    return true;
}

uint64_t hl_memory_left(uint64_t most)
{
    uint64_t left = 0;
    if (fits(most))
        return most;
    while (most - left > MEMORY_STEP) {
        uint64_t half = left + (most - left) / 2;
        if (fits(half))
            left = half;
        else
            most = half;
    }
    return left;
}
