/*
 * The journal, DIR/.haul/journal: the truth about what is done, what failed,
 * and which name belongs to which URL. Append-only, one record a line; any
 * prefix of it is valid, and at opening it is cut after its last newline.
 *
 * Records, separated by TABs, texts percent-escaped:
 *     H  version  boot id  seconds since the epoch     a run began
 *     c  PRINT  name  URL                              a name is claimed
 *     p  PRINT  CLAIM  size  etag  last-modified       a part, to resume
 *     d  PRINT  CLAIM  size  etag  last-modified       a complete file
 *     f  PRINT  CLAIM  error  status  attempts         failed
 * PRINT is the first 16 hexadecimal digits of the URL's SHA-256, CLAIM the
 * offset of its claim in the file. There are no headers and no credentials
 * in it.
 *
 * Loop thread only. Records gather in memory until hl_journal_flush(), which
 * is one write(2).
 */
#ifndef HL_ENGINE_JOURNAL_H
#define HL_ENGINE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

struct hl_journal;

enum hl_journal_state {
    HL_JOURNAL_NONE,
    HL_JOURNAL_CLAIMED,
    HL_JOURNAL_PART,
    HL_JOURNAL_DONE,
    HL_JOURNAL_FAILED,
};

/* Size and validators of a file or a part. Strings may be NULL. */
struct hl_journal_part {
    uint64_t size;
    const char *etag;
    const char *last_modified;
};

/* What the journal knows of a URL. Its strings are the caller's, by
 * hl_journal_entry_release(). */
struct hl_journal_entry {
    enum hl_journal_state state;
    char *name;
    uint64_t size;
    char *etag;          /* or NULL */
    char *last_modified; /* or NULL */
    char *error;         /* of a failed one; or NULL */
    long http_status;
    uint32_t attempts;
};

/*
 * Makes .haul below dir_fd, locks it and reads the journal. The lock is that
 * of the open file description, which processes inherit.
 * @return 0, HAUL_EBUSY when another run holds it, or a libuv code.
 */
int hl_journal_open(struct hl_journal **out, int dir_fd);
/* For processes that must keep the directory locked. */
int hl_journal_lock_fd(const struct hl_journal *journal);
/* Flushes and frees. NULL is fine. */
void hl_journal_close(struct hl_journal *journal);

/* Fills *out. @return 0, or a code for a journal that cannot be read. */
int hl_journal_find(struct hl_journal *journal, const char *url,
                    struct hl_journal_entry *out);
void hl_journal_entry_release(struct hl_journal_entry *entry);
/* Is name claimed by another URL than this? */
bool hl_journal_name_is_taken(struct hl_journal *journal, const char *name,
                              const char *url);
/* Keeps name for url from now on, before its claim is written. */
int hl_journal_reserve(struct hl_journal *journal, const char *name,
                       const char *url);

/* Records; each @return 0, UV_ENOMEM, or what an early write came to. */
int hl_journal_claim(struct hl_journal *journal, const char *url,
                     const char *name);
int hl_journal_done(struct hl_journal *journal, const char *url,
                    const struct hl_journal_part *file);
int hl_journal_part(struct hl_journal *journal, const char *url,
                    const struct hl_journal_part *part);
int hl_journal_failed(struct hl_journal *journal, const char *url,
                      const char *error, long http_status, uint32_t attempts);
/* Writes what has gathered. After a failure the file ends with a whole
 * record, and the records stay for the next try. */
int hl_journal_flush(struct hl_journal *journal);

#endif
