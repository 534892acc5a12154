/*
 * The lines of the journal: first those in its file, then those in memory that
 * may not be in the file yet. Before them come those of other journals, if this
 * is the journal of an attempt. One offset counts through all.
 */
#ifndef HL_JOURNAL_JOURNAL_FILE_H
#define HL_JOURNAL_JOURNAL_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "journal/boots.h"
#include "journal/record_writing.h"
#include "util/part_file.h"

/* Bytes of the file around the line that was looked up last. */
struct hl_log_window {
    char *data;
    uint64_t from;
    size_t used;
    uint64_t last; /* offset of that line */
};

/* The file of another journal, whose lines come before those of the own file
 * (journal/attempts.h). */
struct hl_log_segment {
    int fd;                    /* -1: it is closed for a while */
    char token[HL_TOKEN_SIZE]; /* of the attempt that writes it */
    struct hl_range range;     /* of its lines */
};

/* Owned by the journal. fd is not closed here. */
struct hl_log {
    int fd;                          /* -1: there is no file */
    struct hl_log_segment *segments; /* owned, with their descriptors */
    size_t segment_count;
    uint64_t base; /* where the own file begins: behind the segments */
    uint64_t size; /* where it ends, as far as is known here */
    struct hl_record_buffer buffer; /* lines that may not be in the file yet */
    size_t posted;                  /* bytes of buffer that the writer has */
    struct hl_log_window window;
};

void hl_log_release(struct hl_log *log);
/* The line that begins at offset, valid until the next call. @return 0;
 * HAUL_EJOURNAL where no whole line begins there; or the code of a read that
 * failed. */
int hl_log_at(struct hl_log *log, uint64_t offset, struct hl_span *out);
/* The own file now has this size: drops from memory what it holds. */
void hl_log_written(struct hl_log *log, uint64_t size);

/* line has no newline. A negative return ends the pass, which returns it too.
 */
typedef int (*hl_line_fn)(void *arg, struct hl_span line, uint64_t offset);
/* Calls fn for each line of a file that begins in range and has its newline.
 * @return the offset after the last newline, or a negative code. */
int64_t hl_log_each(int fd, struct hl_range range, hl_line_fn fn, void *arg);
/* The same for a file that begins at base: offsets are counted from there on.
 * range is that of the file alone. */
int64_t hl_log_each_from(int fd, uint64_t base, struct hl_range range,
                         hl_line_fn fn, void *arg);
/* Calls fn for each line of all files, up to log->size. @return 0 or a code. */
int hl_log_each_of_all(const struct hl_log *log, hl_line_fn fn, void *arg);

#endif
