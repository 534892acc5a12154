#include "schedule/dns_lookups.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <utlist.h>

#include "util/closing.h"
#include "util/container_of.h"
#include "util/open_files.h"
#include "util/time_units.h"

enum {
    NAME_MAX_SIZE = 256,
    FILES_A_LOOKUP = 2, /* a file of /etc, and a socket */
    NAP_NS = 50000000,
    NAPS_MAX = 200,
    HANGING_MAX = 8, /* hanging threads at most, for each of jobs */
    TICKS = 8,       /* looks for hanging lookups in each timeout_ms */
};

/* A name that is looked up. Owned by the queue that it is in. */
struct hl_host_lookup {
    struct hl_lookups *lookups;
    struct hl_host *host; /* loop thread only; NULL: forgotten */
    char name[NAME_MAX_SIZE];
    struct hl_addresses *addresses;
    enum haul_error error;
    uint64_t begun_ns;
    uint64_t started_ns; /* when a thread took it */
    uint64_t took_us;
    bool
        replaced; /* its thread hangs, and another has taken that one's place */
    struct hl_host_lookup *prev;
    struct hl_host_lookup *next;
};

/* What the threads and the loop share. The last of them to leave frees it. */
struct shared {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct hl_host_lookup *wanted;
    struct hl_host_lookup *started;
    struct hl_host_lookup *done;
    uv_async_t *wake; /* NULL: nobody listens any more */
    unsigned users;   /* threads, and the loop */
    unsigned idle;    /* threads that wait for a name */
    unsigned wanted_count;
};

/* Owned by the session; freed when its handles have closed. */
struct hl_lookups {
    struct shared *shared;
    uv_async_t wake; /* keeps the loop alive while a host waits */
    uv_timer_t tick; /* runs while a host waits */
    struct hl_closing closing;
    uint32_t waiting; /* hosts */
    uint32_t timeout_ms;
    uint32_t jobs;
    uint32_t threads; /* without those that hang */
    uint32_t hanging; /* threads that were replaced */
    hl_lookups_fn told;
    void *arg;
    void (*closed)(void *arg);
    void *closed_arg;
};

static void lookup_free(struct hl_host_lookup *lookup)
{
    free(lookup->addresses);
    free(lookup);
}

static void free_list(struct hl_host_lookup **list)
{
    struct hl_host_lookup *lookup;
    while ((lookup = *list) != NULL) {
        DL_DELETE(*list, lookup);
        lookup_free(lookup);
    }
}

/* To be called with the lock held. Releases it. */
static void leave(struct shared *shared)
{
    bool last = --shared->users == 0;
    pthread_mutex_unlock(&shared->lock);
    if (!last)
        return;
    free_list(&shared->wanted);
    free_list(&shared->done);
    pthread_cond_destroy(&shared->changed);
    pthread_mutex_destroy(&shared->lock);
    free(shared);
}

static bool put_address(char out[HL_ADDRESS_SIZE], const struct sockaddr *from)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    if (from->sa_family == AF_INET) {
        memcpy(&in, from, sizeof(in));
        return inet_ntop(AF_INET, &in.sin_addr, out, HL_ADDRESS_SIZE) != NULL;
    }
    if (from->sa_family != AF_INET6)
        return false;
    memcpy(&in6, from, sizeof(in6));
    return inet_ntop(AF_INET6, &in6.sin6_addr, out, HL_ADDRESS_SIZE) != NULL;
}

static struct hl_addresses *copy_addresses(const struct addrinfo *info)
{
    struct hl_addresses *out =
        calloc(1, sizeof(*out) + sizeof(out->text[0]) * HL_ADDRESSES_MAX);
    for (; out != NULL && info != NULL && out->count < HL_ADDRESSES_MAX;
         info = info->ai_next)
        out->count += put_address(out->text[out->count], info->ai_addr);
    return out;
}

/* A lookup that cannot open /etc/hosts says that there is no such host. So wait
 * until there are files to open: transfers end and close theirs. */
static void wait_for_files(void)
{
    for (int i = 0; i < NAPS_MAX; i++) {
        if (hl_open_files_left(FILES_A_LOOKUP) == FILES_A_LOOKUP)
            return;
        nanosleep(&(struct timespec){.tv_nsec = NAP_NS}, NULL);
    }
}

/* Blocks for as long as the system's resolver does. */
static void look_up(struct hl_host_lookup *lookup)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *info = NULL;
    wait_for_files();
    int r = getaddrinfo(lookup->name, NULL, &hints, &info);
    if (r == 0) {
        lookup->addresses = copy_addresses(info);
        freeaddrinfo(info);
    }
    if (lookup->addresses == NULL || lookup->addresses->count == 0)
        lookup->error = r == EAI_NONAME || r == EAI_NODATA ? HAUL_ERR_NODOMAIN
                                                           : HAUL_ERR_DNS;
    lookup->took_us = (uv_hrtime() - lookup->begun_ns) / HL_NS_PER_US;
}

static void *serve(void *arg)
{
    struct shared *shared = arg;
    pthread_mutex_lock(&shared->lock);
    for (;;) {
        while (shared->wanted == NULL && shared->wake != NULL) {
            shared->idle++;
            pthread_cond_wait(&shared->changed, &shared->lock);
            shared->idle--;
        }
        if (shared->wake == NULL)
            break;
        struct hl_host_lookup *lookup = shared->wanted;
        DL_DELETE(shared->wanted, lookup);
        shared->wanted_count--;
        lookup->started_ns = uv_hrtime();
        DL_APPEND(shared->started, lookup);
        pthread_mutex_unlock(&shared->lock);
        look_up(lookup);
        pthread_mutex_lock(&shared->lock);
        bool replaced = lookup->replaced;
        /* It is still in this list: it is the first, or has one before it.
         * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        DL_DELETE(shared->started, lookup);
        DL_APPEND(shared->done, lookup);
        if (shared->wake != NULL)
            uv_async_send(shared->wake);
        if (replaced)
            break;
    }
    leave(shared);
    return NULL;
}

static void on_uv_tick(uv_timer_t *tick);

static void count_waiting(struct hl_lookups *lookups, int more)
{
    uint64_t every_ms = lookups->timeout_ms / TICKS + 1;
    lookups->waiting += (uint32_t)more;
    if (lookups->waiting > 0) {
        uv_ref((uv_handle_t *)&lookups->wake);
        if (!uv_is_active((uv_handle_t *)&lookups->tick))
            uv_timer_start(&lookups->tick, on_uv_tick, every_ms, every_ms);
    } else {
        uv_unref((uv_handle_t *)&lookups->wake);
        uv_timer_stop(&lookups->tick);
    }
}

void hl_lookups_forget(struct hl_host *host)
{
    count_waiting(host->lookup->lookups, -1);
    host->lookup->host = NULL;
    host->lookup = NULL;
}

static void forget_list(struct hl_host_lookup *list)
{
    struct hl_host_lookup *lookup;
    DL_FOREACH (list, lookup) {
        if (lookup->host != NULL)
            hl_lookups_forget(lookup->host);
    }
}

void hl_lookups_forget_all(struct hl_lookups *lookups)
{
    pthread_mutex_lock(&lookups->shared->lock);
    forget_list(lookups->shared->wanted);
    forget_list(lookups->shared->started);
    forget_list(lookups->shared->done);
    pthread_mutex_unlock(&lookups->shared->lock);
}

static void tell(struct hl_lookups *lookups, struct hl_host_lookup *lookup)
{
    struct hl_host *host = lookup->host;
    struct hl_addresses *addresses = NULL;
    if (host != NULL) {
        hl_lookups_forget(host);
        host->lookup_us = lookup->took_us;
        if (lookup->error == HAUL_OK) {
            addresses = lookup->addresses;
            lookup->addresses = NULL;
        }
        lookups->told(lookups->arg, host, addresses, lookup->error);
    }
    lookups->hanging -= lookup->replaced;
    lookup_free(lookup);
}

static void on_uv_wake(uv_async_t *wake)
{
    struct hl_lookups *lookups = container_of(wake, struct hl_lookups, wake);
    for (;;) {
        pthread_mutex_lock(&lookups->shared->lock);
        struct hl_host_lookup *lookup = lookups->shared->done;
        if (lookup != NULL)
            DL_DELETE(lookups->shared->done, lookup);
        pthread_mutex_unlock(&lookups->shared->lock);
        if (lookup == NULL)
            return;
        tell(lookups, lookup);
    }
}

static struct shared *shared_new(uv_async_t *wake)
{
    struct shared *shared = calloc(1, sizeof(*shared));
    if (shared == NULL)
        return NULL;
    pthread_mutex_init(&shared->lock, NULL);
    pthread_cond_init(&shared->changed, NULL);
    shared->wake = wake;
    shared->users = 1;
    return shared;
}

int hl_lookups_open(struct hl_lookups **out, uv_loop_t *loop,
                    const struct hl_lookups_limits *limits, hl_lookups_fn done,
                    void *arg)
{
    struct hl_lookups *lookups = calloc(1, sizeof(*lookups));
    *out = NULL;
    if (lookups == NULL)
        return UV_ENOMEM;
    lookups->shared = shared_new(&lookups->wake);
    int r = lookups->shared != NULL
                ? uv_async_init(loop, &lookups->wake, on_uv_wake)
                : UV_ENOMEM;
    if (r < 0) {
        free(lookups->shared);
        free(lookups);
        return r;
    }
    uv_timer_init(loop, &lookups->tick);
    uv_unref((uv_handle_t *)&lookups->wake);
    lookups->jobs = limits->jobs;
    lookups->timeout_ms = limits->timeout_ms;
    lookups->told = done;
    lookups->arg = arg;
    *out = lookups;
    return 0;
}

static void on_closed(void *arg)
{
    struct hl_lookups *lookups = arg;
    void (*closed)(void *arg) = lookups->closed;
    void *closed_arg = lookups->closed_arg;
    free(lookups);
    closed(closed_arg);
}

void hl_lookups_close(struct hl_lookups *lookups, void (*closed)(void *arg),
                      void *arg)
{
    lookups->closed = closed;
    lookups->closed_arg = arg;
    hl_lookups_forget_all(lookups);
    pthread_mutex_lock(&lookups->shared->lock);
    lookups->shared->wake = NULL;
    pthread_cond_broadcast(&lookups->shared->changed);
    leave(lookups->shared);
    lookups->shared = NULL;
    lookups->closing = (struct hl_closing){.closed = on_closed, .arg = lookups};
    hl_closing_handle(&lookups->closing, (uv_handle_t *)&lookups->wake);
    hl_closing_handle(&lookups->closing, (uv_handle_t *)&lookups->tick);
}

/* Starts a thread, unless one is free or there are enough. */
static void provide_thread(struct hl_lookups *lookups)
{
    pthread_attr_t detached;
    pthread_t thread;
    if (lookups->shared->idle > lookups->shared->wanted_count ||
        lookups->threads == lookups->jobs)
        return;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    lookups->shared->users++;
    if (pthread_create(&thread, &detached, serve, lookups->shared) == 0)
        lookups->threads++;
    else
        lookups->shared->users--;
    pthread_attr_destroy(&detached);
}

/* To be called with the lock held. @return a lookup that a host waits for and
 * that has taken longer than timeout_ms; or NULL. */
static struct hl_host_lookup *find_overdue(const struct hl_lookups *lookups)
{
    uint64_t most = (uint64_t)lookups->timeout_ms * HL_NS_PER_MS;
    uint64_t now = uv_hrtime();
    struct hl_host_lookup *lookup;
    DL_FOREACH (lookups->shared->started, lookup) {
        if (lookup->host != NULL && now - lookup->started_ns >= most)
            return lookup;
    }
    return NULL;
}

/* To be called with the lock held. Another thread takes over from the one that
 * hangs, so that the other names do not wait for it. */
static void replace_thread(struct hl_lookups *lookups,
                           struct hl_host_lookup *lookup)
{
    if (lookups->hanging >= HANGING_MAX * lookups->jobs)
        return;
    lookup->replaced = true;
    lookups->hanging++;
    lookups->threads--;
    if (lookups->shared->wanted != NULL)
        provide_thread(lookups);
}

static void give_up(struct hl_lookups *lookups, struct hl_host_lookup *lookup)
{
    struct hl_host *host = lookup->host;
    hl_lookups_forget(host);
    host->lookup_us = (uv_hrtime() - lookup->begun_ns) / HL_NS_PER_US;
    lookups->told(lookups->arg, host, NULL, HAUL_ERR_DNS);
}

/* Hosts do not wait for a lookup that hangs. */
static void on_uv_tick(uv_timer_t *tick)
{
    struct hl_lookups *lookups = container_of(tick, struct hl_lookups, tick);
    for (;;) {
        pthread_mutex_lock(&lookups->shared->lock);
        struct hl_host_lookup *lookup = find_overdue(lookups);
        if (lookup != NULL)
            replace_thread(lookups, lookup);
        pthread_mutex_unlock(&lookups->shared->lock);
        if (lookup == NULL)
            return;
        give_up(lookups, lookup);
    }
}

/* The host in "https://name:443" or "https://[::1]:443". */
static const char *name_of(const char *origin, size_t *length)
{
    const char *begin = strstr(origin, "://") + 3;
    *length = (size_t)(strrchr(begin, ':') - begin);
    return begin;
}

int hl_lookups_begin(struct hl_lookups *lookups, struct hl_host *host)
{
    struct hl_host_lookup *lookup = calloc(1, sizeof(*lookup));
    size_t length;
    const char *name = name_of(host->origin, &length);
    if (lookup == NULL)
        return UV_ENOMEM;
    memcpy(lookup->name, name, length);
    lookup->lookups = lookups;
    lookup->host = host;
    lookup->begun_ns = uv_hrtime();
    struct shared *shared = lookups->shared;
    pthread_mutex_lock(&shared->lock);
    provide_thread(lookups);
    int r = lookups->threads > 0 ? 0 : UV_EAGAIN;
    if (r == 0) {
        DL_APPEND(shared->wanted, lookup);
        shared->wanted_count++;
        pthread_cond_signal(&shared->changed);
    }
    pthread_mutex_unlock(&shared->lock);
    if (r < 0) {
        free(lookup);
        return r;
    }
    host->lookup = lookup;
    count_waiting(lookups, 1);
    return 0;
}

bool hl_lookups_is_name(const char *origin)
{
    char text[HL_ADDRESS_SIZE];
    struct in_addr in;
    size_t length;
    const char *name = name_of(origin, &length);
    if (name[0] == '[')
        return false;
    if (length >= sizeof(text))
        return length < NAME_MAX_SIZE;
    memcpy(text, name, length);
    text[length] = '\0';
    return inet_pton(AF_INET, text, &in) != 1;
}
