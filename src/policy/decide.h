/*
 * Decides what is to be done with a request. The run asks here, and so do all
 * commands that say what a run would do. Pure: plain data in, plain data out.
 * Any thread.
 *
 * Nothing here looks at the disk. For a request that the journal knows, the
 * answer may be HL_TODO_LOOK: then the caller looks at the file
 * (journal/on_disk.h) and asks again with what it has found. For a request that
 * is new to the journal, the caller chooses a name (HL_TODO_NAME) and looks
 * whether a file has that name; if so, it asks hl_decide_taken().
 */
#ifndef HL_POLICY_DECIDE_H
#define HL_POLICY_DECIDE_H

#include <stdbool.h>

#include "haul/haul.h"
#include "transfer/job.h"
#include "util/checksum.h"
#include "util/file_stamp.h"

/* What the journal knows of a request. All zero: nothing. Strings are borrowed
 * and may be NULL. */
struct hl_known {
    const char *name; /* of its file */
    bool is_done;
    bool has_failed;
    bool is_sent;     /* a request that is sent once, and was sent or may have
                         been */
    bool is_final;    /* it would fail again: hl_cause_is_final() */
    bool is_left_out; /* it failed of no cause that options.retry_causes names
                       */
    bool has_file;    /* haul has written a complete file of this name */
    bool unsynced;    /* the machine went down before the file was synced: the
                         file may be torn */
    bool rebooted;    /* the machine was started after the record was written */
    bool has_checksum;            /* the request has a checksum for the file */
    enum hl_digests_say checksum; /* that checksum, compared with digests */
    /* These three are those of the file as haul wrote it. */
    struct hl_stamp stamp;
    const char *digests; /* hexadecimal, with commas between them */
    const char *xxh3;    /* as util/xxh3.h has it */
};

/* What has become of the file on record. */
enum hl_found {
    HL_FOUND_SAME,    /* as haul left it */
    HL_FOUND_MOVED,   /* the bytes are haul's, but the stamp is another: the
                         file was copied, linked or given another owner, or an
                         earlier version recorded no stamp */
    HL_FOUND_HASH,    /* only the file's bytes can tell */
    HL_FOUND_CHANGED, /* somebody has changed or replaced the file */
    HL_FOUND_GONE,
};

/* Decides by what stat(2) says. stamp: of the regular file under the name;
 * NULL: there is no file. */
enum hl_found hl_decide_found(const struct hl_known *known,
                              const struct hl_stamp *stamp);

/* What a look at the file has found out. */
struct hl_look {
    enum hl_found found;   /* HL_FOUND_HASH: a stop ended the reading */
    bool hashed;           /* the bytes were read */
    struct hl_stamp stamp; /* of the file as it is now, unless it is gone */
    int error;             /* a libuv code: the look failed, and found means
                              nothing; 0: it did not */
};

/* Why a request that was sent is not sent again. */
#define HL_WHY_SENT_ONCE "a request with a method or a body is sent once"

/* Why a URL fails whose file in a shared directory is not what was recorded. */
#define HL_WHY_CHANGED                                                      \
    "its file was changed since haul wrote it; remove the file to have it " \
    "fetched again"

/* Why a repeated line fails or is skipped: the line that it repeats did. */
#define HL_WHY_AS_REPEATED "as the line that it repeats"

enum hl_todo {
    HL_TODO_LOOK,   /* look at the file on record, and ask again */
    HL_TODO_NAME,   /* choose a name for it, and fetch it */
    HL_TODO_FETCH,  /* fetch it, or the rest of its part, under its name */
    HL_TODO_ASK,    /* ask the server whether the file has changed */
    HL_TODO_VERIFY, /* compute the checksum of the file that is there */
    HL_TODO_ADOPT,  /* find out whether the file that is there is the URL's */
    HL_TODO_RENAME, /* another file has its name: take NAME-HASH */
    HL_TODO_DONE,   /* its file is there */
    HL_TODO_FAILED, /* it fails, and the server is not asked */
    HL_TODO_SKIP,   /* the options leave it out */
    HL_TODO_LINK,   /* of a repeated line: link the URL's file to its name */
    HL_TODO_WAIT,   /* of a repeated line: until its URL has come to an end */
    HL_TODO_COUNT
};

struct hl_decision {
    enum hl_todo todo;
    /* These two go into the job (transfer/job.h). */
    enum hl_taken taken;
    bool compare;
    const char *why; /* for HL_TODO_SKIP, _FAILED and _LINK: static, or NULL */
};

/* look: what was found, or NULL before anybody has looked. */
struct hl_decision hl_decide(const struct hl_known *known,
                             const struct haul_options *options,
                             const struct hl_look *look);

/* What is to be done with a line that repeats the URL of an earlier line. known
 * is of that URL. is_over: this run has dealt with the earlier line. */
struct hl_decision hl_decide_repeat(const struct hl_known *known,
                                    const struct haul_options *options,
                                    const struct hl_look *look, bool is_over);

/* A file that haul did not write and that has the name of a request. */
struct hl_foreign_file {
    bool may_replace; /* false: it is a directory, or an attempt to replace it
                         has failed */
    bool may_adopt;   /* false: the file beside it says that another program is
                         still writing it, or its bytes were found not to be the
                         request's */
    bool may_rename;  /* false: the name is NAME-HASH, or NAME-HASH is taken too
                       */
};

/* What is to be done with the request whose name the foreign file has. */
struct hl_decision hl_decide_taken(const struct hl_foreign_file *foreign,
                                   const struct haul_options *options);

#endif
