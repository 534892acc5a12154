/*
 * options.auto_jobs: the number of transfers in flight follows goodput. Brings
 * the run's figures to schedule/auto_slots.h, every few ms, and passes its
 * slots on to the schedule and to the window.
 *
 * Loop thread only. Where the option is not set, all calls do nothing.
 */
#ifndef HL_RUN_AUTO_JOBS_H
#define HL_RUN_AUTO_JOBS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "policy/judge.h"
#include "run/window.h"
#include "schedule/auto_slots.h"
#include "schedule/schedule.h"
#include "transfer/shared.h"
#include "util/closing.h"

/* What it is to look at and to change; outlives it. */
struct hl_auto_jobs_setup {
    struct hl_trace *trace; /* or NULL */
    struct hl_window *window;
    struct hl_schedule *schedule;
    struct hl_incoming *incoming;
    atomic_uint *connections; /* as of struct hl_shared */
    void (*more)(void *arg);  /* more transfers may start */
    void *arg;
};

/* Embedded in the run. */
struct hl_auto_jobs {
    struct hl_auto_jobs_setup setup;
    struct hl_auto_slots slots;
    struct hl_flow flow;
    uint64_t idle_since_ns; /* 0: slots are not free, or needed */
    bool is_on;
    uv_timer_t timer;
    struct hl_closing closing;
};

/* Begins with the first slots of hl_auto_slots. window->most is the limit. */
void hl_auto_jobs_open(struct hl_auto_jobs *a, uv_loop_t *loop,
                       const struct hl_auto_jobs_setup *setup);
/* The run has looked for a task: is a slot free that no task could use? */
void hl_auto_jobs_idle(struct hl_auto_jobs *a, bool is_idle);
/* An attempt has ended. answered_before: its host has answered in this run. */
void hl_auto_jobs_ended(struct hl_auto_jobs *a, const struct hl_reply *reply,
                        enum hl_host_answer answer, bool answered_before);
/* The window has lowered what is allowed at most. */
void hl_auto_jobs_lowered(struct hl_auto_jobs *a);
/* closed() is called on the loop. Only where it is on. */
void hl_auto_jobs_close(struct hl_auto_jobs *a, void (*closed)(void *arg),
                        void *arg);

#endif
