#include "util/file_stamp.h"

#include <sys/stat.h>

#include "util/time_units.h"

/* A time that is too far off for 64 bits wraps: it is only compared. */
static int64_t ns_of(const struct timespec *time)
{
    return (int64_t)((uint64_t)time->tv_sec * HL_NS_PER_S +
                     (uint64_t)time->tv_nsec);
}

/* The last step of splitmix64: each bit of the result depends on all of x. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static uint64_t identity_of(const struct stat *st)
{
    uint64_t ctime = (uint64_t)ns_of(&st->st_ctim);
    uint64_t digest = mix(mix((uint64_t)st->st_ino) ^ ctime);
    return digest != 0 ? digest : 1;
}

struct hl_stamp hl_stamp_of(const struct stat *st)
{
    return (struct hl_stamp){
        .size = (uint64_t)st->st_size,
        .mtime_ns = ns_of(&st->st_mtim),
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
