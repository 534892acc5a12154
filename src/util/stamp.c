#include "util/stamp.h"

#include <sys/stat.h>

#include "util/fnv.h"

static const int64_t ns_per_s = 1000000000;

static uint64_t identity_of(const struct stat *st)
{
    const uint64_t parts[] = {(uint64_t)st->st_ino,
                              (uint64_t)st->st_ctim.tv_sec,
                              (uint64_t)st->st_ctim.tv_nsec};
    uint64_t hash =
        hl_fnv_add(HL_FNV_BASIS, (const char *)parts, sizeof(parts));
    return hash != 0 ? hash : 1;
}

struct hl_stamp hl_stamp_of(const struct stat *st)
{
    return (struct hl_stamp){
        .size = (uint64_t)st->st_size,
        .mtime_ns = st->st_mtim.tv_sec * ns_per_s + st->st_mtim.tv_nsec,
        .identity = identity_of(st),
    };
}

bool hl_stamp_is_same(const struct hl_stamp *a, const struct hl_stamp *b)
{
    return hl_stamp_is_like(a, b) && a->identity == b->identity;
}

bool hl_stamp_is_like(const struct hl_stamp *a, const struct hl_stamp *b)
{
    bool timed = a->identity != 0 && b->identity != 0;
    return a->size == b->size && (!timed || a->mtime_ns == b->mtime_ns);
}
