#include "cli/clock_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { NEAR_S = 600 };

const char *hl_clock_text(char out[HL_CLOCK_SIZE], int64_t from_now_s)
{
    time_t now = time(NULL);
    time_t then = now + from_now_s;
    struct tm today = {0};
    struct tm at = {0};
    localtime_r(&now, &today);
    localtime_r(&then, &at);
    if (at.tm_yday != today.tm_yday)
        strftime(out, HL_CLOCK_SIZE, "%d %b %H:%M", &at);
    else if (llabs(from_now_s) < NEAR_S)
        strftime(out, HL_CLOCK_SIZE, "%H:%M:%S", &at);
    else
        strftime(out, HL_CLOCK_SIZE, "%H:%M", &at);
    return out;
}
