/*
 * How the origin answers a request: libmicrohttpd calls these functions, on the
 * daemon's thread, from the head of the request to its end.
 */
#ifndef HL_ORIGIN_ANSWER_H
#define HL_ORIGIN_ANSWER_H

#include <microhttpd.h>
#include <stddef.h>
#include <stdint.h>

#include "origin/delays.h"
#include "origin/fault.h"
#include "origin/pace.h"

/* What all answers share. Owned by the origin, which outlives them. */
struct hl_service {
    struct hl_delays *waker;
    struct hl_faults faults;
    uint64_t latency_ns;
    uint64_t jitter_ns;
    uint64_t bandwidth; /* bytes/s of a connection; 0 no limit */
    struct hl_total_pace total;
    uint32_t busy_above; /* requests at a time; 0 any number */
    uint32_t slow_above;
    uint32_t requests; /* that are being answered */
    int root_fd;       /* the directory of files; -1: none */
    int log_fd;        /* gets a line for each request; -1: none */
};

/* MHD_OPTION_URI_LOG_CALLBACK; arg is the service. @return the answer, which
 * its connection owns; NULL for a path that cannot be answered. */
void *hl_answer_on_uri(void *arg, const char *uri,
                       struct MHD_Connection *connection);
/* MHD_AccessHandlerCallback; *state is the answer. */
/* NOLINTNEXTLINE(readability-function-size): the library's parameters. */
enum MHD_Result hl_answer_on_request(void *arg,
                                     struct MHD_Connection *connection,
                                     const char *url, const char *method,
                                     const char *version, const char *upload,
                                     size_t *upload_size, void **state);
/* MHD_OPTION_NOTIFY_COMPLETED: frees the answer. */
void hl_answer_on_completed(void *arg, struct MHD_Connection *connection,
                            void **state, enum MHD_RequestTerminationCode code);

#endif
