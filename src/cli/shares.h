/*
 * What each of several tasks that run at once may have of the limits that are
 * meant for all of them.
 */
#ifndef HL_CLI_SHARES_H
#define HL_CLI_SHARES_H

#include <stdbool.h>
#include <stdint.h>

#include "haul/haul.h"

/* Divides the limits in *run by tasks, 1 or more: max_per_host, the intervals
 * between starts, and limit_rate. has_hosts_alone: no other task has the hosts
 * of this one, so that it keeps the limits of a host. @return whether less than
 * one transfer at a time is left for a host: then it is one, with rests between
 * two, so that all tasks together make as many as they may on average. */
bool hl_shares_apply(struct haul_options *run, uint32_t tasks,
                     bool has_hosts_alone);

#endif
