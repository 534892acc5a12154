/* A session: a run, and what it is opened and closed with. */
#ifndef HL_RUN_SESSION_H
#define HL_RUN_SESSION_H

#include "run/run.h"
#include "trace/loop_watch.h"

/* Owned by the embedder, through haul_session_new() and _close(). Loop thread
 * only. */
struct haul_session {
    struct haul_options options; /* own copies, resolved */
    struct hl_resources resources;
    struct hl_journal *journal;
    struct hl_trace *trace;      /* or NULL */
    struct hl_loop_watch *watch; /* or NULL */
    struct hl_run run;
    haul_session_fn drained; /* the embedder's; or NULL */
    haul_session_fn closed;  /* the same */
    void (*busy)(void *arg); /* the same */
    void *arg;               /* of all three */
    bool is_drained;         /* drained() was called */
    bool close_wanted;       /* as soon as no request is alive */
    struct hl_closing closing;
};

#endif
