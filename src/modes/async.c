/*
 * The async mode: one thread has many transfers under way, and an event loop
 * tells it which of them can go on. The loop is the session's own. With
 * options.loops above 1 there are several loops on threads of their own, which
 * do the same, and the session's loop passes the jobs on to them. With
 * options.loops 0 such loops are opened when they pay.
 */
#include "modes/async_auto.h"
#include "modes/async_loop.h"
#include "modes/async_loops.h"

const struct hl_mode hl_mode_async = {
    .traits =
        {
            .summary = "all transfers on one event loop",
            .worker = "loop",
            .default_jobs = 256,
            .on_loop = true,
            .auto_jobs = true,
            .several_loops = true,
            .memory_a_job = 512 << 10,
            .files = {.a_job = 2,
                      .kept_least = 64,
                      .kept_most = 4096,
                      .of_many = 512,
                      .floor = 19,
                      .floor_bare = 17},
        },
    .calls = &hl_one_loop,
    .calls_of_loops = &hl_several_loops,
    .calls_of_auto = &hl_auto_loops,
};
