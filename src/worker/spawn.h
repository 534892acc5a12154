/* Starts the process of a worker, and says how it ended. Linux 5.4. */
#ifndef HL_WORKER_SPAWN_H
#define HL_WORKER_SPAWN_H

#include <stdint.h>
#include <sys/types.h>

/* The descriptors that a worker finds open. haul_worker_run() is given
 * HL_FD_WIRE, and the others follow it. The worker only holds the lock, so that
 * the directory stays locked until the last worker of a killed run is gone. */
enum {
    HL_FD_ERROR = 2, /* the standard one */
    HL_FD_WIRE,
    HL_FD_DIR,
    HL_FD_RATE,
    HL_FD_LOCK,
    HL_FD_BODY,
    HL_FD_COUNT
};

struct hl_spawned {
    pid_t pid;
    int pidfd; /* readable once it has ended; the caller closes it */
};

/*
 * Runs argv, looked for in PATH. The process gets fds from HL_FD_ERROR on (-1:
 * none); its standard input and output are empty. All signals have their
 * default action and are blocked, until the process sets them. posix_spawn(3)
 * copies no pages, as a fork does: with libuv 1.44's uv_spawn() that took 9 ms
 * of the 10 ms of a start, on 2 cores.
 * @return 0 or a libuv code, also when the program cannot be run.
 */
int hl_spawn(struct hl_spawned *out, char **argv, const int fds[HL_FD_COUNT]);
/* To be called once pidfd is readable: reaps the process and says how it
 * ended. */
void hl_spawn_reap(const struct hl_spawned *spawned, int64_t *status,
                   int *signal);

#endif
