/*
 * The thread pool writes the journal from time to time. Now and then it also
 * syncs the file system; then the journal gets a mark that says: the files of
 * all records before this offset are on disk, even if the machine goes down.
 * One syncfs(2) serves thousands of files.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "journal/append.h"
#include "journal/journal_struct.h"
#include "journal/sync.h"
#include "util/container_of.h"

/* Owned by the loop until its work has ended; the journal may be freed before.
 */
struct hl_journal_sync {
    uv_work_t work;
    struct hl_journal *journal; /* NULL: it has gone */
    struct hl_writer *writer;   /* held */
    uint64_t upto;
    int dir_fd; /* our own; -1: only the journal is written */
    int result;
};

static void on_uv_work(uv_work_t *work)
{
    struct hl_journal_sync *sync =
        container_of(work, struct hl_journal_sync, work);
    sync->result = hl_writer_write(sync->writer);
    if (sync->result == 0 && sync->dir_fd >= 0 && syncfs(sync->dir_fd) < 0)
        sync->result = -errno;
}

static void end(struct hl_journal_sync *sync)
{
    if (sync->journal != NULL)
        sync->journal->sync = NULL;
    hl_writer_release(sync->writer);
    if (sync->dir_fd >= 0)
        close(sync->dir_fd);
    free(sync);
}

static void on_uv_after_work(uv_work_t *work, int status)
{
    struct hl_journal_sync *sync =
        container_of(work, struct hl_journal_sync, work);
    struct hl_journal *j = sync->journal;
    /* Where no mark can be added, the next sync's mark covers these files. */
    if (j != NULL && sync->dir_fd >= 0 && status == 0 && sync->result == 0 &&
        hl_record_add_mark(&j->log.buffer, sync->upto - j->log.base) == 0)
        j->boots.synced = sync->upto;
    end(sync);
}

static int start(struct hl_journal *j, uv_loop_t *loop, int dir_fd)
{
    struct hl_journal_sync *sync = calloc(1, sizeof(*sync));
    if (sync == NULL)
        return UV_ENOMEM;
    *sync = (struct hl_journal_sync){.journal = j,
                                     .writer = j->writer,
                                     .upto = j->log.size + j->log.posted,
                                     .dir_fd = dir_fd};
    int r = uv_queue_work(loop, &sync->work, on_uv_work, on_uv_after_work);
    if (r < 0) {
        free(sync);
        return r;
    }
    hl_writer_hold(j->writer);
    j->sync = sync;
    return 0;
}

int hl_journal_write_later(struct hl_journal *j, uv_loop_t *loop)
{
    int dir_fd = -1;
    int r = hl_journal_post(j);
    bool files = j->sync_is_due && j->wants_sync;
    if (r < 0 || j->sync != NULL || (j->log.posted == 0 && !files))
        return r;
    if (files)
        dir_fd = openat(j->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (files && dir_fd < 0)
        return -errno;
    r = start(j, loop, dir_fd);
    if (r < 0 && files)
        close(dir_fd);
    if (r < 0 || !files)
        return r;
    j->sync_is_due = false;
    j->wants_sync = false;
    return 0;
}

int hl_journal_sync(struct hl_journal *j, uv_loop_t *loop)
{
    j->sync_is_due = true;
    return hl_journal_write_later(j, loop);
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
