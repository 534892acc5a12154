#include "schedule/host_addresses.h"

#include <string.h>

/* A copy, since the host may be looked up anew while the task runs. */
void hl_addresses_give(const struct hl_addresses *addresses,
                       struct hl_task *task)
{
    task->job.address = NULL;
    if (addresses == NULL)
        return;
    memcpy(task->address, addresses->text[addresses->at],
           sizeof(task->address));
    task->job.address = task->address;
}

/* Where the task's address is not the one in use any more, another task has
 * found it dead already. */
bool hl_addresses_next(struct hl_addresses *addresses,
                       const struct hl_task *task)
{
    if (addresses == NULL || addresses->count < 2 || task->job.address == NULL)
        return false;
    if (strcmp(task->address, addresses->text[addresses->at]) != 0)
        return true;
    addresses->at = (addresses->at + 1) % addresses->count;
    addresses->failed++;
    if (addresses->failed < addresses->count)
        return true;
    addresses->failed = 0;
    return false;
}
