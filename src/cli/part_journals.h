/*
 * The journals of all parts of a plan, for looking URLs up in any order. There
 * may be thousands of files, so only those that were used last are open: the
 * tables of all of them stay in memory. Blocks on the disk.
 */
#ifndef HL_CLI_PART_JOURNALS_H
#define HL_CLI_PART_JOURNALS_H

#include <stdbool.h>
#include <stdint.h>

struct hl_journal;

/* Those of one part. */
struct hl_part_journal {
    struct hl_journal *journal; /* NULL: nobody has begun the part */
    bool is_open;
    struct hl_part_journal *prev; /* of those that are open */
    struct hl_part_journal *next;
};

/* All zero: none. */
struct hl_part_journals {
    const char *run; /* the directory of the plan; borrowed */
    struct hl_part_journal *items;
    uint32_t parts;
    struct hl_part_journal *open; /* by when they were used, the last last */
    uint32_t files;               /* of these */
    uint32_t files_most;
};

/* Prepares for so many parts; run is borrowed until the release. @return 0, or
 * the exit status after a line on stderr. Release *out in any case. */
int hl_part_journals_init(struct hl_part_journals *out, const char *run,
                          uint32_t parts);
void hl_part_journals_release(struct hl_part_journals *journals);
/* Reads the journals of a part that was begun, whose directory is dir_fd.
 * @return 0 or a code. */
int hl_part_journals_read(struct hl_part_journals *journals, uint32_t part,
                          int dir_fd);
/* *out becomes the journals of a part, usable until the next call; NULL: nobody
 * has begun it. @return 0 or a code. */
int hl_part_journals_use(struct hl_part_journals *journals, uint32_t part,
                         struct hl_journal **out);

#endif
