#include "schedule/returns.h"

enum {
    /* To keep a connection costs libcurl about a sixteenth of what it costs to
     * make one: it walks the list of its connections for each transfer. */
    ONE_IN = 16,
    OF_LATE = 1024, /* tasks that are counted before the counts are halved */
};

uint64_t hl_returns_left(struct hl_returns *returns)
{
    return ++returns->left;
}

void hl_returns_came(struct hl_returns *returns, uint64_t left_at)
{
    returns->came++;
    returns->came_back +=
        left_at > 0 && returns->left - left_at < returns->idle_max;
    if (returns->came < OF_LATE)
        return;
    returns->came /= 2;
    returns->came_back /= 2;
}

bool hl_returns_pay(const struct hl_returns *returns)
{
    return returns->came_back > 0 &&
           returns->came_back >= returns->came / ONE_IN;
}
