/*
 * Which part of a planned list a line belongs to. Every machine finds the part
 * by itself: it depends on the line's URL and on the number of parts, and on
 * nothing else. Plans on the disk depend on these functions, so they must never
 * change; another hash would be another HL_PART_HASH. Pure. Any thread.
 */
#ifndef HL_POLICY_PART_OF_H
#define HL_POLICY_PART_OF_H

#include <stdint.h>

#include "util/url.h"

/* What a plan says of the hash, and the version of what is hashed: with
 * HL_PART_BY_URL the URL in normal form (util/url.h: the host in ASCII, no
 * fragment, no user); with HL_PART_BY_HOST its host, without the port. */
#define HL_PART_HASH "xxh3-64"
enum { HL_PART_HASH_VERSION = 1 };

enum hl_part_by {
    HL_PART_BY_URL,
    HL_PART_BY_HOST, /* all URLs of a host are in one part */
};

/* How a list is divided. */
struct hl_partition {
    uint32_t parts; /* 1 or more */
    enum hl_part_by by;
};

/* @return the part, from 0. */
uint32_t hl_part_of(const struct hl_partition *partition,
                    const struct hl_url *url);
/* The part of a line whose URL cannot be used: text is the URL as the list has
 * it; NULL: there is none. */
uint32_t hl_part_of_bad(const struct hl_partition *partition, const char *text);

#endif
