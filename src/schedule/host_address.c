/* The addresses of a host: one is in use until it turns out to be dead. */
#include <stdlib.h>
#include <string.h>

#include "schedule/host.h"

static const uint64_t holds_ns = 300000000000u;

/* A copy, as the host's may be looked up anew while the task runs. */
void hl_host_give_address(struct hl_host *host, struct hl_task *task)
{
    const struct hl_addresses *a = host->addresses;
    task->job.address = NULL;
    if (a != NULL) {
        memcpy(task->address, a->text[a->at], sizeof(task->address));
        task->job.address = task->address;
    }
    task->looked_up_us = host->lookup_us;
    host->lookup_us = 0;
}

/* True when the task's address is the one in use, or another was tried in its
 * place meanwhile, and there are addresses that were not tried yet. */
bool hl_host_rotate(struct hl_host *host, const struct hl_task *task)
{
    struct hl_addresses *a = host->addresses;
    if (a == NULL || a->count < 2 || task->job.address == NULL)
        return false;
    if (strcmp(task->address, a->text[a->at]) != 0)
        return true;
    a->at = (a->at + 1) % a->count;
    a->failed++;
    if (a->failed < a->count)
        return true;
    a->failed = 0;
    return false;
}

void hl_host_set_addresses(struct hl_host *host, struct hl_addresses *addresses,
                           uint64_t now_ns)
{
    free(host->addresses);
    host->addresses = addresses;
    host->lookup_state = HL_LOOKUP_DONE;
    host->lookup_until_ns = now_ns + holds_ns;
}
