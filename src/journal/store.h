/*
 * What the files of the journal share.
 *
 * Structure: journal.c opens the journal and adds records; journal_read.c looks
 * a record up; journal_load.c reads the whole file at opening; journal_failed.c
 * walks over what failed, journal_litter.c over the temporary files of killed
 * runs; journal_compact.c writes the file again without dead records;
 * journal_write.c writes new records to the file; journal_sync.c marks what is
 * surely on disk. journal_record.[ch] is one line of the file. util/table.[ch]
 * keeps in memory where the last record of each URL is.
 */
#ifndef HL_JOURNAL_STORE_H
#define HL_JOURNAL_STORE_H

#include "journal/journal.h"
#include "journal/record.h"
#include "util/part_file.h"
#include "util/table.h"

#define HL_JOURNAL_NAME "journal" /* in .haul */

enum { HL_BOOT_ID_SIZE = 64 };

/* A run that was killed: the journal does not say that it ended. */
struct hl_journal_dead {
    char token[HL_TOKEN_SIZE];
};

/* A range of the file, from the beginning of one line to that of another. */
struct hl_journal_range {
    uint64_t from;
    uint64_t to;
};

/* Bytes of the file around the line that was looked up last. */
struct hl_journal_window {
    char *data;
    uint64_t from;
    size_t used;
    uint64_t last; /* offset of that line */
};

/* Owned by the session. */
struct hl_journal {
    int dir_fd;                       /* borrowed */
    int haul_fd;                      /* .haul in there; -1: not there */
    int fd;                           /* -1: a view, and there is no file */
    struct hl_journal_writer *writer; /* owns fd; NULL: a view */
    int lock_fd;      /* haul_fd or lock_file_fd, which of them is the lock that
                         processes inherit; -1: a view */
    int lock_file_fd; /* or -1 */
    struct hl_table urls;  /* offset and kind of their last records */
    struct hl_names names; /* claimed, or taken by this run */
    struct hl_record_buffer
        buffer;    /* records that may not be in the file yet */
    size_t posted; /* bytes of buffer that the writer has */
    struct hl_journal_window window;
    uint64_t size;    /* of the file, as far as is known here */
    uint64_t records; /* in the file */
    bool is_old;      /* the file begins with the header of an older version */
    char boot[HL_BOOT_ID_SIZE];
    char token[HL_TOKEN_SIZE];     /* of this run */
    struct hl_journal_rules rules; /* of the run before it */
    char *rules_text;              /* what its strings lie in */
    struct hl_journal_dead *dead;  /* runs that may have left files */
    size_t dead_count;
    size_t dead_room;
    bool swept;     /* the files of these runs are removed */
    bool has_ended; /* this run has ended, and that is on record */
    /* Offsets. The machine has not gone down since boot_from was written. Files
     * of records between boot_from and synced are on disk. Files of the records
     * in the ranges unsynced, which lie before boot_from, may not be. */
    uint64_t boot_from;
    uint64_t synced;
    struct hl_journal_range *unsynced;
    size_t unsynced_count;
    struct hl_journal_sync *sync; /* under way; or NULL */
    bool wants_sync;              /* files have come since the last */
    bool sync_is_due;             /* asked for while one was under way */
};

enum hl_journal_state hl_journal_state_of(char kind);

/* journal_litter.c */

/* Notes that a run has begun, or has ended. 0 or UV_ENOMEM. */
int hl_journal_note_run(struct hl_journal *journal, const char *token);
void hl_journal_note_end(struct hl_journal *journal, const char *token);

/* journal_read.c */

/* The line at offset, valid until the next call. @return 0, HAUL_EJOURNAL when
 * none begins there that ends, or what reading came to. */
int hl_journal_read_line(struct hl_journal *journal, uint64_t offset,
                         struct hl_span *out);
/* The table's entry of key, or NULL. *line is its last record, valid until
 * the next call; its size is 0 when there is none. @return 0 or a code. */
int hl_journal_locate(struct hl_journal *journal, const struct hl_key *key,
                      struct hl_table_entry **out, struct hl_span *line);
/* Fills *out, except for its line, from the record at offset. @return 0 or
 * UV_ENOMEM. */
int hl_journal_fill(const struct hl_journal *journal, uint64_t offset,
                    const struct hl_record *record,
                    struct hl_journal_entry *out);
/* Is the record at offset the last of its URL's? */
bool hl_journal_is_last(const struct hl_journal *journal, uint64_t fingerprint,
                        uint64_t offset);

/* journal_write.c */

/* Owns fd, a file of that size, from now on. The caller holds the writer.
 * @return 0 or a code. */
int hl_journal_writer_new(struct hl_journal_writer **out, int fd,
                          uint64_t size);
/* On the loop. */
void hl_journal_writer_hold(struct hl_journal_writer *writer);
void hl_journal_writer_release(struct hl_journal_writer *writer);
/* From now on nobody who holds the writer writes anything. */
void hl_journal_writer_stop(struct hl_journal_writer *writer);
/* hl_journal_settle() for those who hold the writer. */
int hl_journal_writer_write(struct hl_journal_writer *writer);

/* journal_load.c */

/* line has no newline. A negative return ends the pass, and is the pass's. */
typedef int (*hl_journal_line_fn)(void *arg, struct hl_span line,
                                  uint64_t offset);
/* Calls fn for each line that begins in range and has its newline. @return
 * the offset after the last newline, or a negative code. */
int64_t hl_journal_each_line(int fd, struct hl_journal_range range,
                             hl_journal_line_fn fn, void *arg);
/* Reads the whole file into the tables. @return 0, HAUL_EJOURNAL for one
 * of a version that is not known here, or a libuv code. */
int hl_journal_load(struct hl_journal *journal);

/* journal_compact.c */

bool hl_journal_is_mostly_dead(const struct hl_journal *journal);
/* Writes the file anew and loads it. Where that cannot be done the old one
 * stays. @return 0 or a code. */
int hl_journal_compact(struct hl_journal *journal);
/* Adds a header with this boot id. token "" and no rules: the header is not
 * that of a run. @return 0 or UV_ENOMEM. */
int hl_journal_add_header(struct hl_record_buffer *buffer, const char *boot,
                          const char *token,
                          const struct hl_journal_rules *rules);
/* Adds a mark: files of records before offset are on disk. @return 0 or
 * UV_ENOMEM. */
int hl_journal_add_mark(struct hl_record_buffer *buffer, uint64_t offset);

#endif
