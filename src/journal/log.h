/*
 * The lines of the journal: those in its file, and behind these, in memory,
 * those that may not be there yet. Offsets go on from the ones to the others.
 */
#ifndef HL_JOURNAL_LOG_H
#define HL_JOURNAL_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "journal/boots.h"
#include "journal/record_buffer.h"

/* Bytes of the file around the line that was looked up last. */
struct hl_log_window {
    char *data;
    uint64_t from;
    size_t used;
    uint64_t last; /* offset of that line */
};

/* Owned by the journal. fd is not closed here. */
struct hl_log {
    int fd;                         /* -1: there is no file */
    uint64_t size;                  /* of the file, as far as is known here */
    struct hl_record_buffer buffer; /* lines that may not be in the file yet */
    size_t posted;                  /* bytes of buffer that the writer has */
    struct hl_log_window window;
};

void hl_log_release(struct hl_log *log);
/* The line at offset, valid until the next call. @return 0, HAUL_EJOURNAL when
 * none begins there that ends, or what reading came to. */
int hl_log_at(struct hl_log *log, uint64_t offset, struct hl_span *out);
/* So much of the file is written: what it holds is not kept in memory. */
void hl_log_written(struct hl_log *log, uint64_t size);

/* line has no newline. A negative return ends the pass, and is the pass's. */
typedef int (*hl_line_fn)(void *arg, struct hl_span line, uint64_t offset);
/* Calls fn for each line of a file that begins in range and has its newline.
 * @return the offset after the last newline, or a negative code. */
int64_t hl_log_each(int fd, struct hl_range range, hl_line_fn fn, void *arg);

#endif
