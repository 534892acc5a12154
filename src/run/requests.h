/*
 * Where a run's requests come from: those that the embedder pushed, and those
 * that the run pulls from it. Loop thread only.
 */
#ifndef HL_RUN_REQUESTS_H
#define HL_RUN_REQUESTS_H

#include <stdbool.h>

#include "haul/haul.h"

/* A copy of a request that was pushed. */
struct hl_pushed {
    struct haul_request request;
    struct hl_pushed *prev;
    struct hl_pushed *next;
};

/* All zero but for pull and arg, nothing was pushed. */
struct hl_requests {
    struct hl_pushed *pushed; /* that were not taken out yet */
    haul_pull_fn pull;        /* or NULL */
    void *arg;
    bool ended;     /* no more will come */
    unsigned pulls; /* that this turn may still make */
};

/* Copies *request. @return 0 or UV_ENOMEM. */
int hl_requests_push(struct hl_requests *requests,
                     const struct haul_request *request);
/* The first that was pushed, taken out; NULL: none. The caller frees it. */
struct hl_pushed *hl_requests_pop(struct hl_requests *requests);
void hl_pushed_free(struct hl_pushed *pushed);
/* Asks the embedder for a request. *out is borrowed until the next call.
 * @return false when there is none now. */
bool hl_requests_pull(struct hl_requests *requests, struct haul_request *out);

#endif
