/*
 * Marks in the journal: the files of all records before one are surely on
 * disk, whatever happens to the machine. One syncfs(2) on the thread pool
 * serves for thousands of files; the loop goes on meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/journal_parts.h"
#include "engine/journal_sync.h"
#include "util/container_of.h"

/* Owned by the loop until its work has ended; the journal may go before. */
struct hl_journal_sync {
    uv_work_t work;
    struct hl_journal *journal; /* NULL: it has gone */
    uint64_t upto;
    int dir_fd; /* our own */
    int result;
};

static void on_uv_work(uv_work_t *work)
{
    struct hl_journal_sync *sync =
        container_of(work, struct hl_journal_sync, work);
    sync->result = syncfs(sync->dir_fd) < 0 ? -errno : 0;
}

static void end(struct hl_journal_sync *sync)
{
    if (sync->journal != NULL)
        sync->journal->sync = NULL;
    close(sync->dir_fd);
    free(sync);
}

static void on_uv_after_work(uv_work_t *work, int status)
{
    struct hl_journal_sync *sync =
        container_of(work, struct hl_journal_sync, work);
    struct hl_journal *j = sync->journal;
    /* A mark that is not written is one that comes with the next. */
    if (j != NULL && status == 0 && sync->result == 0 &&
        hl_journal_add_mark(&j->buffer, sync->upto) == 0)
        j->synced = sync->upto;
    end(sync);
}

int hl_journal_sync(struct hl_journal *j, uv_loop_t *loop)
{
    if (j->sync != NULL || !j->wants_sync)
        return 0;
    int r = hl_journal_flush(j);
    if (r < 0)
        return r;
    struct hl_journal_sync *sync = calloc(1, sizeof(*sync));
    if (sync == NULL)
        return -ENOMEM;
    sync->dir_fd = openat(j->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (sync->dir_fd < 0) {
        r = -errno;
        free(sync);
        return r;
    }
    sync->journal = j;
    sync->upto = j->size;
    j->sync = sync;
    r = uv_queue_work(loop, &sync->work, on_uv_work, on_uv_after_work);
    if (r < 0)
        end(sync);
    else
        j->wants_sync = false;
    return r;
}

void hl_journal_sync_forget(struct hl_journal *j)
{
    struct hl_journal_sync *sync = j->sync;
    if (sync == NULL)
        return;
    sync->journal = NULL;
    j->sync = NULL;
    /* One that still waits for a thread need not run any more. */
    (void)uv_cancel((uv_req_t *)&sync->work);
}
