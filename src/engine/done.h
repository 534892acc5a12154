/*
 * Is a file that a journal has on record still the one that haul wrote? The
 * run, haul status, --dry-run and haul verify all ask here. Any thread.
 */
#ifndef HL_ENGINE_DONE_H
#define HL_ENGINE_DONE_H

#include <stdbool.h>

#include "engine/journal.h"
#include "util/beneath.h"
#include "util/stop.h"

enum hl_done {
    HL_DONE_SAME,    /* it is just as it was */
    HL_DONE_MOVED,   /* it is trusted, but its stamp is another: it was copied
                        or linked, has another owner, or an earlier version
                        kept no stamp of it */
    HL_DONE_HASH,    /* its bytes decide */
    HL_DONE_CHANGED, /* somebody has changed it: it is not haul's any more */
    HL_DONE_GONE,
};

/* By what stat(2) says of it, where it is a plain file; NULL: there is none.
 * Pure. */
enum hl_done hl_done_judge(const struct hl_journal_file *record,
                           const struct hl_stamp *found);

/* What was found out about a file. */
struct hl_done_look {
    enum hl_done done;     /* HL_DONE_HASH: a stop came before it was known */
    bool hashed;           /* its bytes were read */
    struct hl_stamp stamp; /* as it is now, unless it is gone */
};

/* The same, and reads the bytes where they decide, until stop rises, which may
 * be NULL. Blocks on the disk. */
void hl_done_look(struct hl_beneath *root, const char *name,
                  const struct hl_journal_file *record,
                  const struct hl_stop *stop, struct hl_done_look *out);

/* Is it, as far as that tells, still the one that haul wrote? Blocks on the
 * disk. */
bool hl_done_is_there(struct hl_beneath *root, const char *name,
                      const struct hl_journal_file *record);

/* How many bytes the temporary file on record has now. Blocks on the disk.
 * @return false: no such file is on record, or there is none. */
bool hl_done_part_size(struct hl_beneath *root,
                       const struct hl_journal_entry *entry, uint64_t *size);

/* A file against all that is on record of its bytes. */
enum hl_verified {
    HL_VERIFIED_RIGHT,
    HL_VERIFIED_NO_HASH, /* no hash is on record; its size is right */
    HL_VERIFIED_BYTES,   /* it has other bytes */
    HL_VERIFIED_SIZE,    /* it has another size */
    HL_VERIFIED_NO_FILE, /* something stands there that is no plain file */
    HL_VERIFIED_GONE,
};

/* Reads the file once, and compares all hashes on record. Blocks on the disk.
 * @return enum hl_verified, or a libuv code when it cannot be read. */
int hl_done_verify(struct hl_beneath *root, const char *name,
                   const struct hl_journal_file *record);

#endif
