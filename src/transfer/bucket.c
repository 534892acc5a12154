#include "transfer/bucket.h"

#include "util/time_units.h"

enum { FRACTION_BITS = 20, BURST_NS = 50 * 1000 * 1000 };

void hl_bucket_init(struct hl_bucket *bucket, uint64_t units_per_s)
{
    bucket->ns_per_unit_q20 =
        ((uint64_t)HL_NS_PER_S << FRACTION_BITS) / units_per_s;
    bucket->burst_ns = BURST_NS;
    atomic_init(&bucket->paid_until_ns, 0);
}

/* units * cost without overflow for the units of any one write. */
static uint64_t cost_ns(const struct hl_bucket *bucket, uint64_t units)
{
    uint64_t q20 = bucket->ns_per_unit_q20;
    uint64_t whole = (q20 >> FRACTION_BITS) * units;
    uint64_t part = q20 & ((1u << FRACTION_BITS) - 1);
    return whole + ((part * units) >> FRACTION_BITS);
}

/*
 * The generic cell rate algorithm: the bucket is a time up to which all that
 * was taken is paid for. It never lags behind the clock by more than nothing,
 * and may run ahead of it by the burst before takers have to wait.
 */
uint64_t hl_bucket_take(struct hl_bucket *bucket, uint64_t units,
                        uint64_t now_ns)
{
    uint64_t cost = cost_ns(bucket, units);
    uint_least64_t paid = atomic_load(&bucket->paid_until_ns);
    uint64_t after;
    do {
        after = (paid > now_ns ? paid : now_ns) + cost;
    } while (
        !atomic_compare_exchange_weak(&bucket->paid_until_ns, &paid, after));
    uint64_t ahead = after - now_ns;
    return ahead > bucket->burst_ns ? ahead - bucket->burst_ns : 0;
}
