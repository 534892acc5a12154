/*
 * What a run does where its options leave it open.
 */
#ifndef HL_CLI_RUN_DEFAULTS_H
#define HL_CLI_RUN_DEFAULTS_H

#include <stdint.h>

#include "haul/haul.h"

/* Transfers that are asked for; with run->auto_jobs the most that there may be.
 */
uint32_t hl_run_jobs(const struct haul_options *run);
/* Event loops that the run begins with. */
uint32_t hl_run_loops(const struct haul_options *run);
/* Transfers to one host that are allowed; HAUL_NONE: any number. */
uint32_t hl_run_per_host(const struct haul_options *run);
/* Lookups of host names at a time that are asked for. */
uint32_t hl_run_lookups(const struct haul_options *run);

#endif
