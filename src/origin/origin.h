/*
 * The embedded origin: an HTTP server for trying things out, with latency,
 * bandwidth and faults on demand. What it serves depends on path and query
 * alone, so that a run repeats.
 *
 * Structure: libmicrohttpd runs all connections on one thread (origin.c);
 * one that waits is suspended and costs no thread, and the waker (waker.c)
 * resumes it when its time has come. A body (body.c) gives its bytes by
 * offset; images are made by png.c.
 */
#ifndef HL_ORIGIN_ORIGIN_H
#define HL_ORIGIN_ORIGIN_H

#include <stdint.h>

/* X(name, word): what can go wrong on demand. */
#define HL_FAULT_MAP(X)              \
    X(HL_FAULT_503, "503")           \
    X(HL_FAULT_429, "429")           \
    X(HL_FAULT_500, "500")           \
    X(HL_FAULT_404, "404")           \
    X(HL_FAULT_RESET, "reset")       \
    X(HL_FAULT_TRUNCATE, "truncate") \
    X(HL_FAULT_STALL, "stall")       \
    X(HL_FAULT_SLOW, "slow")

enum hl_fault {
#define X(name, word) name,
    HL_FAULT_MAP(X)
#undef X
        HL_FAULT_COUNT
};

/* All zero: loopback, any port, no latency, no faults. */
struct hl_origin_options {
    const char *bind; /* IPv4 address; 127.0.0.1 */
    uint32_t port;    /* 0: any */
    uint64_t latency_ns;
    uint64_t jitter_ns; /* up to this much more, by path */
    uint64_t bandwidth; /* bytes/s of a connection; 0 no limit */
    uint64_t seed;
    uint32_t fault_percent[HL_FAULT_COUNT];
    uint32_t fault_times; /* first requests of a path that a fault strikes; 0
                             means 1, UINT32_MAX all */
    const char *root;     /* files below it; NULL: none */
    const char
        *log; /* append a line for each request to this file; NULL: none */
};

struct hl_origin;

/* The index of a word of HL_FAULT_MAP, or -1. */
int hl_fault_by_word(const char *word);
/* The opposite. */
const char *hl_fault_word(int fault);
/* Listens and serves on a thread of its own. @return 0 or a libuv code. */
int hl_origin_start(struct hl_origin **out,
                    const struct hl_origin_options *options);
uint16_t hl_origin_port(const struct hl_origin *origin);
/* Ends all connections, and frees. NULL is fine. */
void hl_origin_stop(struct hl_origin *origin);

#endif
