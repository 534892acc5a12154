/*
 * A host, or rather an origin (scheme, host and port): its queue, its limits
 * and what is known of its health. Made when its first task comes, and kept a
 * while after its last, for what was learnt.
 */
#ifndef HL_SCHEDULE_HOST_H
#define HL_SCHEDULE_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "schedule/spill.h"
#include "schedule/task.h"
#include "util/hash.h"
#include "util/heap.h"

/* Which list of the schedule a host is in. */
enum hl_host_list {
    HL_HOST_NOWHERE,  /* busy at its limit, paused, or being looked up */
    HL_HOST_READY,    /* may start one now, and has answered before */
    HL_HOST_UNPROVEN, /* may start one now, and has not answered yet */
    HL_HOST_SUSPECT,  /* may start one now, but could not be reached of late */
    HL_HOST_DOOMED,   /* its tasks are to fail */
    HL_HOST_IDLE,     /* has no task */
    HL_HOST_LISTS
};

enum hl_lookup_state {
    HL_LOOKUP_NEEDLESS, /* an address already, or libcurl's to do */
    HL_LOOKUP_WANTED,
    HL_LOOKUP_UNDER_WAY,
    HL_LOOKUP_DONE, /* addresses stand, until lookup_until_ns */
};

enum { HL_ADDRESSES_MAX = 8 };

struct hl_addresses {
    unsigned count;
    unsigned at;     /* the one in use */
    unsigned failed; /* in a row, of those that were tried */
    char text[][HL_ADDRESS_SIZE];
};

struct hl_dns_lookup;

/* Owned by the schedule. */
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
    uint64_t next_start_ns; /* by --rate-per-host */
    uint64_t lookup_until_ns;
    uint64_t lookup_us;             /* what it took; for the task that waited */
    struct hl_dns_lookup *lookup;   /* while it is under way */
    struct hl_addresses *addresses; /* or NULL */
    enum haul_error doom;           /* why its tasks fail; HAUL_OK they don't */
    uint64_t doom_until_ns;         /* UINT64_MAX for the run */
    bool answered;                  /* in this run */
    bool http_1;                    /* of its jobs: ask in HTTP/1.1 */
    bool lowered;                   /* counted in the schedule's */
    uint8_t list;                   /* enum hl_host_list */
    uint8_t lookup_state;           /* enum hl_lookup_state */
    char origin[];                  /* the key: scheme://host:port */
};

struct hl_schedule;

/* The host of origin, made where there is none; NULL without memory. */
struct hl_host *hl_host_get(struct hl_schedule *schedule, const char *origin);
/* Puts host in the list where it belongs, after any change of it; it may be
 * gone afterwards. */
void hl_host_settle(struct hl_schedule *schedule, struct hl_host *host,
                    uint64_t now_ns);
/* Starts nothing at it until then. */
void hl_host_pause(struct hl_schedule *schedule, struct hl_host *host,
                   uint64_t until_ns);
bool hl_host_has_tasks(const struct hl_host *host);
/* How many may run at it now. */
uint32_t hl_host_limit(const struct hl_schedule *schedule,
                       const struct hl_host *host);
void hl_host_free(struct hl_schedule *schedule, struct hl_host *host);
/* It answered, did so willingly, is busy, or cannot be reached: what follows
 * for its limits. */
void hl_host_answered(struct hl_schedule *schedule, struct hl_host *host);
void hl_host_willing(const struct hl_schedule *schedule, struct hl_host *host);
void hl_host_busy(struct hl_schedule *schedule, struct hl_host *host,
                  uint64_t started_ns, uint64_t now_ns);
void hl_host_unreachable(struct hl_schedule *schedule, struct hl_host *host,
                         uint64_t now_ns);

/* host_address.c */

void hl_host_give_address(struct hl_host *host, struct hl_task *task);
/* The task's attempt could not connect. @return true when there are addresses
 * to try that were not tried yet. */
bool hl_host_rotate(struct hl_host *host, const struct hl_task *task);
/* Takes addresses over, which hold for a while. */
void hl_host_set_addresses(struct hl_host *host, struct hl_addresses *addresses,
                           uint64_t now_ns);

#endif
