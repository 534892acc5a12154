/*
 * The journal, DIR/.haul/journal: the truth about what is done, what failed,
 * and which name belongs to which URL. Append-only, one record a line; any
 * prefix of it is valid, and at opening it is cut after its last newline.
 *
 * It also keeps what a run must know of each line of its list: which URLs it
 * has met, and which names it has given away; under 28 bytes a line.
 *
 * Loop thread only, but for hl_journal_settle(). Records gather in memory until
 * they are posted, and then go to the file in one write with others.
 */
#ifndef HL_ENGINE_JOURNAL_H
#define HL_ENGINE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "engine/names.h"
#include "haul/haul.h"
#include "util/buf.h"
#include "util/stamp.h"

struct hl_journal;

/* A URL in normal form, and its print, which is computed once. Borrowed. */
struct hl_key {
    const char *url;
    uint64_t print;
};

enum hl_journal_state {
    HL_JOURNAL_NONE, /* the journal knows nothing of it */
    HL_JOURNAL_CLAIMED,
    HL_JOURNAL_PART,
    HL_JOURNAL_DONE,
    HL_JOURNAL_FAILED,
};

/* A temporary file that holds the beginning of a file. Strings may be NULL. */
struct hl_journal_part {
    uint64_t size;
    const char *etag;
    const char *last_modified;
    const char *token; /* of its name; NULL: there is none */
    uint64_t inode;    /* 0: not known; then it is not opened again */
    uint64_t total;    /* bytes that the whole file is to have; 0 not known */
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
    const char *fingerprint; /* of the options that decided it, hexadecimal;
                                NULL: none did */
    const char *own;         /* letters of HL_OWN_...; NULL: not known */
};

/* What a line can have of its own that the journal does not keep. */
#define HL_OWN_NOTHING  '-'
#define HL_OWN_HEADERS  'h'
#define HL_OWN_USER     'u'
#define HL_OWN_CHECKSUM 'c'

/* What is known of a URL. Its strings are the caller's, by
 * hl_journal_entry_release(); each may be NULL. */
struct hl_journal_entry {
    enum hl_journal_state state;
    uint64_t line;   /* where this run met it first; 0: it has not */
    const char *url; /* what it is known by */
    const char *name;
    bool has_part;
    struct hl_journal_part part;
    bool has_file; /* there is one under its name, or was: of a URL that is
                      done, and where an update of it is on its way or failed */
    struct hl_journal_file file;
    const char *error; /* of a failed one, and what follows */
    long http_status;
    uint32_t attempts;
    const char *fingerprint;
    const char *own;
    bool unsynced; /* a file or a part: the machine went down before the file
                      was surely on disk; it may be less than size says */
    bool rebooted; /* written before the machine last came up: a file that
                      has no done record may be torn */
    char *memory;  /* what the strings lie in */
};

/*
 * Makes .haul below dir_fd, locks it and reads the journal; hl_journal_begin()
 * must follow. The lock is that
 * of the open file description, which processes inherit.
 * @return 0; HAUL_EBUSY when another run holds it; HAUL_EJOURNAL when a
 * version of haul wrote it that this one cannot read; HAUL_EPLAIN when
 * something else than plain files stands there; or a libuv code.
 */
int hl_journal_open(struct hl_journal **out, int dir_fd);
/*
 * Reads the journal below dir_fd to look things up in it, to see and to take,
 * but writes and locks nothing, so that it may be done beside a run. One that
 * is not there is empty, and so is that of dir_fd -1. Nothing may be recorded.
 * @return 0; HAUL_EJOURNAL, HAUL_EPLAIN; or a libuv code.
 */
int hl_journal_view(struct hl_journal **out, int dir_fd);
/* Which name below dir_fd HAUL_EPLAIN is about; NULL when none is now. */
const char *hl_journal_not_plain(int dir_fd);
/* For processes that must keep the directory locked. */
int hl_journal_lock_fd(const struct hl_journal *journal);
/* The token of this run's temporary files. Valid while the journal is open. */
const char *hl_journal_token(const struct hl_journal *journal);
/* What the run before this one went by; all zero: nothing, or not known. Valid
 * while the journal is open. */
const struct hl_journal_rules *
hl_journal_rules(const struct hl_journal *journal);
/* Begins a run: compacts a file that is mostly dead, and adds the header of
 * what will be recorded. Before it the journal can be looked up in, but nothing
 * can be recorded. @return 0 or a code. */
int hl_journal_begin(struct hl_journal *journal,
                     const struct hl_journal_rules *rules);
/* The run has ended: no temporary file of its own is left but those on record.
 * @return 0 or UV_ENOMEM. */
int hl_journal_end(struct hl_journal *journal);
/* Called with each temporary file, by the name that its file would get and its
 * token, that a run which was killed may have left. It need not be there. A
 * negative return ends the pass, and is the pass's. */
typedef int (*hl_journal_litter_fn)(void *arg, const char *name,
                                    const char *token);
/* Calls fn for all such files; then they are forgotten. For the run that has
 * the journal open, before it begins. @return 0 or a code. */
int hl_journal_each_litter(struct hl_journal *journal, hl_journal_litter_fn fn,
                           void *arg);
/* Flushes and frees. NULL is fine. */
/* One in memory, for a run that leaves nothing behind. @return 0 or a libuv
 * code. */
int hl_journal_memory(struct hl_journal **out);
void hl_journal_close(struct hl_journal *journal);

/* What a request is known by, in place of what *out held: url, which is in
 * normal form, and what makes the request another than the URL alone: headers
 * of its own, a line each, or ""; and the number of a line that repeats
 * another and is to be fetched all the same, or 0. Blanks do not stand in
 * URLs. */
void hl_journal_key_text(struct hl_buf *out, const char *url,
                         const char *headers, uint64_t line);
/* The opposite: puts the URL of a key's text, without what follows the URL, in
 * place of what *out held. out->failed without memory. */
void hl_journal_key_url(struct hl_buf *out, const char *text);
/* The key of url, which must be in normal form, and outlive it. */
struct hl_key hl_journal_key(const char *url);
/* Fills *out. @return 0, or a code for a journal that cannot be read. */
int hl_journal_find(struct hl_journal *journal, const struct hl_key *key,
                    struct hl_journal_entry *out);
void hl_journal_entry_release(struct hl_journal_entry *entry);
/* Had its line headers of its own? Then its URL alone does not name it. */
bool hl_journal_has_headers(const struct hl_journal_entry *entry);
/* The error that a word of the journal or of a report names. @return HAUL_OK
 * for NULL and for a word that names none. (judge.c) */
enum haul_error hl_journal_error(const char *word);
/* Did the URL fail for a cause that these options leave in place? Then a rerun
 * does not ask for the URL again, unless the user says so. options are as the
 * user gave them; checksum is the digits that the file must have, or NULL.
 * (judge.c) */
bool hl_journal_is_final(const struct hl_journal_entry *entry,
                         const struct haul_options *options,
                         const char *checksum);
/* Called for a URL in its last state, whose strings are valid until it
 * returns. A negative return ends the pass, and is the pass's. */
typedef int (*hl_journal_fn)(void *arg, const struct hl_journal_entry *entry);
/* Calls fn for each URL of the file, in the order of their last records.
 * Memory does not depend on how many there are. @return 0 or a code. */
int hl_journal_each(struct hl_journal *journal, hl_journal_fn fn, void *arg);
/* The URLs that had failed when this was opened, in the order of their last
 * records, below dir_fd as for hl_journal_view(). A run may go on beside it;
 * 8 bytes are kept of each. @return 0, HAUL_EJOURNAL or a libuv code. */
struct hl_journal_failures;
int hl_journal_failures_open(struct hl_journal_failures **out, int dir_fd);
uint64_t hl_journal_failures_count(const struct hl_journal_failures *failures);
/* @return 1 and *out, which is the caller's; 0 at the end; or a code. */
int hl_journal_failures_next(struct hl_journal_failures *failures,
                             struct hl_journal_entry *out);
/* NULL is fine. */
void hl_journal_failures_close(struct hl_journal_failures *failures);
/*
 * The run meets a URL on line. *first is 0 when it had not met it before, and
 * else the line where it did. Lines beyond 4,294,967,294, and 0, are kept as
 * 4,294,967,295. @return 0 or a code.
 */
int hl_journal_see(struct hl_journal *journal, const struct hl_key *key,
                   uint64_t line, uint64_t *first);

/* The names that the journal has claims of, and those that this run takes, each
 * before its claim is written. They are the journal's. */
struct hl_names *hl_journal_names(struct hl_journal *journal);
/* As hl_names_place(), of a name that is to be taken next. try_out: as for
 * hl_names_see_folding(). */
int hl_journal_place_name(struct hl_journal *journal, char name[HL_NAME_SIZE],
                          int dir_fd, bool try_out);

/* Records; name is the URL's from then on, and has been taken. Each @return 0,
 * UV_ENOMEM, UV_E2BIG for a URL that no line can hold, UV_EFBIG for a journal
 * of a terabyte, or what reading it came to. */
int hl_journal_claim(struct hl_journal *journal, const struct hl_key *key,
                     const char *name);
int hl_journal_done(struct hl_journal *journal, const struct hl_key *key,
                    const char *name, const struct hl_journal_file *file);
/* The file that the URL had before stays on record. */
int hl_journal_part(struct hl_journal *journal, const struct hl_key *key,
                    const char *name, const struct hl_journal_part *part);
/* name may be NULL: the URL keeps the one it has, if any. It keeps its part and
 * its file in any case. */
int hl_journal_failed(struct hl_journal *journal, const struct hl_key *key,
                      const char *name,
                      const struct hl_journal_failure *failure);
/* What has gathered is to be written: hl_journal_settle() does that. @return 0;
 * UV_ENOMEM; or what the last write came to when that failed, after which the
 * file ends with a whole record, and the records stay for the next try. */
int hl_journal_post(struct hl_journal *journal);
/* Writes all that is posted, or waits for who does. Any thread, while the
 * journal is open; blocks on the disk. @return 0 or a code. */
int hl_journal_settle(struct hl_journal *journal);
/* Both. */
int hl_journal_flush(struct hl_journal *journal);
/* Is there anything that may not be in the file yet, as far as is known? */
bool hl_journal_is_unwritten(const struct hl_journal *journal);
/* Have files come since the last mark? */
bool hl_journal_wants_sync(const struct hl_journal *journal);
/* Is so much posted that it should be written before more comes? */
bool hl_journal_is_behind(const struct hl_journal *journal);
/*
 * Posts, and lets the pool of loop write. One at a time, and none when there is
 * nothing new. The loop is kept until it ends, even if the journal is closed.
 * @return 0 or a code.
 */
int hl_journal_write_later(struct hl_journal *journal, uv_loop_t *loop);
/* That, and it brings all files on disk that were recorded so far; then a mark
 * says so. One that finds another under way comes with the next. */
int hl_journal_sync(struct hl_journal *journal, uv_loop_t *loop);

#endif
