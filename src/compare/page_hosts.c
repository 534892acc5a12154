#include "compare/page_hosts.h"

#include <stdlib.h>
#include <string.h>

#include "util/url.h"

enum { SHORTEST_BITS = 6, OCTAVE_BITS = 3 }; /* 64 µs, eight an octave */

void hl_page_hosts_release(struct hl_page_hosts *hosts)
{
    struct hl_page_host *host;
    struct hl_page_host *next;
    HASH_ITER (hh, hosts->table, host, next) {
        /* uthash moves on to the next host first, which the analyzer does not
         * see. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
        HASH_DEL(hosts->table, host);
        free(host);
    }
}

/* The name that a run's summary has for the host of a URL; "": none. */
static void name_of(char name[HL_HOST_NAME_SIZE], const char *text)
{
    const char *why;
    struct hl_url url;
    char origin[HL_HOST_NAME_SIZE + sizeof("https://")];
    name[0] = '\0';
    if (strstr(text, "://") == NULL)
        return;
    if (hl_url_parse(&url, text, &why) < 0) {
        hl_host_name(name, text);
        return;
    }
    if (hl_url_origin(origin, sizeof(origin), &url) == 0)
        hl_host_name(name, origin);
    else
        hl_host_name(name, text);
    hl_url_release(&url);
}

struct hl_page_host *hl_page_hosts_find(const struct hl_page_hosts *hosts,
                                        const char *name)
{
    struct hl_page_host *host;
    HASH_FIND_STR(hosts->table, name, host);
    return host;
}

struct hl_page_host *hl_page_hosts_of(struct hl_page_hosts *hosts,
                                      const char *url)
{
    char name[HL_HOST_NAME_SIZE] = "";
    name_of(name, url);
    struct hl_page_host *host = hl_page_hosts_find(hosts, name);
    if (host != NULL)
        return host;
    if (HASH_COUNT(hosts->table) < HL_PAGE_HOSTS)
        host = calloc(1, sizeof(*host));
    if (host == NULL)
        return &hosts->others;
    memcpy(host->name, name, sizeof(name));
    HASH_ADD_STR(hosts->table, name, host);
    if (host->hh.tbl != NULL)
        return host;
    free(host);
    return &hosts->others;
}

static size_t length_of(uint64_t us)
{
    if (us >> SHORTEST_BITS == 0)
        return 0;
    unsigned bits = 63 - (unsigned)__builtin_clzll(us);
    size_t step = us >> (bits - OCTAVE_BITS) & ((1u << OCTAVE_BITS) - 1);
    size_t at = ((size_t)(bits - SHORTEST_BITS) << OCTAVE_BITS) + step;
    return at < HL_PAGE_LENGTHS ? at : HL_PAGE_LENGTHS - 1;
}

/* The middle of that length. */
static uint64_t us_of_length(size_t length)
{
    size_t step = length & ((1u << OCTAVE_BITS) - 1);
    uint64_t halves = 2 * ((1u << OCTAVE_BITS) + step) + 1;
    return halves << (length >> OCTAVE_BITS) << SHORTEST_BITS >>
           (OCTAVE_BITS + 1);
}

void hl_page_spent_add(struct hl_page_spent *spent,
                       const struct hl_page_transfer *t)
{
    const uint64_t *us = t->phases_us;
    const uint64_t parts[HL_PAGE_PARTS] = {
        [HL_PAGE_PART_SETUP] =
            us[HL_PAGE_DNS] + us[HL_PAGE_CONNECT] + us[HL_PAGE_TLS],
        [HL_PAGE_PART_WAIT] = us[HL_PAGE_WAIT],
        [HL_PAGE_PART_BODY] = us[HL_PAGE_BODY],
        [HL_PAGE_PART_LOCAL] =
            us[HL_PAGE_READY] + us[HL_PAGE_WORK] + us[HL_PAGE_FILE],
    };
    uint64_t begin = t->begin_us + us[HL_PAGE_QUEUED];
    uint64_t all = 0;
    for (int i = 0; i < HL_PAGE_PARTS; i++) {
        spent->parts_us[i] += parts[i];
        all += parts[i];
    }
    if (spent->attempts == 0 || begin < spent->first_us)
        spent->first_us = begin;
    if (begin + all > spent->last_us)
        spent->last_us = begin + all;
    spent->attempts++;
    spent->queued_us += us[HL_PAGE_QUEUED];
    spent->bytes += t->bytes;
    spent->lengths[length_of(all)]++;
}

void hl_page_host_failed(struct hl_page_host *host, size_t cause)
{
    for (int i = 0; i < HL_PAGE_HOST_CAUSES; i++) {
        if (host->causes[i].count == 0)
            host->causes[i].cause = (uint16_t)cause;
        if (host->causes[i].cause != cause)
            continue;
        host->causes[i].count++;
        return;
    }
}

static void merge_spent(struct hl_page_spent *to,
                        const struct hl_page_spent *from)
{
    if (from->attempts == 0)
        return;
    if (to->attempts == 0 || from->first_us < to->first_us)
        to->first_us = from->first_us;
    if (from->last_us > to->last_us)
        to->last_us = from->last_us;
    to->attempts += from->attempts;
    to->queued_us += from->queued_us;
    to->bytes += from->bytes;
    for (int i = 0; i < HL_PAGE_PARTS; i++)
        to->parts_us[i] += from->parts_us[i];
    for (int i = 0; i < HL_PAGE_LENGTHS; i++)
        to->lengths[i] += from->lengths[i];
}

void hl_page_host_merge(struct hl_page_host *host,
                        const struct hl_page_host *from)
{
    for (int i = 0; i < HAUL_OUTCOME_COUNT; i++)
        host->outcomes[i] += from->outcomes[i];
    host->there += from->there;
    merge_spent(&host->spent, &from->spent);
}

uint64_t hl_page_spent_us(const struct hl_page_spent *spent)
{
    uint64_t all = 0;
    for (int i = 0; i < HL_PAGE_PARTS; i++)
        all += spent->parts_us[i];
    return all;
}

uint64_t hl_page_spent_quantile(const struct hl_page_spent *spent, double share)
{
    double wanted = share * (double)spent->attempts;
    double seen = 0;
    for (size_t i = 0; i < HL_PAGE_LENGTHS; i++) {
        seen += spent->lengths[i];
        if (seen > 0 && seen >= wanted)
            return us_of_length(i);
    }
    return 0;
}
