/*
 * --local: the embedded origin in a process of its own, so that a run needs
 * no network, and the options that get, compare and serve share for it.
 */
#ifndef HL_CLI_LOCAL_ORIGIN_H
#define HL_CLI_LOCAL_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cli/opt.h"
#include "origin/origin.h"

enum { HL_LOCAL_LATENCY_NS = 100000000 };

/* Rows that fill a struct hl_origin_options. */
extern const struct hl_opt hl_local_rows[];

struct hl_local {
    pid_t pid;    /* of the origin; 0 none */
    int stdin_fd; /* of the origin, which ends when this is closed */
    uint16_t port;
};

/* Do the options ask for faults? */
bool hl_local_is_faulty(const struct hl_origin_options *options);
/* Are these the options that get and compare start with? */
bool hl_local_is_default(const struct hl_origin_options *options);
/* Starts `haul serve` with these options, on another port if options->port is
 * not free, and waits until it listens. It ends with this process.
 * @return 0 or a libuv code. */
int hl_local_start(struct hl_local *out,
                   const struct hl_origin_options *options);
/* The port to ask for when files go to dir. A second run into dir then has the
 * same URLs, which the journal knows; runs into other directories have other
 * ports. */
uint16_t hl_local_port_of(const char *dir);
void hl_local_stop(struct hl_local *local);
/* Makes the URL with the same path and query at the origin; the caller frees
 * it. @return 0, UV_EINVAL where url is no URL, or UV_ENOMEM. */
int hl_local_url(char **out, const struct hl_local *local, const char *url);
/* Makes the n-th URL of a run without a list; the caller frees it. @return 0 or
 * UV_ENOMEM. */
int hl_local_nth_url(char **out, const struct hl_local *local, uint64_t n);

#endif
