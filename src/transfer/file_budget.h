/*
 * How a run divides the files that it may have open between its transfers, its
 * loops, its lookups and itself. All of this arithmetic is here: the command
 * line lowers --jobs by it before a run, and the transfers ask how many
 * connections and parts they may keep open. util/open_files.h has the limit
 * itself. All functions are pure.
 */
#ifndef HL_TRANSFER_FILE_BUDGET_H
#define HL_TRANSFER_FILE_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

/* File descriptors that the transfers of a mode take. */
struct hl_file_needs {
    uint32_t a_job;      /* for one transfer: its socket, its part and what
                            libcurl opens for it */
    uint32_t kept_a_job; /* idle connections of one transfer, where there are
                            files enough */
    uint32_t kept_least; /* connections that are kept open, however few
                            transfers there are, where there are files enough */
    uint32_t kept_most;  /* the same, where many more files may be open */
    uint32_t of_many;    /* from this many files on, one more for each transfer
                            is enough, because transfers open their parts in
                            turns. 0: they do not */
    uint32_t floor;      /* the fewest that a run needs */
    uint32_t floor_bare; /* the same where the parent process left no file open
                            and all files go into one directory */
};

/* With fewer files than this a run may fail. */
enum { HL_FILES_SAFE = 22 };

/* What is to be divided, and among whom. */
struct hl_file_budget {
    struct hl_file_needs needs;
    uint64_t limit;   /* of files that may be open; UINT64_MAX: any number */
    uint32_t jobs;    /* transfers at a time */
    uint32_t loops;   /* that transfer */
    uint32_t handles; /* of libcurl in this process that block, each with
                         connections of its own */
    uint32_t beside;  /* files that the command opens itself */
};

/* Before a run. */

/* The files that the run has open at most, unless the limit allows many more:
 * then it keeps more connections. */
uint64_t hl_file_budget_most(const struct hl_file_budget *budget);
/* The least limit that the run can work with. bare: see floor_bare. */
uint64_t hl_file_budget_least(const struct hl_file_budget *budget, bool bare);
/* Does the limit allow each of the loops a transfer? */
bool hl_file_budget_allows_loops(const struct hl_file_budget *budget);
/* How many transfers at a time the limit allows. */
uint64_t hl_file_budget_jobs(const struct hl_file_budget *budget);
/* How many lookups at a time the limit allows; UINT32_MAX: any number. */
uint32_t hl_file_budget_lookups(const struct hl_file_budget *budget);

/* During a run. */

/* How many connections each loop may keep open, if it has fewer transfers. */
uint32_t hl_file_budget_connections(const struct hl_file_budget *budget);
/* How many parts may be open on each loop beside so many connections; 1 or
 * more. */
uint64_t hl_file_budget_parts(const struct hl_file_budget *budget,
                              uint32_t connections);
/* Is there room for a few files more than a loop needs? */
bool hl_file_budget_has_spare(const struct hl_file_budget *budget);
/* May a loop keep idle connections at all? */
bool hl_file_budget_keeps_idle(const struct hl_file_budget *budget);
/* May each handle that blocks keep the five connections that libcurl keeps by
 * itself? If not, it may keep one. */
bool hl_file_budget_keeps_five(const struct hl_file_budget *budget);
/* How many files are open beside directories. */
uint64_t hl_file_budget_beside_dirs(const struct hl_file_budget *budget);

#endif
