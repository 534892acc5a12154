/* What the files of the journal share: journal.c, and journal_load.c, which
 * reads it at opening. */
#ifndef HL_ENGINE_JOURNAL_PARTS_H
#define HL_ENGINE_JOURNAL_PARTS_H

#include <stdint.h>

#include "engine/journal.h"
#include "engine/journal_record.h"
#include "util/hasher.h"
#include "util/prints.h"

#define HL_JOURNAL_NAME ".haul/journal"

enum { HL_STATE_BITS = 3 };

/* Owned by the session. */
struct hl_journal {
    int dir_fd;             /* borrowed */
    int fd;                 /* -1: it is viewed, and not there */
    int lock_fd;            /* -1: it is only viewed */
    struct hl_prints urls;  /* URL print: offset of its last record, state */
    struct hl_prints names; /* claimed, or taken by this run */
    struct hl_prints seen;  /* URL print: its first line in this run */
    struct hl_hasher *hasher;
    struct hl_record_buffer buffer;
    uint64_t size;    /* of the file */
    uint64_t records; /* in the file */
};

static inline uint64_t hl_packed(uint64_t offset, enum hl_journal_state state)
{
    return offset << HL_STATE_BITS | (uint64_t)state;
}

static inline uint64_t hl_offset_of(uint64_t value)
{
    return value >> HL_STATE_BITS;
}

static inline enum hl_journal_state hl_state_of(uint64_t value)
{
    return (enum hl_journal_state)(value & ((1u << HL_STATE_BITS) - 1));
}

enum hl_journal_state hl_state_of_kind(char kind);

/* Fills *out with the record at offset and what it leads to.
 * @return 0 or a code. */
int hl_journal_read_entry(struct hl_journal *journal, uint64_t offset,
                          struct hl_journal_entry *out);

typedef int (*hl_journal_line_fn)(void *arg, char *line, uint64_t offset);
/* Calls fn for each whole line of fd. @return the offset after the last
 * newline, or a negative code. */
int64_t hl_journal_each_line(int fd, hl_journal_line_fn fn, void *arg);
/* Reads the whole file into the tables. One that is not only viewed is cut
 * after its last newline, and written anew when most of it is dead.
 * @return 0 or a libuv code. */
int hl_journal_load(struct hl_journal *journal);
void hl_journal_forget(struct hl_journal *journal);

#endif
