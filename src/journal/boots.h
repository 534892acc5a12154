/*
 * Tells which files on record are synced. For that, the journal is divided into
 * ranges: by the boots of the machine, and by the marks that say what was
 * synced.
 */
#ifndef HL_JOURNAL_BOOTS_H
#define HL_JOURNAL_BOOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HL_BOOT_ID_SIZE = 64 };

/* A range of the file, from the beginning of one line to that of another. */
struct hl_range {
    uint64_t from;
    uint64_t to;
};

/* Owned by the journal. Offsets in its file. All zero: nothing is known. */
struct hl_boots {
    uint64_t last;   /* records from here on were written in this boot */
    uint64_t synced; /* files of records between last and here are synced */
    /* Ranges before last. Files of their records may not be synced. */
    struct hl_range *unsynced;
    size_t count;
};

/* Adds a range to unsynced, unless it is empty. @return 0 or UV_ENOMEM. */
int hl_boots_add_unsynced(struct hl_boots *boots, struct hl_range range);
/* Is the record in one of these ranges? */
bool hl_boots_is_unsynced(const struct hl_boots *boots, uint64_t offset);
/* Forgets the ranges. */
void hl_boots_release(struct hl_boots *boots);

#endif
