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
    int dir_fd; /* borrowed */
    int fd;
    int lock_fd;
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

/* Reads the whole file into the tables, cuts it after its last newline, and
 * writes it anew when most of it is dead. @return 0 or a libuv code. */
int hl_journal_load(struct hl_journal *journal);
void hl_journal_forget(struct hl_journal *journal);

#endif
