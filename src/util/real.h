/*
 * What is needed of libm, which no other library of haul's needs: to load it
 * would take as long as a file's transfer does.
 */
#ifndef HL_UTIL_REAL_H
#define HL_UTIL_REAL_H

#include <stdint.h>

static inline double hl_real_least(double a, double b)
{
    return a < b ? a : b;
}

static inline double hl_real_most(double a, double b)
{
    return a > b ? a : b;
}

/* The next lower whole number. Only for 0 and more; from 2^53 on each is
 * whole. */
static inline double hl_real_floor(double value)
{
    return value < 9007199254740992.0 ? (double)(int64_t)value : value;
}

/* The nearest whole number. Only for 0 and more. */
static inline double hl_real_round(double value)
{
    double whole = hl_real_floor(value);
    return value - whole < 0.5 ? whole : whole + 1;
}

/* The number e to the power of -value, to four digits. Only for 0 and more. */
static inline double hl_real_decay(double value)
{
    double part = value / 16;
    double decay = 1 / (1 + part + part * part / 2 + part * part * part / 6);
    for (int i = 0; i < 4; i++)
        decay *= decay;
    return decay;
}

#endif
