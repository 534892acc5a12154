#include "journal/killed_runs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/grow.h"

int hl_killed_runs_add(struct hl_killed_runs *killed, const char *token)
{
    if (hl_grow(&killed->runs, &killed->room, killed->count,
                sizeof(*killed->runs)) < 0)
        return -ENOMEM;
    memcpy(killed->runs[killed->count++].token, token, HL_TOKEN_SIZE);
    return 0;
}

void hl_killed_runs_remove(struct hl_killed_runs *killed, const char *token)
{
    for (size_t i = killed->count; i-- > 0;) {
        if (strcmp(killed->runs[i].token, token) != 0)
            continue;
        killed->count--;
        memmove(&killed->runs[i], &killed->runs[i + 1],
                (killed->count - i) * sizeof(*killed->runs));
        return;
    }
}

void hl_killed_runs_release(struct hl_killed_runs *killed)
{
    free(killed->runs);
}
