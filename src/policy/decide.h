/*
 * What is to be done with a request: decided here alone, for the run and for
 * all commands that say what a run would do. Pure: plain data in, plain data
 * out. Any thread.
 *
 * A request that the journal does not know costs no look at the disk. Where a
 * look is needed the answer is HL_TODO_LOOK. The caller then looks
 * (journal/on_disk.h) and asks again with what was found.
 */
#ifndef HL_POLICY_DECIDE_H
#define HL_POLICY_DECIDE_H

#include <stdbool.h>

#include "haul/haul.h"
#include "transfer/job.h"
#include "util/checksum.h"
#include "util/stamp.h"

/* What the journal knows of a request. All zero: nothing. Strings are borrowed
 * and may be NULL. */
struct hl_known {
    const char *name; /* of its file */
    bool is_done;
    bool has_failed;
    bool is_final; /* it failed of a cause that is still there */
    bool has_file; /* haul has written a complete file of this name */
    bool unsynced; /* the machine went down before the file was surely on disk:
                      it may be torn */
    bool rebooted; /* the record is older than the machine's last start */
    bool has_checksum;            /* the list has one for the file */
    enum hl_digests_say checksum; /* what the digests on record say of it */
    /* Of the file as haul wrote it. */
    struct hl_stamp stamp;
    const char *digests; /* hexadecimal, with commas between them */
    const char *xxh3;    /* as util/xxh3.h has it */
};

/* What the file on record is found to be. */
enum hl_found {
    HL_FOUND_SAME,    /* as haul left it */
    HL_FOUND_MOVED,   /* the bytes are haul's, but the stamp is another: the
                         file was copied, linked or given another owner, or an
                         earlier version recorded no stamp */
    HL_FOUND_HASH,    /* only the file's bytes can tell */
    HL_FOUND_CHANGED, /* somebody has changed or replaced the file */
    HL_FOUND_GONE,
};

/* Decides by stat(2) alone. stamp: of the regular file that is there; NULL: no
 * file is there. */
enum hl_found hl_decide_found(const struct hl_known *known,
                              const struct hl_stamp *stamp);

/* What a look at the file has found out. */
struct hl_look {
    enum hl_found found;   /* HL_FOUND_HASH: a stop came before it was known */
    bool hashed;           /* the bytes were read */
    struct hl_stamp stamp; /* of the file as it is now, unless it is gone */
    int error;             /* a libuv code: nobody can tell what is there, and
                              found is worth nothing; 0: none */
};

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

/* look: what was found, or NULL before anybody has looked. */
struct hl_decision hl_decide(const struct hl_known *known,
                             const struct haul_options *options,
                             const struct hl_look *look);

/* A file that haul did not write and that has the name of a request. */
struct hl_foreign_file {
    bool is_directory;
    bool is_partial; /* another program is at work on it, as the file beside it
                        tells, or it must not be adopted */
    bool is_renamed; /* the name was NAME-HASH already */
};

/* What becomes of the request whose name the foreign file has. */
struct hl_decision hl_decide_taken(const struct hl_foreign_file *foreign,
                                   const struct haul_options *options);

#endif
