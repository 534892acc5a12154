#include "cli/uv_start.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The first loop of a process opens a pipe, and libuv calls abort() where it
 * cannot. So a pipe is tried first. */
int hl_loop_init(uv_loop_t *loop)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    close(ends[0]);
    close(ends[1]);
    return uv_loop_init(loop);
}

/* The pool reads its size once, at its first use. */
void hl_pool_size(uint32_t threads)
{
    char size[16];
    snprintf(size, sizeof(size), "%u",
             threads < HL_POOL_MAX ? threads : (uint32_t)HL_POOL_MAX);
    setenv("UV_THREADPOOL_SIZE", size, 1);
}

static void on_uv_work(uv_work_t *work)
{
    (void)work;
}

static void on_uv_worked(uv_work_t *work, int status)
{
    (void)status;
    free(work);
}

void hl_pool_start(uv_loop_t *loop)
{
    uv_work_t *work = malloc(sizeof(*work));
    if (work != NULL)
        uv_queue_work(loop, work, on_uv_work, on_uv_worked);
}
