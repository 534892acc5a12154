/* A worker's process: its start, and word of its end. Linux 5.4. */
#ifndef HL_WORKER_SPAWN_H
#define HL_WORKER_SPAWN_H

#include <stdint.h>
#include <sys/types.h>

/* What a worker finds open; haul_worker_run() is given HL_FD_WIRE and
 * counts on from there. The lock it only has to hold: a directory is free when
 * the last worker of a killed run is gone. */
enum {
    HL_FD_ERROR = 2, /* the standard one */
    HL_FD_WIRE,
    HL_FD_DIR,
    HL_FD_RATE,
    HL_FD_LOCK,
    HL_FD_COUNT
};

struct hl_spawned {
    pid_t pid;
    int pidfd; /* readable once it has ended; the caller closes it */
};

/*
 * Runs argv, looked for in PATH, with fds from HL_FD_ERROR on; -1 stands for
 * none, and standard input and output are empty. Its signals do the default
 * and are all blocked, until it says what it does with them. It does not fork:
 * to copy a process and then to share its pages takes longer than all else of
 * a start (9 ms of 10 with libuv 1.44's uv_spawn(), on 2 cores).
 * @return 0 or a libuv code, also when the program cannot be run.
 */
int hl_spawn(struct hl_spawned *out, char **argv, const int fds[HL_FD_COUNT]);
/* After pidfd became readable: how it ended. The process is reaped. */
void hl_spawn_reap(const struct hl_spawned *spawned, int64_t *status,
                   int *signal);

#endif
