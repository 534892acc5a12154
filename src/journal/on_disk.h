/*
 * Compares what the journal has on record with what is on the disk, for the
 * run, haul status, --dry-run and haul verify. Any thread.
 */
#ifndef HL_JOURNAL_ON_DISK_H
#define HL_JOURNAL_ON_DISK_H

#include <stdbool.h>

#include "journal/journal.h"
#include "policy/decide.h"
#include "util/beneath.h"
#include "util/stop.h"

/* What the journal knows of a URL, for hl_decide(). The result borrows from
 * entry. options must be resolved (hl_cause_resolve()). checksum: the digits
 * that the file must have, or NULL. */
struct hl_known hl_on_disk_known(const struct hl_journal_entry *entry,
                                 const struct haul_options *options,
                                 const char *checksum);

/* Looks at the file known->name. Reads its bytes where only these can tell
 * whether the file is still haul's, until stop, which may be NULL, ends that.
 * Blocks on the disk. */
void hl_on_disk_look(struct hl_beneath *root, const struct hl_known *known,
                     const struct hl_stop *stop, struct hl_look *out);

/* hl_decide(), with a look at the file where one is needed, for those who tell
 * what a run would do. Only a file whose stamp is another is read: one that was
 * not synced before a power cut counts as it stands. Blocks on the disk. */
struct hl_decision hl_on_disk_decide(struct hl_beneath *root,
                                     const struct hl_known *known,
                                     const struct haul_options *options);

/* How many bytes the temporary file on record has now. Blocks on the disk.
 * @return false: none is on record, or it is not there. */
bool hl_on_disk_part_size(struct hl_beneath *root,
                          const struct hl_journal_entry *entry, uint64_t *size);

/* What comes of comparing a file with all hashes on record. */
enum hl_verified {
    HL_VERIFIED_RIGHT,
    HL_VERIFIED_NO_HASH, /* the size is right, and no hash is on record */
    HL_VERIFIED_BYTES,   /* the bytes are others */
    HL_VERIFIED_SIZE,    /* the size is another */
    HL_VERIFIED_NO_FILE, /* what is there is no regular file */
    HL_VERIFIED_GONE,
};

/* Reads the file once and compares all hashes on record. Blocks on the disk.
 * @return enum hl_verified, or a libuv code where the file cannot be read. */
int hl_on_disk_verify(struct hl_beneath *root, const char *name,
                      const struct hl_journal_file *record);

#endif
