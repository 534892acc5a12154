/* What a run did over its time: a few hundred steps, which get longer as the
 * run does. */
#ifndef HL_COMPARE_PAGE_RATES_H
#define HL_COMPARE_PAGE_RATES_H

#include <stddef.h>
#include <stdint.h>

enum { HL_PAGE_STEPS = 240 };

struct hl_page_step {
    double files;
    double failed;
    double bytes;
    double busy_us; /* of all transfers together */
};

/* All zero is empty. */
struct hl_page_rates {
    uint64_t width_us; /* of a step; 0: there is none yet */
    size_t used;       /* steps up to the last that has anything */
    struct hl_page_step steps[HL_PAGE_STEPS];
};

/* A URL's result came at a time. */
void hl_page_rates_file(struct hl_page_rates *rates, uint64_t us);
void hl_page_rates_failed(struct hl_page_rates *rates, uint64_t us);
/* Bytes came evenly from one time to another. */
void hl_page_rates_bytes(struct hl_page_rates *rates, uint64_t from_us,
                         uint64_t to_us, uint64_t bytes);
/* A transfer was under way. */
void hl_page_rates_busy(struct hl_page_rates *rates, uint64_t from_us,
                        uint64_t to_us);

#endif
