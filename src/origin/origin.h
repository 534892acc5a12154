/*
 * The embedded origin: an HTTP server for trying things out, with latency,
 * bandwidth and faults on demand. What it serves depends on path and query
 * alone, so that a run repeats.
 *
 * Structure: libmicrohttpd runs all connections on one thread, which origin.c
 * starts and stops. answer.c answers a request. A connection that has to wait
 * is suspended, and costs no thread; delays.c resumes it when its time has
 * come. pace.c says when a body with limited bandwidth goes on. fault.c says
 * what goes wrong, body.c gives the bytes of a path by their offset, and png.c
 * makes images.
 */
#ifndef HL_ORIGIN_ORIGIN_H
#define HL_ORIGIN_ORIGIN_H

#include <stdint.h>

#include "origin/fault.h"

/* All zero: loopback, any port, no latency, no faults. */
struct hl_origin_options {
    const char *bind; /* IPv4 address; 127.0.0.1 */
    uint32_t port;    /* 0: any */
    uint64_t latency_ns;
    uint64_t jitter_ns; /* latency of up to this much more, by path */
    uint64_t bandwidth; /* bytes/s of a connection; 0 no limit */
    /* What all connections share; 0 no such limit. */
    uint64_t total_bandwidth; /* bytes/s */
    uint32_t connections;     /* that are open at a time; others wait */
    uint32_t busy_above;      /* requests at a time; others get a 503 at once */
    uint32_t slow_above;      /* requests at a time; with more, the latency
                                 grows by the square of their number */
    uint64_t seed;
    uint32_t fault_percent[HL_FAULT_COUNT];
    uint32_t fault_times; /* first requests of a path that a fault strikes; 0
                             means 1, UINT32_MAX all */
    const char *root;     /* the directory of files to serve; NULL: none */
    const char *log;      /* gets a line for each request; NULL: none */
};

struct hl_origin;

/* Listens and serves on a thread of its own. @return 0 or a libuv code:
 * UV_ENOSYS where libmicrohttpd is not there. */
int hl_origin_start(struct hl_origin **out,
                    const struct hl_origin_options *options);
uint16_t hl_origin_port(const struct hl_origin *origin);
/* Ends all connections and frees the origin. NULL is fine. */
void hl_origin_stop(struct hl_origin *origin);

#endif
