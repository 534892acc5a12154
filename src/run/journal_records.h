/*
 * What a run puts into the journal about its tasks, and when the journal is
 * written: before jobs start, when enough has gathered, and after 100 ms at the
 * latest. Once a minute the file system is synced, so that the files on record
 * survive a power cut.
 *
 * Loop thread only. The functions that record something tell the owner when
 * they fail.
 */
#ifndef HL_RUN_JOURNAL_RECORDS_H
#define HL_RUN_JOURNAL_RECORDS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "journal/journal_entry.h"
#include "journal/key.h"
#include "schedule/task.h"
#include "util/closing.h"

/* Embedded in its owner, which must outlive closed(). */
struct hl_records {
    struct hl_journal *journal; /* borrowed */
    const struct haul_options *options;
    struct hl_trace *trace;
    bool write_first; /* other processes open the files, or requests are sent
                         once: when a job is taken, its claim must be in the
                         journal's file already */
    bool
        is_part_lost; /* a worker that hangs may still write a temporary file */
    /* Something could not be recorded or written: the run must end. */
    void (*failed)(void *arg, int code);
    void *arg;
    uv_timer_t timer; /* does not keep the loop alive */
    bool is_closing;
    uint64_t written_ns; /* when records were last written or posted */
    uint64_t synced_ns;
    struct hl_closing closing;
};

/* The members from journal to arg are set. */
void hl_records_open(struct hl_records *records, uv_loop_t *loop);
/* Writes all. closed() is called on the loop, when no handle is left. */
void hl_records_close(struct hl_records *records, void (*closed)(void *arg),
                      void *arg);

/* The task's URL has the name task->path. Nothing where that is on record. */
int hl_records_claim(struct hl_records *records, struct hl_task *task);
/* The file of the task is complete. */
int hl_records_done(struct hl_records *records, const struct hl_task *task,
                    const struct hl_journal_file *file);
/* The file of the task, which is on record, was looked at: *file has its stamp,
 * and what was computed of it. What else is on record stays. */
int hl_records_renew(struct hl_records *records, const struct hl_task *task,
                     const struct hl_journal_file *file);
/* The task has a part of so many bytes. 0: how many reach the disk is for its
 * file to say. */
int hl_records_part(struct hl_records *records, struct hl_task *task,
                    uint64_t size, const struct hl_part *part);
/* The task has failed. */
int hl_records_failed(struct hl_records *records, struct hl_task *task,
                      enum haul_error error, long http_status);

/* To be called before jobs start: posts the records to the journal's writer, or
 * writes them where another process needs them in the file or too much has
 * gathered. */
void hl_records_before_jobs(struct hl_records *records);
/* To be called before a transfer calls shared->settle(): posts the records, so
 * that hl_journal_settle() writes them to the file. @return 0 or a code, of
 * which the owner was told. */
int hl_records_before_settle(struct hl_records *records);
/* To be called at the end of each turn: posts, where the last time is long ago;
 * and sets the timer, where there is something to write. */
void hl_records_keep_up(struct hl_records *records);
/* Says in the journal that no temporary file is left, unless one may be; and
 * writes all. */
void hl_records_end(struct hl_records *records);

#endif
