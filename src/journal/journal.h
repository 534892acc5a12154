/*
 * The journal, DIR/.haul/journal: the truth about what is done, what failed,
 * and which name belongs to which URL. Append-only, one record a line; any
 * prefix of it is valid, and at opening it is cut after its last newline.
 *
 * It also keeps in memory what a run must know of each line of its list: which
 * URLs the run has met, and which names it has given away. That takes less than
 * 28 bytes a line.
 *
 * Loop thread only, except for hl_journal_settle(). Records gather in memory
 * until they are posted; then one write takes all of them to the file.
 */
#ifndef HL_JOURNAL_JOURNAL_H
#define HL_JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "haul/haul.h"
#include "journal/names.h"
#include "util/buf.h"
#include "util/stamp.h"

struct hl_journal;

/* A URL in normal form and its fingerprint (util/fingerprint.h), which is
 * computed once. The URL is borrowed. */
struct hl_key {
    const char *url;
    uint64_t fingerprint;
};

enum hl_journal_state {
    HL_JOURNAL_NONE,    /* the journal knows nothing of the URL */
    HL_JOURNAL_CLAIMED, /* the URL has a name, and no more */
    HL_JOURNAL_PART,    /* a temporary file may hold a part of it */
    HL_JOURNAL_DONE,
    HL_JOURNAL_FAILED,
};

/* A temporary file that holds the beginning of a file. Strings may be NULL. */
struct hl_journal_part {
    uint64_t size;
    const char *etag;
    const char *last_modified;
    const char *token; /* in the temporary file's name; NULL: there is none */
    uint64_t inode;    /* 0: not known, so the file is not opened again */
    uint64_t total;    /* bytes of the whole file; 0: not known */
    uint64_t
        url_fingerprint; /* of the URL that sent it, below 2^63; 0: not known */
};

/* A complete file, as it was when haul wrote it. Strings may be NULL. */
struct hl_journal_file {
    const char *etag;
    const char *last_modified;
    const char *digests; /* hexadecimal, with commas between them */
    struct hl_stamp stamp;
    const char *xxh3; /* as util/xxh3.h has it */
};

/* Options that decide whether an answer is the file; as struct haul_options has
 * them. */
struct hl_journal_rules {
    const char *accept_type; /* or NULL */
    uint64_t max_filesize;
    bool block_private;
};

/* Why a URL failed. */
struct hl_journal_failure {
    const char *error; /* a word of the report */
    long http_status;  /* 0 none */
    uint32_t attempts;
    const char *options_hash; /* of the options that made it fail, hexadecimal;
                                NULL: none did */
    const char *own;          /* what its line had: letters of HL_OWN_...; NULL:
                                 not known */
};

/* What a line can have of its own that the journal does not keep. */
#define HL_OWN_NOTHING  '-'
#define HL_OWN_HEADERS  'h'
#define HL_OWN_USER     'u'
#define HL_OWN_CHECKSUM 'c'

/* What the journal knows of a URL. The caller frees the strings by
 * hl_journal_entry_release(). Each may be NULL. */
struct hl_journal_entry {
    enum hl_journal_state state;
    uint64_t line;   /* where this run met the URL first; 0: it has not */
    const char *url; /* the key's text, see hl_journal_request_key() */
    const char *name;
    bool has_part;
    struct hl_journal_part part;
    bool has_file; /* haul wrote a complete file of this name: the URL is done,
                      or an update of its file is under way or failed */
    struct hl_journal_file file;
    const char *error; /* this and the next four: of a URL that failed */
    long http_status;
    uint32_t attempts;
    const char *options_hash;
    const char *own;
    bool unsynced; /* the machine went down before the file or the part was
                      surely on disk: it may be torn */
    bool rebooted; /* the record is from before the machine last started: a
                      file without a done record may be torn */
    char *memory;  /* what the strings lie in */
};

/*
 * Makes .haul below dir_fd, locks it and reads the journal. hl_journal_begin()
 * must follow. Child processes inherit the lock.
 * @return 0; HAUL_EBUSY when another run holds the lock; HAUL_EJOURNAL when
 * another version of haul wrote a journal that this one cannot read;
 * HAUL_EPLAIN when .haul is no directory or a file in it no plain file; or a
 * libuv code.
 */
int hl_journal_open(struct hl_journal **out, int dir_fd);
/*
 * Reads the journal below dir_fd to look things up. Writes and locks nothing,
 * so that it may be called during a run. hl_journal_see() and the taking of
 * names are allowed, as they change only memory; nothing may be recorded. If
 * there is no journal, or dir_fd is -1, the view is empty.
 * @return 0; HAUL_EJOURNAL, HAUL_EPLAIN; or a libuv code.
 */
int hl_journal_view(struct hl_journal **out, int dir_fd);
/* Which name below dir_fd HAUL_EPLAIN is about. Static; NULL: none any more. */
const char *hl_journal_not_plain(int dir_fd);
/* The descriptor that holds the lock, for processes that must keep the
 * directory locked. -1 in a view. */
int hl_journal_lock_fd(const struct hl_journal *journal);
/* The token of this run's temporary files. Valid while the journal is open. */
const char *hl_journal_token(const struct hl_journal *journal);
/* The rules of the run before this one. All zero: it had none, or they are not
 * known. Valid while the journal is open. */
const struct hl_journal_rules *
hl_journal_rules(const struct hl_journal *journal);
/* Begins a run: compacts a file that consists mostly of dead records or begins
 * with an older version, and adds the run's header. Before this call the
 * journal can be searched, but nothing can be recorded. @return 0 or a code. */
int hl_journal_begin(struct hl_journal *journal,
                     const struct hl_journal_rules *rules);
/* Records that the run has ended, and has left no temporary files but those on
 * record. @return 0 or UV_ENOMEM. */
int hl_journal_end(struct hl_journal *journal);
/* What a copy of a file is called until it gets its name. */
#define HL_JOURNAL_COPY ".haul/copy"
/* Called for each temporary file that a killed run may have left: with the name
 * that the complete file would have got, and the token. The file need not be
 * there. A negative return ends the pass, which returns it too. */
typedef int (*hl_journal_litter_fn)(void *arg, const char *name,
                                    const char *token);
/* Calls fn for each of these files. After that, hl_journal_begin() records that
 * they are gone. To be called between hl_journal_open() and hl_journal_begin().
 * @return 0 or a code. */
int hl_journal_each_litter(struct hl_journal *journal, hl_journal_litter_fn fn,
                           void *arg);
/* Makes a journal in memory, which has begun, for a run that leaves nothing
 * behind. @return 0 or a libuv code. */
int hl_journal_memory(struct hl_journal **out);
/* Flushes and frees. NULL is fine. */
void hl_journal_close(struct hl_journal *journal);

/* What a request is known by, put in place of what *text held: url, which is in
 * normal form; a hash of headers, the request's own, a line each, where it has
 * any; and line, the number of a line that repeats a URL and is fetched all the
 * same, where it is not 0. A blank stands before each: no URL has blanks. The
 * key is valid as long as the text is. @return 0 or UV_ENOMEM. */
int hl_journal_request_key(struct hl_key *out, struct hl_buf *text,
                           const char *url, const struct hl_buf *headers,
                           uint64_t line);
/* Puts the URL of a request's key, without what follows the URL, in place of
 * what *out held. out->failed without memory. */
void hl_journal_key_url(struct hl_buf *out, const char *text);
/* The key of url, which must be in normal form, and outlive it. */
struct hl_key hl_journal_key(const char *url);
/* Fills *out. @return 0, or a code for a journal that cannot be read. */
int hl_journal_find(struct hl_journal *journal, const struct hl_key *key,
                    struct hl_journal_entry *out);
void hl_journal_entry_release(struct hl_journal_entry *entry);
/* Did the line have headers of its own? Then the URL alone does not identify
 * the request. */
bool hl_journal_has_headers(const struct hl_journal_entry *entry);
/* Called with the last state of a URL, whose strings are valid until the call
 * returns. A negative return ends the pass, which returns it too. */
typedef int (*hl_journal_fn)(void *arg, const struct hl_journal_entry *entry);
/* Calls fn for each URL of the journal, in the order of their last records.
 * Needs the same memory however many there are. @return 0 or a code. */
int hl_journal_each(struct hl_journal *journal, hl_journal_fn fn, void *arg);
/* The URLs that had failed when the list of failures was opened. A run may go
 * on meanwhile. */
struct hl_journal_failures;
/* Lists the failures of the journal below dir_fd, as hl_journal_view(), in the
 * order of their last records. Keeps 8 bytes of each. @return 0, HAUL_EJOURNAL
 * or a libuv code. */
int hl_journal_failures_open(struct hl_journal_failures **out, int dir_fd);
uint64_t hl_journal_failures_count(const struct hl_journal_failures *failures);
/* @return 1 and *out, which is the caller's; 0 at the end; or a code. */
int hl_journal_failures_next(struct hl_journal_failures *failures,
                             struct hl_journal_entry *out);
/* NULL is fine. */
void hl_journal_failures_close(struct hl_journal_failures *failures);
/*
 * Notes that the run meets a URL on line. *first is the line where the run met
 * the URL before; 0: nowhere. Line 0 and lines beyond 4,294,967,294 are kept as
 * 4,294,967,295. @return 0 or a code.
 */
int hl_journal_see(struct hl_journal *journal, const struct hl_key *key,
                   uint64_t line, uint64_t *first);

/* The names that the journal has on record, and those that this run has taken.
 * Owned by the journal. */
struct hl_names *hl_journal_names(struct hl_journal *journal);
/* As hl_names_place(), for a name that will be taken next: looks first whether
 * one of its directories folds names. try_out: as for hl_names_see_folding().
 */
int hl_journal_place_name(struct hl_journal *journal, char name[HL_NAME_SIZE],
                          int dir_fd, bool try_out);

/* These four record something of a URL. name, which must have been taken, is
 * the URL's from then on. Each @return 0, UV_ENOMEM, UV_E2BIG for a URL that is
 * too long for a line, UV_EFBIG for a journal of a terabyte, or the code of a
 * read that failed. */
int hl_journal_claim(struct hl_journal *journal, const struct hl_key *key,
                     const char *name);
int hl_journal_done(struct hl_journal *journal, const struct hl_key *key,
                    const char *name, const struct hl_journal_file *file);
/* Keeps the file that the URL has on record. */
int hl_journal_part(struct hl_journal *journal, const struct hl_key *key,
                    const char *name, const struct hl_journal_part *part);
/* name may be NULL: the URL keeps its name, if it has one. Keeps the part and
 * the file that the URL has on record. */
int hl_journal_failed(struct hl_journal *journal, const struct hl_key *key,
                      const char *name,
                      const struct hl_journal_failure *failure);
/* Hands what has gathered to hl_journal_settle() to write. @return 0,
 * UV_ENOMEM, or the code of the last write if it failed. After a failed write
 * the file ends with a whole record, and the records are kept for the next try.
 */
int hl_journal_post(struct hl_journal *journal);
/* Writes all that is posted, or waits while another thread does. Any thread,
 * while the journal is open. Blocks on the disk. @return 0 or a code. */
int hl_journal_settle(struct hl_journal *journal);
/* hl_journal_post() and hl_journal_settle(). */
int hl_journal_flush(struct hl_journal *journal);
/* Are there records that may not be in the file yet? */
bool hl_journal_is_unwritten(const struct hl_journal *journal);
/* Were files or parts recorded since the last mark (hl_journal_sync())? */
bool hl_journal_wants_sync(const struct hl_journal *journal);
/* Is so much posted that it should be written before more comes? */
bool hl_journal_is_behind(const struct hl_journal *journal);
/*
 * Posts, and has the loop's thread pool write. Does nothing while such a write
 * is under way or when there is nothing new. The loop stays alive until the
 * write ends, even if the journal is closed.
 * @return 0 or a code.
 */
int hl_journal_write_later(struct hl_journal *journal, uv_loop_t *loop);
/* The same, and syncs the file system, so that all recorded files are on disk;
 * then records a mark that says so. If a sync is under way, the next one
 * follows it. @return 0 or a code. */
int hl_journal_sync(struct hl_journal *journal, uv_loop_t *loop);

#endif
