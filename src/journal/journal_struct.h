/*
 * An open journal, as the files of this room see it. journal.c creates and
 * frees it. load.c and compact.c fill it, index.c reads and writes urls,
 * append.c adds to log, sync.c owns the members with sync in their names.
 * Each member that is a struct of this room has a file of its own.
 */
#ifndef HL_JOURNAL_JOURNAL_STRUCT_H
#define HL_JOURNAL_JOURNAL_STRUCT_H

#include "haul/haul.h"
#include "journal/boots.h"
#include "journal/journal_entry.h"
#include "journal/journal_file.h"
#include "journal/killed_runs.h"
#include "journal/taken_names.h"
#include "journal/writer.h"
#include "util/table.h"

#define HL_JOURNAL_NAME "journal" /* in .haul */

/* Owned by the session. */
struct hl_journal {
    int dir_fd;               /* borrowed */
    int haul_fd;              /* .haul in there; -1: not there */
    int lock_fd;              /* the one of haul_fd and lock_file_fd that child
                                 processes inherit; -1: a view */
    int lock_file_fd;         /* or -1 */
    struct hl_log log;        /* log.fd -1: a view, and there is no file */
    struct hl_writer *writer; /* owns log.fd; NULL: a view */
    struct hl_table urls;     /* offset and kind of their last records */
    struct hl_names names;    /* claimed, or taken by this run */
    struct hl_boots boots;
    struct hl_killed_runs killed;
    bool is_attempt;  /* at a part of a plan: journal/attempts.h */
    uint64_t records; /* in the files */
    struct haul_journal_damage damage; /* when it was opened */
    bool had_run;                      /* a run has locked it before */
    bool is_old; /* the file begins with the header of an older version */
    char boot[HL_BOOT_ID_SIZE];
    char token[HL_TOKEN_SIZE];     /* of this run */
    struct hl_journal_rules rules; /* of the run before it */
    char *rules_text;              /* what its strings lie in */
    bool has_ended;                /* this run has, and that is on record */
    struct hl_journal_sync *sync;  /* under way; or NULL */
    bool wants_sync;               /* files have come since the last */
    bool sync_is_due;              /* asked for while one was under way */
};

#endif
