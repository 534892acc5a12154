/* One request at the origin, from its head to its end. */
#ifndef HL_ORIGIN_ANSWER_H
#define HL_ORIGIN_ANSWER_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "origin/body.h"
#include "origin/origin.h"
#include "origin/waker.h"
#include "util/fingerprint_map.h"

struct hl_origin {
    struct MHD_Daemon *daemon;
    struct hl_waker *waker;
    struct hl_origin_options options;
    struct hl_fingerprint_map struck; /* path hash: times a fault has struck; on
                                the daemon's thread only */
    int root_fd;
    int log_fd; /* or -1 */
    uint16_t port;
};

/* One request, from its head to its end. Owned by the connection. */
struct hl_answer {
    struct hl_origin *origin;
    struct MHD_Connection *connection;
    char *path;  /* with the query */
    bool seen;   /* by the first of libmicrohttpd's calls */
    bool waited; /* for the latency */
    int fault;   /* enum hl_fault, or -1 */
    struct hl_body body;
    uint64_t first; /* offset of the first byte that is sent */
    uint64_t size;  /* bytes that are announced */
    uint64_t end;   /* bytes that are sent before the fault; size without */
    uint64_t bandwidth;
    uint64_t begun_ns; /* of the body */
};

/* Chooses a fault and queues the response, on the daemon's thread. */
enum MHD_Result hl_answer_send(struct hl_answer *answer);
/* A response that is nothing but its status. */
enum MHD_Result hl_answer_error(struct MHD_Connection *connection,
                                unsigned status);

#endif
