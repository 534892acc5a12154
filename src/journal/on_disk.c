#include "journal/on_disk.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "policy/cause.h"
#include "transfer/job.h"
#include "util/digest.h"
#include "util/error.h"
#include "util/file.h"
#include "util/part_file.h"

static bool is_final(const struct hl_journal_entry *entry,
                     const struct haul_options *options, const char *checksum)
{
    const struct hl_failure failure = {
        .error = hl_cause_error(entry->failure.error),
        .http_status = entry->failure.http_status,
        .options_hash = entry->failure.options_hash,
    };
    return entry->state == HL_JOURNAL_FAILED &&
           hl_cause_is_final(&failure, options, checksum);
}

static bool is_left_out(const struct hl_journal_entry *entry,
                        const struct haul_options *options)
{
    return options->retry_causes != NULL && entry->state == HL_JOURNAL_FAILED &&
           !hl_cause_is_listed(options->retry_causes,
                               entry->failure.http_status,
                               entry->failure.error);
}

/* A claim goes on record before the request is sent. */
static bool is_sent(const struct hl_journal_entry *entry,
                    const struct haul_options *options)
{
    if (!hl_sends_once(options) || entry->state == HL_JOURNAL_NONE)
        return false;
    return entry->state != HL_JOURNAL_FAILED || entry->failure.own == NULL ||
           strchr(entry->failure.own, HL_OWN_SENT) != NULL;
}

struct hl_known hl_on_disk_known(const struct hl_journal_entry *entry,
                                 const struct haul_options *options,
                                 const char *checksum)
{
    bool sent = is_sent(entry, options);
    bool is_done = entry->state == HL_JOURNAL_DONE;
    return (struct hl_known){
        .name = entry->name,
        .is_done = is_done,
        .has_failed = entry->state == HL_JOURNAL_FAILED || (sent && !is_done),
        .is_sent = sent,
        .is_final = is_final(entry, options, checksum),
        .is_left_out = is_left_out(entry, options),
        .has_file = entry->has_file,
        .unsynced = entry->unsynced,
        .rebooted = entry->rebooted,
        .has_checksum = checksum != NULL,
        .checksum = hl_digests_compare(entry->file.digests, checksum),
        .stamp = entry->file.stamp,
        .digests = entry->file.digests,
        .xxh3 = entry->file.xxh3,
    };
}

/* Hashes the open file by the set of those hashes that are on record. @return
 * 1: the bytes are the same; 0: they are others; or a libuv code. */
static int compare(int fd, const char *digests, const char *xxh3,
                   const struct hl_stop *stop)
{
    struct hl_digest_text found;
    unsigned set = xxh3 != NULL ? HL_DIGEST_XXH3 : 0;
    if (digests != NULL)
        set |= hl_digest_set_of(digests);
    int r = hl_digest_file(fd, set, stop, &found);
    if (r < 0)
        return r;
    return (xxh3 == NULL || strcmp(found.xxh3, xxh3) == 0) &&
           (digests == NULL || strcmp(found.digests, digests) == 0);
}

/* Decides about a file that cannot be read. Where size and mtime are the same,
 * it is left alone. */
static enum hl_found found_unread(const struct hl_known *known,
                                  const struct hl_stamp *found)
{
    return hl_stamp_is_like(&known->stamp, found) ? HL_FOUND_SAME
                                                  : HL_FOUND_CHANGED;
}

/* The stamp is taken before the bytes are read. Whoever changes the bytes
 * meanwhile changes the stamp too, so the next look will notice. */
static void hash(struct hl_beneath *root, const struct hl_known *known,
                 const struct hl_stop *stop, struct hl_look *out)
{
    struct stat st;
    int fd = hl_file_open(root, known->name);
    int r = fd < 0 ? fd : UV_EINVAL;
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        out->stamp = hl_stamp_of(&st);
        /* One hash is enough: XXH3 where it is known, as it costs the least. */
        r = compare(fd, known->xxh3 == NULL ? known->digests : NULL,
                    known->xxh3, stop);
    }
    if (fd >= 0)
        close(fd);
    out->hashed = r >= 0;
    if (r == UV_ECANCELED)
        out->found = HL_FOUND_HASH;
    else if (r < 0)
        out->found = found_unread(known, &out->stamp);
    else
        out->found = r == 1 ? HL_FOUND_MOVED : HL_FOUND_CHANGED;
    /* Without a descriptor or memory the bytes may be anything. */
    if (out->found == HL_FOUND_CHANGED && hl_is_shortage(r))
        out->error = r;
}

/* Is there no file of a name that stat(2) fails on with that code? */
static bool is_absence(int code)
{
    return code == UV_ENOENT || code == UV_ENOTDIR || code == UV_ELOOP ||
           code == UV_ENAMETOOLONG || code == UV_EINVAL;
}

void hl_on_disk_look(struct hl_beneath *root, const struct hl_known *known,
                     const struct hl_stop *stop, struct hl_look *out)
{
    struct stat st;
    *out = (struct hl_look){.found = HL_FOUND_GONE};
    int r = hl_beneath_stat(root, known->name, &st);
    if (r < 0) {
        out->error = is_absence(r) ? 0 : r;
        return;
    }
    out->found = HL_FOUND_CHANGED;
    if (!S_ISREG(st.st_mode))
        return;
    out->stamp = hl_stamp_of(&st);
    out->found = hl_decide_found(known, &out->stamp);
    if (out->found == HL_FOUND_HASH)
        hash(root, known, stop, out);
}

struct hl_decision hl_on_disk_decide(struct hl_beneath *root,
                                     const struct hl_known *known,
                                     const struct haul_options *options)
{
    struct hl_decision decision = hl_decide(known, options, NULL);
    struct hl_known as_synced = *known;
    struct hl_look look;
    if (decision.todo != HL_TODO_LOOK)
        return decision;
    as_synced.unsynced = false;
    hl_on_disk_look(root, &as_synced, NULL, &look);
    return hl_decide(known, options, &look);
}

bool hl_on_disk_part_size(struct hl_beneath *root,
                          const struct hl_journal_entry *entry, uint64_t *size)
{
    char part[HL_PART_FILE_NAME_SIZE];
    return entry->has_part && entry->name != NULL &&
           entry->part.token != NULL &&
           hl_part_file_name(part, entry->name, entry->part.token) == 0 &&
           hl_file_size(root, part, size) && *size != UINT64_MAX;
}

int hl_on_disk_verify(struct hl_beneath *root, const char *name,
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
    if (record->xxh3 == NULL && record->digests == NULL)
        return HL_VERIFIED_NO_HASH;
    int fd = hl_file_open(root, name);
    if (fd < 0)
        return fd == UV_ENOENT ? (int)HL_VERIFIED_GONE : fd;
    r = compare(fd, record->digests, record->xxh3, NULL);
    close(fd);
    if (r < 0)
        return r;
    return r == 1 ? HL_VERIFIED_RIGHT : HL_VERIFIED_BYTES;
}
