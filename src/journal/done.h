/*
 * Is a file on record in a journal still the file that haul wrote? The run,
 * haul status, --dry-run and haul verify all ask here. Any thread.
 */
#ifndef HL_JOURNAL_DONE_H
#define HL_JOURNAL_DONE_H

#include <stdbool.h>

#include "journal/journal.h"
#include "util/beneath.h"
#include "util/stop.h"

enum hl_done {
    HL_DONE_SAME,    /* the file is as haul left it */
    HL_DONE_MOVED,   /* the bytes are haul's, but the stamp is another: the file
                        was copied, linked or given another owner, or an earlier
                        version recorded no stamp */
    HL_DONE_HASH,    /* only the file's bytes can tell */
    HL_DONE_CHANGED, /* somebody has changed or replaced the file */
    HL_DONE_GONE,
};

/* Judges by stat(2) alone. found is the stamp of the regular file that is
 * there; NULL: no file is there. Pure. */
enum hl_done hl_done_judge(const struct hl_journal_file *record,
                           const struct hl_stamp *found);

/* What was found out about a file. */
struct hl_done_look {
    enum hl_done done;     /* HL_DONE_HASH: a stop came before it was known */
    bool hashed;           /* the bytes were read */
    struct hl_stamp stamp; /* of the file as it is now, unless it is gone */
    int error;             /* a libuv code: nobody can tell what is there, and
                              done is worth nothing; 0: none */
};

/* Looks at the file, and reads its bytes where only these can tell. Reading
 * ends when stop asks for it; stop may be NULL. Blocks on the disk. */
void hl_done_look(struct hl_beneath *root, const char *name,
                  const struct hl_journal_file *record,
                  const struct hl_stop *stop, struct hl_done_look *out);

/* Is the file still the one that haul wrote? As hl_done_look(). */
bool hl_done_is_there(struct hl_beneath *root, const char *name,
                      const struct hl_journal_file *record);

/* How many bytes the temporary file on record has now. Blocks on the disk.
 * @return false: no such file is on record, or there is none. */
bool hl_done_part_size(struct hl_beneath *root,
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
int hl_done_verify(struct hl_beneath *root, const char *name,
                   const struct hl_journal_file *record);

#endif
