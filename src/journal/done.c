#include "journal/done.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "journal/file.h"
#include "util/digest.h"
#include "util/error.h"
#include "util/io.h"
#include "util/part_file.h"
#include "util/xxh3.h"

static bool has_hash(const struct hl_journal_file *record)
{
    return record->xxh3 != NULL || record->digests != NULL;
}

/* Judges a file whose size or mtime has changed. With the same size, the bytes
 * may still be the same. */
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
    return has_hash(record) ? HL_DONE_HASH : HL_DONE_MOVED;
}

/* The set of algorithms that made the digests. */
static unsigned algorithms_of(const char *digests)
{
    unsigned algorithms = 0;
    for (const char *at = digests; *at != '\0';) {
        size_t length = strcspn(at, ",");
        enum hl_algorithm algorithm = hl_algorithm_of_length(length);
        if (algorithm != HL_ALGORITHMS)
            algorithms |= HL_DIGEST_BY(algorithm);
        at += length + (at[length] == ',');
    }
    return algorithms;
}

/* Compares one hash, which is enough: XXH3 where it is on record, as it costs
 * the least. @return 1: the bytes are the same; 0: they are others; or a libuv
 * code. */
static int compare_one(int fd, const struct hl_journal_file *record,
                       const struct hl_stop *stop)
{
    char xxh3[HL_XXH3_HEX_SIZE];
    char digests[HL_DIGESTS_SIZE];
    bool cheap = record->xxh3 != NULL;
    int r = cheap ? hl_xxh3_file(fd, stop, xxh3)
                  : hl_digest_file(fd, algorithms_of(record->digests), stop,
                                   digests);
    if (r < 0)
        return r;
    return cheap ? strcmp(xxh3, record->xxh3) == 0
                 : strcmp(digests, record->digests) == 0;
}

/* Judges a file that cannot be read. Where size and mtime are the same, it is
 * left alone. */
static enum hl_done judge_unread(const struct hl_journal_file *record,
                                 const struct hl_stamp *found)
{
    return hl_stamp_is_like(&record->stamp, found) ? HL_DONE_SAME
                                                   : HL_DONE_CHANGED;
}

/* The stamp is taken before the bytes are read. Whoever changes the bytes
 * meanwhile changes the stamp too, so the next look will notice. */
static void hash(struct hl_beneath *root, const char *name,
                 const struct hl_journal_file *record,
                 const struct hl_stop *stop, struct hl_done_look *out)
{
    struct stat st;
    int fd = hl_file_open(root, name);
    int r = fd < 0 ? fd : UV_EINVAL;
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        out->stamp = hl_stamp_of(&st);
        r = compare_one(fd, record, stop);
    }
    if (fd >= 0)
        close(fd);
    out->hashed = r >= 0;
    if (r == UV_ECANCELED)
        out->done = HL_DONE_HASH;
    else if (r < 0)
        out->done = judge_unread(record, &out->stamp);
    else
        out->done = r == 1 ? HL_DONE_MOVED : HL_DONE_CHANGED;
    /* Without a descriptor or memory the bytes may be anything. */
    if (out->done == HL_DONE_CHANGED && hl_is_shortage(r))
        out->error = r;
}

/* Is there no file of a name that stat(2) fails on with that code? */
static bool is_absence(int code)
{
    return code == UV_ENOENT || code == UV_ENOTDIR || code == UV_ELOOP ||
           code == UV_ENAMETOOLONG || code == UV_EINVAL;
}

void hl_done_look(struct hl_beneath *root, const char *name,
                  const struct hl_journal_file *record,
                  const struct hl_stop *stop, struct hl_done_look *out)
{
    struct stat st;
    *out = (struct hl_done_look){.done = HL_DONE_GONE};
    int r = hl_beneath_stat(root, name, &st);
    if (r < 0) {
        out->error = is_absence(r) ? 0 : r;
        return;
    }
    out->done = HL_DONE_CHANGED;
    if (!S_ISREG(st.st_mode))
        return;
    out->stamp = hl_stamp_of(&st);
    out->done = hl_done_judge(record, &out->stamp);
    if (out->done == HL_DONE_HASH)
        hash(root, name, record, stop, out);
}

bool hl_done_is_there(struct hl_beneath *root, const char *name,
                      const struct hl_journal_file *record)
{
    struct hl_done_look look;
    hl_done_look(root, name, record, NULL, &look);
    return look.done == HL_DONE_SAME || look.done == HL_DONE_MOVED;
}

bool hl_done_part_size(struct hl_beneath *root,
                       const struct hl_journal_entry *entry, uint64_t *size)
{
    char part[HL_PART_FILE_NAME_SIZE];
    return entry->has_part && entry->name != NULL &&
           entry->part.token != NULL &&
           hl_part_file_name(part, entry->name, entry->part.token) == 0 &&
           hl_file_size(root, part, size) && *size != UINT64_MAX;
}

/* The hashes of a file under way. NULL: no such hash is on record. */
struct hashes {
    struct hl_xxh3 *xxh3;
    struct hl_digest *digest;
};

static int begin(struct hashes *hashes, const struct hl_journal_file *record)
{
    int r = 0;
    if (record->xxh3 != NULL) {
        hashes->xxh3 = hl_xxh3_new();
        if (hashes->xxh3 == NULL)
            return UV_ENOMEM;
        hl_xxh3_begin(hashes->xxh3);
    }
    if (record->digests != NULL)
        r = hl_digest_new(&hashes->digest);
    if (r == 0 && record->digests != NULL)
        r = hl_digest_begin(hashes->digest, algorithms_of(record->digests));
    return r;
}

static void add_chunk(void *arg, const void *data, size_t size)
{
    const struct hashes *hashes = arg;
    if (hashes->xxh3 != NULL)
        hl_xxh3_add(hashes->xxh3, data, size);
    if (hashes->digest != NULL)
        hl_digest_add(hashes->digest, data, size);
}

static bool are_right(const struct hashes *hashes,
                      const struct hl_journal_file *record)
{
    char xxh3[HL_XXH3_HEX_SIZE];
    char digests[HL_DIGESTS_SIZE];
    if (hashes->xxh3 != NULL) {
        hl_xxh3_end(hashes->xxh3, xxh3);
        if (strcmp(xxh3, record->xxh3) != 0)
            return false;
    }
    if (hashes->digest == NULL)
        return true;
    hl_digest_end(hashes->digest, digests);
    return strcmp(digests, record->digests) == 0;
}

static int compare(int fd, const struct hl_journal_file *record)
{
    struct hashes hashes = {0};
    int r = begin(&hashes, record);
    if (r == 0)
        r = hl_each_chunk(fd, NULL, add_chunk, &hashes);
    if (r == 0)
        r = are_right(&hashes, record) ? HL_VERIFIED_RIGHT : HL_VERIFIED_BYTES;
    hl_xxh3_free(hashes.xxh3);
    hl_digest_free(hashes.digest);
    return r;
}

int hl_done_verify(struct hl_beneath *root, const char *name,
                   const struct hl_journal_file *record)
{
    struct stat st;
    int r = hl_beneath_stat(root, name, &st);
    if (r == UV_ENOENT || r == UV_ENOTDIR)
        return HL_VERIFIED_GONE;
    if (r < 0)
        return r;
    if (!S_ISREG(st.st_mode))
        return HL_VERIFIED_NO_FILE;
    if ((uint64_t)st.st_size != record->stamp.size)
        return HL_VERIFIED_SIZE;
    if (!has_hash(record))
        return HL_VERIFIED_NO_HASH;
    int fd = hl_file_open(root, name);
    if (fd < 0)
        return fd == UV_ENOENT ? (int)HL_VERIFIED_GONE : fd;
    r = compare(fd, record);
    close(fd);
    return r;
}
