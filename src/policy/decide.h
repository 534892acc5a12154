/*
 * What is to be done with a request: decided here alone, for the run and for
 * all commands that tell what a run would do. Pure: plain data in, plain data
 * out. Any thread.
 *
 * A request that the journal does not know costs no look at the disk. Where a
 * look is needed the answer is HL_TODO_LOOK, and the caller asks again with
 * what it has seen.
 */
#ifndef HL_POLICY_DECIDE_H
#define HL_POLICY_DECIDE_H

#include <stdbool.h>

#include "haul/haul.h"
#include "journal/done.h"
#include "journal/journal.h"
#include "policy/cause.h"
#include "transfer/job.h"
#include "util/checksum.h"

/* What the journal knows of a request. */
struct hl_known {
    enum hl_journal_state state;
    bool has_name;
    bool has_file;     /* haul has written a complete file of this name */
    bool is_final;     /* it failed of a cause that is still there */
    bool unsynced;     /* the machine may have gone down before the file was on
                          disk */
    bool rebooted;     /* the record is older than the machine's last start */
    bool has_checksum; /* the list has one for the file */
    enum hl_digests_say checksum; /* what the digests on record say of it */
    struct hl_stamp stamp;        /* of the file on record */
};

/* Has the URL failed for a cause that is still there (hl_cause_is_final())? */
bool hl_known_is_final(const struct hl_journal_entry *entry,
                       const struct haul_options *options,
                       const char *checksum);
/* is_final: as hl_known_is_final() has it. checksum is the digits that the file
 * must have, or NULL. */
struct hl_known hl_known_of(const struct hl_journal_entry *entry, bool is_final,
                            const char *checksum);

enum hl_todo {
    HL_TODO_LOOK,   /* look at the file on record, and ask again */
    HL_TODO_NAME,   /* give it a name, and fetch it */
    HL_TODO_FETCH,  /* fetch it, or what its part lacks, under its name */
    HL_TODO_ASK,    /* ask the server whether the file has changed */
    HL_TODO_VERIFY, /* compute the checksum of the file that is there */
    HL_TODO_ADOPT,  /* find out whether the file that is there is the URL's */
    HL_TODO_RENAME, /* another file has its name: take NAME-HASH */
    HL_TODO_DONE,   /* its file is there */
    HL_TODO_FAILED, /* it has failed: nothing is asked for */
    HL_TODO_SKIP,   /* the options leave it out */
    HL_TODO_COUNT
};

struct hl_decision {
    enum hl_todo todo;
    enum hl_taken taken; /* to fetch: what to do with a file that is there */
    bool compare;        /* to fetch: as of struct hl_job */
    const char *why;     /* of HL_TODO_SKIP and _FAILED: static, or NULL */
};

/* look: what the file on record was found to be; NULL: nobody has looked. */
struct hl_decision hl_decide(const struct hl_known *known,
                             const struct haul_options *options,
                             const struct hl_done_look *look);

/* A file that haul did not write and that has the name of a request. */
struct hl_stranger {
    bool is_directory;
    bool is_partial; /* another program is at work on it, as the file beside it
                        tells, or it must not be adopted */
    bool is_renamed; /* the name was NAME-HASH already */
};

/* What becomes of the request whose name the stranger has. */
struct hl_decision hl_decide_taken(const struct hl_stranger *stranger,
                                   const struct haul_options *options);

#endif
