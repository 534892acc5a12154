/* What the journal knows of a URL, and what is put on record, as plain data.
 * Any thread. */
#ifndef HL_JOURNAL_JOURNAL_ENTRY_H
#define HL_JOURNAL_JOURNAL_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "util/file_stamp.h"

struct hl_record;

enum hl_journal_state {
    HL_JOURNAL_NONE,    /* the journal knows nothing of the URL */
    HL_JOURNAL_CLAIMED, /* the URL has a name and nothing else */
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
/* Not of the line: a request that is sent once may have reached the server. */
#define HL_OWN_SENT 's'

/* What the journal knows of a URL. Strings may be NULL. Whoever has got an
 * entry frees it by hl_journal_entry_release(). */
struct hl_journal_entry {
    enum hl_journal_state state;
    uint64_t line;   /* where this run has met the URL first; 0: nowhere */
    const char *url; /* the key's text, as journal/key.h has it */
    const char *name;
    bool has_part;
    struct hl_journal_part part;
    bool has_file; /* haul wrote a complete file of this name: the URL is done,
                      or an update of its file is under way or failed */
    struct hl_journal_file file;
    struct hl_journal_failure failure; /* of a URL that failed */
    bool unsynced; /* the machine went down before the file or the part was
                      synced: it may be torn */
    bool rebooted; /* the machine was started after the record was written: a
                      file without a done record may be torn */
    char *memory;  /* holds the strings */
};

void hl_journal_entry_release(struct hl_journal_entry *entry);
/* Did the request send this (hl_journal_sent())? */
bool hl_journal_has_sent(const struct hl_journal_entry *entry,
                         const char *sent);
/* Did the line repeat a URL, and was fetched all the same? */
bool hl_journal_is_repeat(const struct hl_journal_entry *entry);
/* Did the line have headers of its own? Then the URL alone does not identify
 * the request. */
bool hl_journal_has_headers(const struct hl_journal_entry *entry);

/* The state of a URL whose last record is of this kind. */
enum hl_journal_state hl_journal_entry_state(char kind);
/* Fills *out from a record, all but line, unsynced and rebooted. @return 0 or
 * UV_ENOMEM. */
int hl_journal_entry_fill(struct hl_journal_entry *out,
                          const struct hl_record *record);

#endif
