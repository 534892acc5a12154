#include "compare/page_rates.h"

#include <string.h>

static const uint64_t first_width_us = 1000;

static void add_step(struct hl_page_step *to, const struct hl_page_step *step)
{
    to->files += step->files;
    to->failed += step->failed;
    to->bytes += step->bytes;
    to->busy_us += step->busy_us;
}

/* Makes one step of every two. */
static void widen(struct hl_page_rates *rates)
{
    for (size_t i = 0; i < HL_PAGE_STEPS / 2; i++) {
        struct hl_page_step both = rates->steps[2 * i];
        add_step(&both, &rates->steps[2 * i + 1]);
        rates->steps[i] = both;
    }
    memset(&rates->steps[HL_PAGE_STEPS / 2], 0,
           HL_PAGE_STEPS / 2 * sizeof(rates->steps[0]));
    rates->width_us *= 2;
    rates->used = (rates->used + 1) / 2;
}

/* The step of a time, after which the picture reaches at least that far. */
static size_t step_of(struct hl_page_rates *rates, uint64_t us)
{
    if (rates->width_us == 0)
        rates->width_us = first_width_us;
    while (us / rates->width_us >= HL_PAGE_STEPS)
        widen(rates);
    size_t step = (size_t)(us / rates->width_us);
    if (step >= rates->used)
        rates->used = step + 1;
    return step;
}

void hl_page_rates_file(struct hl_page_rates *rates, uint64_t us)
{
    size_t step = step_of(rates, us);
    rates->steps[step].files++;
}

void hl_page_rates_failed(struct hl_page_rates *rates, uint64_t us)
{
    size_t step = step_of(rates, us);
    rates->steps[step].failed++;
}

/* Calls for each step between two times, with the µs of it that are between
 * them. */
static void spread(struct hl_page_rates *rates, uint64_t from_us,
                   uint64_t to_us, double bytes, double busy)
{
    size_t last = step_of(rates, to_us);
    double whole = (double)(to_us - from_us);
    for (size_t i = (size_t)(from_us / rates->width_us); i <= last; i++) {
        uint64_t begin = i * rates->width_us;
        uint64_t end = begin + rates->width_us;
        uint64_t from = from_us > begin ? from_us : begin;
        uint64_t to = to_us < end ? to_us : end;
        double part = (double)(to - from);
        rates->steps[i].busy_us += busy * part;
        rates->steps[i].bytes += bytes * part / whole;
    }
}

void hl_page_rates_bytes(struct hl_page_rates *rates, uint64_t from_us,
                         uint64_t to_us, uint64_t bytes)
{
    if (from_us < to_us) {
        spread(rates, from_us, to_us, (double)bytes, 0);
        return;
    }
    size_t step = step_of(rates, to_us);
    rates->steps[step].bytes += (double)bytes;
}

void hl_page_rates_busy(struct hl_page_rates *rates, uint64_t from_us,
                        uint64_t to_us)
{
    if (from_us < to_us)
        spread(rates, from_us, to_us, 0, 1);
}
