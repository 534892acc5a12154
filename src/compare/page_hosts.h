/* Figures of each host of a run: of the first 2,000 by themselves, of all
 * others together. */
#ifndef HL_COMPARE_PAGE_HOSTS_H
#define HL_COMPARE_PAGE_HOSTS_H

#include <stddef.h>
#include <stdint.h>

#include "cli/host_name.h"
#include "compare/page_run.h"
#include "haul/haul.h"
#include "util/hash.h"

enum {
    HL_PAGE_HOSTS = 2000,
    HL_PAGE_HOST_CAUSES = 8,
    HL_PAGE_LENGTHS = 192, /* eight an octave, from 64 µs on */
};

/* What the time of transfers went to. */
enum hl_page_part {
    HL_PAGE_PART_SETUP, /* name lookup, TCP, TLS */
    HL_PAGE_PART_WAIT,
    HL_PAGE_PART_BODY,
    HL_PAGE_PART_LOCAL, /* ready, work, file */
    HL_PAGE_PARTS
};

/* Of attempts. All zero is none. */
struct hl_page_spent {
    uint64_t attempts;
    uint64_t parts_us[HL_PAGE_PARTS];
    uint64_t queued_us;
    uint64_t bytes;
    uint64_t first_us;                 /* when the first began */
    uint64_t last_us;                  /* when the last ended */
    uint32_t lengths[HL_PAGE_LENGTHS]; /* how many took so long */
};

struct hl_page_host {
    char name[HL_HOST_NAME_SIZE]; /* "": what had no host */
    uint64_t outcomes[HAUL_OUTCOME_COUNT];
    uint64_t there; /* of the ok, those whose files were there already */
    struct hl_page_spent spent;
    /* How many of its URLs failed for a cause, by the cause's index. The first
     * eight causes alone. */
    struct {
        uint16_t cause;
        uint64_t count;
    } causes[HL_PAGE_HOST_CAUSES];
    UT_hash_handle hh;
};

/* All zero is empty. */
struct hl_page_hosts {
    struct hl_page_host *table; /* hash */
    struct hl_page_host others; /* those that found no room in the table */
};

void hl_page_hosts_release(struct hl_page_hosts *hosts);
/* The host of a URL. Never NULL. */
struct hl_page_host *hl_page_hosts_of(struct hl_page_hosts *hosts,
                                      const char *url);
/* NULL: there is none of this name. */
struct hl_page_host *hl_page_hosts_find(const struct hl_page_hosts *hosts,
                                        const char *name);
/* An attempt was made. */
void hl_page_spent_add(struct hl_page_spent *spent,
                       const struct hl_page_transfer *transfer);
/* A URL of the host failed for a cause. */
void hl_page_host_failed(struct hl_page_host *host, size_t cause);
/* Adds the figures of from to host. */
void hl_page_host_merge(struct hl_page_host *host,
                        const struct hl_page_host *from);
uint64_t hl_page_spent_us(const struct hl_page_spent *spent);
/* About how long the attempts took of which this share took no longer. */
uint64_t hl_page_spent_quantile(const struct hl_page_spent *spent,
                                double share);

#endif
