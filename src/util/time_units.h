/* How many ns and µs there are in larger units of time. */
#ifndef HL_UTIL_TIME_UNITS_H
#define HL_UTIL_TIME_UNITS_H

enum {
    HL_NS_PER_US = 1000,
    HL_NS_PER_MS = 1000000,
    HL_NS_PER_S = 1000000000,
    HL_US_PER_S = 1000000,
};

#endif
