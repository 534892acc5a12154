/* What the process and its children have used. */
#ifndef HL_CLI_USAGE_H
#define HL_CLI_USAGE_H

#include <stdint.h>

struct hl_usage {
    double cpu_seconds;
    uint64_t ctx_switches;
};

/* CPU time and context switches of this process and of the children that it
 * has waited for, since the program began. */
struct hl_usage hl_usage_read(void);

#endif
