#include "engine/done.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/file.h"
#include "util/digest.h"
#include "util/xxh3.h"

static bool has_hash(const struct hl_journal_file *record)
{
    return record->xxh3 != NULL || record->digests != NULL;
}

/* What has changed, where it cannot be the file any more, or may be. */
static enum hl_done judge_changed(const struct hl_journal_file *record,
                                  const struct hl_stamp *found)
{
    return has_hash(record) && record->stamp.size == found->size
               ? HL_DONE_HASH
               : HL_DONE_CHANGED;
}

enum hl_done hl_done_judge(const struct hl_journal_file *record,
                           const struct hl_stamp *found)
{
    if (found == NULL)
        return HL_DONE_GONE;
    if (hl_stamp_is_same(&record->stamp, found))
        return HL_DONE_SAME;
    if (!hl_stamp_is_like(&record->stamp, found))
        return judge_changed(record, found);
    /* Only inode or ctime differ, or there is no stamp on record, as with an
     * earlier version of haul. */
    return has_hash(record) && record->stamp.identity != 0 ? HL_DONE_HASH
                                                           : HL_DONE_MOVED;
}

static bool all_digests_are_right(int fd, const char *digests)
{
    char found[HL_DIGESTS_SIZE];
    unsigned algorithms = 0;
    for (const char *at = digests; *at != '\0';) {
        size_t length = strcspn(at, ",");
        enum hl_algorithm algorithm = hl_algorithm_of_length(length);
        if (algorithm != HL_ALGORITHMS)
            algorithms |= HL_DIGEST_BY(algorithm);
        at += length + (at[length] == ',');
    }
    return hl_digest_file(fd, algorithms, found) == 0 &&
           strcmp(found, digests) == 0;
}

/* One hash is enough: XXH3 where it is there, as it costs the least. */
static bool has_its_bytes(int fd, const struct hl_journal_file *record)
{
    char found[HL_XXH3_HEX_SIZE];
    if (record->xxh3 == NULL)
        return all_digests_are_right(fd, record->digests);
    return hl_xxh3_file(fd, found) == 0 && strcmp(found, record->xxh3) == 0;
}

/* What was read is what the stamp is of, or the stamp was taken too early. */
static void hash(struct hl_beneath *root, const char *name,
                 const struct hl_journal_file *record, struct hl_done_look *out)
{
    struct stat st;
    int fd = hl_file_open(root, name);
    out->hashed = true;
    out->done = HL_DONE_CHANGED;
    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        out->stamp = hl_stamp_of(&st);
        if (has_its_bytes(fd, record))
            out->done = HL_DONE_MOVED;
    }
    close(fd);
}

void hl_done_look(struct hl_beneath *root, const char *name,
                  const struct hl_journal_file *record,
                  struct hl_done_look *out)
{
    struct stat st;
    *out = (struct hl_done_look){.done = HL_DONE_GONE};
    if (hl_beneath_stat(root, name, &st) < 0)
        return;
    out->done = HL_DONE_CHANGED;
    if (!S_ISREG(st.st_mode))
        return;
    out->stamp = hl_stamp_of(&st);
    out->done = hl_done_judge(record, &out->stamp);
    if (out->done == HL_DONE_HASH)
        hash(root, name, record, out);
}

bool hl_done_is_there(struct hl_beneath *root, const char *name,
                      const struct hl_journal_file *record)
{
    struct hl_done_look look;
    hl_done_look(root, name, record, &look);
    return look.done == HL_DONE_SAME || look.done == HL_DONE_MOVED;
}

int hl_done_verify(struct hl_beneath *root, const char *name,
                   const struct hl_journal_file *record)
{
    char found[HL_XXH3_HEX_SIZE];
    int fd = hl_file_open(root, name);
    int r = HL_HASHES_NONE;
    if (fd < 0)
        return fd;
    if (record->xxh3 != NULL) {
        r = hl_xxh3_file(fd, found);
        if (r == 0)
            r = strcmp(found, record->xxh3) == 0 ? HL_HASHES_RIGHT
                                                 : HL_HASHES_DIFFER;
    }
    if (r >= 0 && r != HL_HASHES_DIFFER && record->digests != NULL)
        r = all_digests_are_right(fd, record->digests) ? HL_HASHES_RIGHT
                                                       : HL_HASHES_DIFFER;
    close(fd);
    return r;
}
