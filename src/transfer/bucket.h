/*
 * A token bucket that several threads and processes take from: plain
 * atomics, fit for a shared mapping. Time is CLOCK_MONOTONIC in ns.
 */
#ifndef HL_TRANSFER_BUCKET_H
#define HL_TRANSFER_BUCKET_H

#include <stdatomic.h>
#include <stdint.h>

struct hl_bucket {
    uint64_t ns_per_unit_q20; /* time a unit costs, in 2^-20 ns */
    uint64_t burst_ns;        /* how far it may run ahead */
    atomic_uint_least64_t paid_until_ns;
};

void hl_bucket_init(struct hl_bucket *bucket, uint64_t units_per_s);
/*
 * Takes units, which are owed from then on even if they exceed what is there.
 * @return how long the taker must now wait, in ns; 0: go on at once.
 */
uint64_t hl_bucket_take(struct hl_bucket *bucket, uint64_t units,
                        uint64_t now_ns);

#endif
