#include "worker/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Above the numbers that the worker finds, so that no step of the way there
 * overwrites one that is still needed. Most are there already: a copy of each
 * would be much where few files may be open. */
static int lift(int lifted[HL_FD_COUNT], const int fds[HL_FD_COUNT])
{
    for (int i = HL_FD_ERROR; i < HL_FD_COUNT; i++) {
        lifted[i] = fds[i];
        if (fds[i] < 0 || fds[i] >= HL_FD_COUNT)
            continue;
        lifted[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, HL_FD_COUNT);
        if (lifted[i] < 0)
            return -errno;
    }
    return 0;
}

static int add_files(posix_spawn_file_actions_t *actions,
                     const int lifted[HL_FD_COUNT])
{
    int r = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null",
                                             O_RDONLY, 0);
    if (r == 0)
        r = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO,
                                             "/dev/null", O_WRONLY, 0);
    for (int i = HL_FD_ERROR; r == 0 && i < HL_FD_COUNT; i++)
        if (lifted[i] >= 0)
            r = posix_spawn_file_actions_adddup2(actions, lifted[i], i);
    return -r;
}

static int run(pid_t *pid, char **argv, const int lifted[HL_FD_COUNT])
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all;
    sigfillset(&all);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &all);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawn_file_actions_init(&actions);
    int r = add_files(&actions, lifted);
    if (r == 0)
        r = -posix_spawnp(pid, argv[0], &actions, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return r;
}

int hl_spawn(struct hl_spawned *out, char **argv, const int fds[HL_FD_COUNT])
{
    int lifted[HL_FD_COUNT] = {-1, -1, -1, -1, -1, -1, -1, -1};
    *out = (struct hl_spawned){.pidfd = -1};
    int r = lift(lifted, fds);
    if (r == 0)
        r = run(&out->pid, argv, lifted);
    for (int i = 0; i < HL_FD_COUNT; i++)
        if (lifted[i] >= 0 && lifted[i] != fds[i])
            close(lifted[i]);
    if (r < 0)
        return r;
    out->pidfd = pidfd_open(out->pid, 0);
    if (out->pidfd >= 0)
        return 0;
    /* Nobody would hear of its end. */
    r = -errno;
    kill(out->pid, SIGKILL);
    waitpid(out->pid, NULL, 0);
    return r;
}

void hl_spawn_reap(const struct hl_spawned *spawned, int64_t *status,
                   int *signal)
{
    int code = 0;
    *status = 0;
    *signal = 0;
    /* Where SIGCHLD is ignored there is nothing to learn. */
    if (waitpid(spawned->pid, &code, 0) < 0)
        return;
    if (WIFSIGNALED(code))
        *signal = WTERMSIG(code);
    else
        *status = WEXITSTATUS(code);
}
