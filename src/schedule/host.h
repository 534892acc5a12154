/*
 * Hosts, or rather origins (scheme, host and port): the queue of each, its
 * limits and what is known of its health. A host is made when its first task
 * comes, and kept for a while after its last, for what was learnt.
 *
 * Loop thread only. Time is the caller's, in ns.
 */
#ifndef HL_SCHEDULE_HOST_H
#define HL_SCHEDULE_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "schedule/host_addresses.h"
#include "schedule/host_figures.h"
#include "schedule/spill.h"
#include "schedule/task.h"
#include "trace/trace.h"
#include "util/hash.h"
#include "util/heap.h"

/* Each host is in one of these lists. */
enum hl_host_list {
    HL_HOST_NOWHERE,  /* busy at its limit, paused, or being looked up */
    HL_HOST_READY,    /* may start a task now, and has answered before */
    HL_HOST_UNPROVEN, /* may start a task now, and has not answered yet */
    HL_HOST_SUSPECT,  /* may start a task now, but the last attempt could not
                         connect */
    HL_HOST_FAILING,  /* cannot be reached: its tasks must fail */
    HL_HOST_IDLE,     /* has no task */
    HL_HOST_LISTS
};

enum hl_lookup_state {
    HL_LOOKUP_NEEDLESS, /* the host is an address, or libcurl looks it up */
    HL_LOOKUP_WANTED,
    HL_LOOKUP_UNDER_WAY,
    HL_LOOKUP_DONE, /* the addresses hold until lookup_until_ns */
};

struct hl_host_lookup;

/* Owned by its hl_hosts. */
struct hl_host {
    UT_hash_handle hh;
    struct hl_host *prev; /* in its list */
    struct hl_host *next;
    struct hl_task *queue;
    struct hl_chain spilled;  /* what comes after queue */
    struct hl_heap_node wake; /* paused until then */
    uint32_t queued;          /* in queue */
    uint32_t running;
    uint32_t cap;              /* now; UINT32_MAX none */
    uint32_t credit;           /* answers since cap last changed */
    uint32_t failures;         /* to connect, in a row */
    uint64_t first_failure_ns; /* of these */
    uint64_t lowered_ns;       /* when cap was last lowered */
    uint64_t last_start_ns;
    uint64_t left_at;       /* by hl_returns_left(): 0 it always had tasks */
    uint64_t next_start_ns; /* by --rate-per-host */
    uint64_t lookup_until_ns;
    uint64_t lookup_us; /* what it took; for the task that waited for it */
    struct hl_host_lookup *lookup;  /* while it is under way */
    struct hl_addresses *addresses; /* or NULL */
    struct hl_host_figures figures;
    uint64_t held_mark_ns;      /* of the clock of the holds, when held_by
                                   was found last */
    enum haul_error fails_with; /* its tasks; HAUL_OK: they do not fail */
    uint64_t fails_until_ns;    /* UINT64_MAX: as long as the run lasts */
    bool answered;              /* in this run */
    bool http_1;                /* its jobs ask in HTTP/1.1 */
    uint8_t list;               /* enum hl_host_list */
    uint8_t paused_by;          /* enum haul_held; while wake is set */
    uint8_t held_by;            /* enum haul_held: what its tasks wait for */
    uint8_t lookup_state;       /* enum hl_lookup_state */
    char origin[];              /* the key: scheme://host:port */
};

/* All numbers are resolved: none stands for a default. */
struct hl_host_options {
    uint32_t max_per_host; /* UINT32_MAX no limit */
    bool adapt;            /* lower a busy host's cap */
    uint32_t give_up;      /* failures to connect in a row */
    uint32_t retry_delay_ms;
    struct hl_trace *trace;
    /* A host's first task has come: does it need a lookup? NULL: none does. */
    enum hl_lookup_state (*lookup)(void *arg, const char *origin);
    /* It does, now. @return 0, or a code when it must be asked again. */
    int (*look_up)(void *arg, struct hl_host *host);
    /* A host is freed while its lookup is under way. */
    void (*forget)(void *arg, struct hl_host *host);
    void *arg;
};

/* All hosts. Zero but for the options, there are none. */
struct hl_hosts {
    struct hl_host_options o;
    struct hl_host *table; /* uthash by origin */
    struct hl_host *lists[HL_HOST_LISTS];
    struct hl_heap paused; /* hosts, by the time they wake */
    struct hl_host *at;    /* where hl_hosts_next_waiting() is in table */
    uint32_t count;
    uint32_t idle;     /* in that list */
    uint32_t unproven; /* run something, and have not answered */
    bool any_answered;
    struct hl_holds holds;
    uint32_t held[HL_HOST_HELDS]; /* hosts, by held_by */
    uint32_t asked_to_wait;       /* paused by HAUL_HELD_BY_PAUSE */
    uint64_t alone_since_ns;      /* one host alone has tasks; 0: not so, or it
                                     is not known which */
    struct hl_kept_hosts kept;
};

/* Frees all hosts. They must have no tasks. */
void hl_hosts_release(struct hl_hosts *hosts);
/* Ends the pauses that are over. */
void hl_hosts_wake(struct hl_hosts *hosts, uint64_t now_ns);
/* Is there a host that may start a task now, as far as it is concerned? */
bool hl_hosts_may_start(const struct hl_hosts *hosts);
/* Any host that has tasks in its queue; NULL: none. */
struct hl_host *hl_hosts_next_waiting(struct hl_hosts *hosts);

enum { HL_ORIGIN_SIZE = 512 };

/* Puts the key of the host of a URL into out. @return 0 or a libuv code. */
int hl_host_origin(char out[HL_ORIGIN_SIZE], const char *url);
/* The host of origin, made where there is none; NULL without memory. */
struct hl_host *hl_host_get(struct hl_hosts *hosts, const char *origin);
/* Puts host in the list where it belongs. To be called after each change of
 * it; host may be freed. */
void hl_host_update(struct hl_hosts *hosts, struct hl_host *host,
                    uint64_t now_ns);
/* Starts nothing at host until then. why is HAUL_HELD_BY_PAUSE, _RATE, _CAP or
 * _SILENCE. */
void hl_host_pause(struct hl_hosts *hosts, struct hl_host *host,
                   uint64_t until_ns, enum haul_held why);
bool hl_host_has_tasks(const struct hl_host *host);
/* How many tasks may run at host now. */
uint32_t hl_host_limit(const struct hl_hosts *hosts,
                       const struct hl_host *host);
/* Changes the limits of host by what an attempt, which began at started_ns and
 * has ended, tells of it. */
void hl_host_learn(struct hl_hosts *hosts, struct hl_host *host,
                   enum hl_host_answer answer, uint64_t started_ns,
                   uint64_t now_ns);
/* Fills out with the hosts of the largest weight, as haul_session_hosts(); but
 * not is_private. */
size_t hl_hosts_top(const struct hl_hosts *hosts,
                    uint64_t (*weight)(const struct haul_host_stats *host),
                    struct haul_host_stats *out, size_t most);

#endif
