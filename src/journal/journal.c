#include "journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "haul/haul.h"
#include "journal/folding.h"
#include "journal/store.h"
#include "journal/sync.h"
#include "util/fingerprint.h"
#include "util/own_file.h"

#define LOCK_NAME "lock"

/* @return 0, 1 where the filesystem has no such locks, or a code. */
static int lock(int fd)
{
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (errno == EWOULDBLOCK)
        return HAUL_EBUSY;
    return errno == EBADF || errno == EINVAL || errno == ENOLCK ||
                   errno == EOPNOTSUPP
               ? 1
               : -errno;
}

/* Earlier versions lock a file in .haul, which somebody may remove during a
 * run. So the lock that counts is on .haul itself: it cannot be removed while
 * the journal is in it. NFS cannot lock a directory: there the file's lock
 * counts. */
static int take_lock(struct hl_journal *j)
{
    j->haul_fd = hl_haul_dir_make(j->dir_fd);
    if (j->haul_fd < 0)
        return j->haul_fd;
    int folder = lock(j->haul_fd);
    if (folder < 0)
        return folder;
    j->lock_file_fd = hl_haul_dir_file(j->haul_fd, LOCK_NAME, O_RDWR | O_CREAT);
    if (j->lock_file_fd < 0)
        return j->lock_file_fd;
    int r = lock(j->lock_file_fd);
    j->lock_fd = folder == 0 ? j->haul_fd : j->lock_file_fd;
    return r > 0 ? -ENOLCK : r;
}

/* Reads the id of this boot. After another boot, files that were never synced
 * may be torn. */
static void read_boot_id(char out[HL_BOOT_ID_SIZE])
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, out, HL_BOOT_ID_SIZE - 1) : 0;
    out[n > 0 ? n : 0] = '\0';
    out[strcspn(out, "\n")] = '\0';
    if (fd >= 0)
        close(fd);
}

/* Cuts what a kill left after the last newline. */
static int cut(struct hl_journal *j)
{
    struct stat st;
    if (fstat(j->fd, &st) < 0)
        return -errno;
    if ((uint64_t)st.st_size == j->size)
        return 0;
    return ftruncate(j->fd, (off_t)j->size) < 0 ? -errno : 0;
}

static int open_file(struct hl_journal *j)
{
    j->fd = hl_haul_dir_file(j->haul_fd, HL_JOURNAL_NAME, O_RDWR | O_CREAT);
    if (j->fd < 0)
        return j->fd;
    int r = hl_journal_load(j);
    return r == 0 ? cut(j) : r;
}

static int add_end(struct hl_journal *j, const char *token)
{
    int r = hl_record_begin(&j->buffer, 'E');
    if (r < 0)
        return r;
    hl_record_add_text(&j->buffer, token);
    return hl_record_end(&j->buffer);
}

/* Records the end of killed runs whose temporary files are removed, so that no
 * later run looks for these again. */
static int add_ends(struct hl_journal *j)
{
    int r = 0;
    for (size_t i = 0; r == 0 && j->swept && i < j->dead_count; i++)
        r = add_end(j, j->dead[i].token);
    if (j->swept)
        j->dead_count = 0;
    return r;
}

int hl_journal_begin(struct hl_journal *j, const struct hl_journal_rules *rules)
{
    int r = 0;
    /* An older haul looks at the version of the first header alone. */
    bool anew = j->is_old || hl_journal_is_mostly_dead(j);
    if (anew && (j->swept || j->dead_count == 0))
        r = hl_journal_compact(j);
    if (r == 0)
        r = hl_journal_writer_new(&j->writer, j->fd, j->size);
    if (r == 0)
        r = hl_journal_add_header(&j->buffer, j->boot, j->token, rules);
    return r == 0 ? add_ends(j) : r;
}

int hl_journal_end(struct hl_journal *j)
{
    int r = j->has_ended ? 0 : add_end(j, j->token);
    j->has_ended = true;
    return r;
}

static int view_file(struct hl_journal *j)
{
    if (j->dir_fd < 0 && j->dir_fd != AT_FDCWD)
        return 0;
    j->names.folds =
        hl_folding_is_set(j->dir_fd) || hl_folding_by_sight(j->dir_fd);
    j->haul_fd = hl_haul_dir_open(j->dir_fd);
    if (j->haul_fd >= 0)
        j->fd = hl_haul_dir_file(j->haul_fd, HL_JOURNAL_NAME, O_RDONLY);
    int r = j->haul_fd < 0 ? j->haul_fd : j->fd;
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    return hl_journal_load(j);
}

static void make_token(char out[HL_TOKEN_SIZE])
{
    uint32_t token;
    if (getrandom(&token, sizeof(token), GRND_NONBLOCK) !=
        (ssize_t)sizeof(token))
        token = (uint32_t)(uv_hrtime() ^ (uint64_t)getpid() << 20);
    (void)snprintf(out, HL_TOKEN_SIZE, "%08" PRIx32, token);
}

static int journal_new(struct hl_journal **out, int dir_fd)
{
    struct hl_journal *j = calloc(1, sizeof(*j));
    *out = j;
    if (j == NULL)
        return -ENOMEM;
    j->dir_fd = dir_fd;
    j->haul_fd = -1;
    j->fd = -1;
    j->lock_fd = -1;
    j->lock_file_fd = -1;
    read_boot_id(j->boot);
    make_token(j->token);
    return 0;
}

int hl_journal_open(struct hl_journal **out, int dir_fd)
{
    int r = journal_new(out, dir_fd);
    if (r == 0)
        r = take_lock(*out);
    if (r == 0)
        (*out)->names.folds =
            hl_folding_is_set(dir_fd) || hl_folding_by_trial((*out)->haul_fd);
    if (r == 0)
        r = open_file(*out);
    if (r == 0)
        return 0;
    hl_journal_close(*out);
    *out = NULL;
    return r;
}

static int open_memory(struct hl_journal *j)
{
    j->fd = memfd_create("haul-journal", MFD_CLOEXEC);
    return j->fd >= 0 ? hl_journal_begin(j, &(struct hl_journal_rules){0})
                      : -errno;
}

int hl_journal_memory(struct hl_journal **out)
{
    int r = journal_new(out, -1);
    if (r == 0)
        r = open_memory(*out);
    if (r == 0)
        return 0;
    hl_journal_close(*out);
    *out = NULL;
    return r;
}

int hl_journal_view(struct hl_journal **out, int dir_fd)
{
    int r = journal_new(out, dir_fd);
    if (r == 0)
        r = view_file(*out);
    if (r == 0)
        return 0;
    hl_journal_close(*out);
    *out = NULL;
    return r;
}

static bool is_plain(int haul_fd, const char *name)
{
    int fd = hl_haul_dir_file(haul_fd, name, O_RDONLY);
    if (fd >= 0)
        close(fd);
    return fd != HAUL_EPLAIN;
}

const char *hl_journal_not_plain(int dir_fd)
{
    int haul_fd = hl_haul_dir_open(dir_fd);
    const char *name = NULL;
    if (haul_fd < 0)
        return haul_fd == HAUL_EPLAIN ? ".haul" : NULL;
    if (!is_plain(haul_fd, LOCK_NAME))
        name = ".haul/" LOCK_NAME;
    else if (!is_plain(haul_fd, HL_JOURNAL_NAME))
        name = ".haul/" HL_JOURNAL_NAME;
    close(haul_fd);
    return name;
}

int hl_journal_lock_fd(const struct hl_journal *journal)
{
    return journal->lock_fd;
}

const char *hl_journal_token(const struct hl_journal *journal)
{
    return journal->token;
}

const struct hl_journal_rules *
hl_journal_rules(const struct hl_journal *journal)
{
    return &journal->rules;
}

void hl_journal_close(struct hl_journal *j)
{
    if (j == NULL)
        return;
    hl_journal_sync_forget(j);
    (void)hl_journal_flush(j);
    if (j->writer != NULL) {
        hl_journal_writer_stop(j->writer);
        hl_journal_writer_release(j->writer);
    } else if (j->fd >= 0) {
        close(j->fd);
    }
    if (j->lock_file_fd >= 0)
        close(j->lock_file_fd);
    if (j->haul_fd >= 0)
        close(j->haul_fd);
    hl_table_release(&j->urls);
    hl_names_release(&j->names);
    free(j->unsynced);
    free(j->rules_text);
    free(j->dead);
    free(j->window.data);
    free(j->buffer.data);
    free(j);
}

int hl_journal_request_key(struct hl_key *out, struct hl_buf *text,
                           const char *url, const struct hl_buf *headers,
                           uint64_t line)
{
    char hash[HL_FINGERPRINT_HEX_SIZE];
    hl_buf_clear(text);
    hl_buf_text(text, url);
    if (headers->used > 0) {
        hl_fingerprint_hex(hash, hl_fingerprint_of(headers->data));
        hl_buf_printf(text, " %s", hash);
    }
    if (line > 0)
        hl_buf_printf(text, " line %" PRIu64, line);
    if (headers->failed || text->failed)
        return UV_ENOMEM;
    *out = hl_journal_key(text->data);
    return 0;
}

void hl_journal_key_url(struct hl_buf *out, const char *text)
{
    hl_buf_clear(out);
    hl_buf_add(out, text, strcspn(text, " "));
    hl_buf_add(out, "", 1);
}

bool hl_journal_has_headers(const struct hl_journal_entry *entry)
{
    const char *beside = entry->url != NULL ? strchr(entry->url, ' ') : NULL;
    return beside != NULL && strncmp(beside, " line ", 6) != 0;
}

struct hl_key hl_journal_key(const char *url)
{
    return (struct hl_key){.url = url, .fingerprint = hl_fingerprint_of(url)};
}

int hl_journal_find(struct hl_journal *j, const struct hl_key *key,
                    struct hl_journal_entry *out)
{
    struct hl_table_entry *entry;
    struct hl_span line;
    struct hl_record record;
    *out = (struct hl_journal_entry){0};
    int r = hl_journal_locate(j, key, &entry, &line);
    if (r < 0 || entry == NULL)
        return r;
    out->line = entry->line;
    if (line.size > 0 && hl_record_split(&record, line))
        r = hl_journal_fill(j, hl_table_offset(entry), &record, out);
    return r;
}

void hl_journal_entry_release(struct hl_journal_entry *entry)
{
    free(entry->memory);
    *entry = (struct hl_journal_entry){0};
}

int hl_journal_see(struct hl_journal *j, const struct hl_key *key,
                   uint64_t line, uint64_t *first)
{
    struct hl_table_entry *entry;
    struct hl_span record;
    int r = hl_journal_locate(j, key, &entry, &record);
    if (r == 0 && entry == NULL) {
        entry = hl_table_add(&j->urls, key->fingerprint);
        r = entry != NULL ? 0 : -ENOMEM;
    }
    *first = r == 0 ? entry->line : 0;
    if (r == 0 && entry->line == 0)
        entry->line =
            line == 0 || line > UINT32_MAX ? UINT32_MAX : (uint32_t)line;
    return r;
}

struct hl_names *hl_journal_names(struct hl_journal *j)
{
    return &j->names;
}

static int fold_name(void *arg, const struct hl_journal_entry *entry)
{
    int r = entry->name != NULL ? hl_names_take_folded(arg, entry->name) : 0;
    return r < 0 ? r : 0;
}

int hl_journal_place_name(struct hl_journal *j, char name[HL_NAME_SIZE],
                          int dir_fd, bool try_out)
{
    struct hl_names *names = &j->names;
    int r = 0;
    if (!names->folds && dir_fd >= 0 &&
        hl_names_see_folding(names, name, dir_fd, try_out)) {
        names->folds = true;
        r = hl_journal_each(j, fold_name, names);
    }
    return r == 0 ? hl_names_place(names, name, dir_fd) : r;
}

/* What the journal had of a URL before a record is added. */
struct before {
    struct hl_table_entry *entry; /* or NULL */
    struct hl_span line;          /* its last record; size 0: none */
};

/* The fields that all records have. */
static int begin_record(struct hl_journal *j, char kind,
                        const struct hl_key *key, const char *name,
                        struct before *before)
{
    struct hl_record record;
    int r = hl_record_begin(&j->buffer, kind);
    if (r < 0)
        return r;
    r = hl_journal_locate(j, key, &before->entry, &before->line);
    if (r < 0) {
        j->buffer.used = j->buffer.begun;
        return r;
    }
    hl_record_add_fingerprint(&j->buffer, key->fingerprint);
    if (name == NULL && before->line.size > 0 &&
        hl_record_split(&record, before->line))
        hl_record_add_span(&j->buffer, record.name);
    else
        hl_record_add_text(&j->buffer, name);
    hl_record_add_text(&j->buffer, key->url);
    return 0;
}

/* Ends the record, and lets the table know of it. */
static int end_record(struct hl_journal *j, char kind, const struct hl_key *key,
                      struct hl_table_entry *entry)
{
    uint64_t offset = j->size + j->buffer.begun;
    int r = hl_record_end(&j->buffer);
    if (r == 0 && offset > HL_TABLE_OFFSET_MAX)
        r = -EFBIG;
    if (r == 0 && entry == NULL) {
        entry = hl_table_add(&j->urls, key->fingerprint);
        r = entry != NULL ? 0 : -ENOMEM;
    }
    if (r < 0) {
        j->buffer.used = j->buffer.begun;
        return r;
    }
    hl_table_set_offset(entry, offset);
    entry->state = hl_journal_state_of(kind) & 0xf;
    return 0;
}

int hl_journal_claim(struct hl_journal *j, const struct hl_key *key,
                     const char *name)
{
    struct before before;
    int r = begin_record(j, 'c', key, name, &before);
    return r == 0 ? end_record(j, 'c', key, before.entry) : r;
}

/* Adds a validator. One that is too long is left out, as a part of it would
 * prove nothing. */
static void add_validator(struct hl_journal *j, const char *text)
{
    bool fits =
        text != NULL && strnlen(text, HL_RECORD_TEXT_MAX) < HL_RECORD_TEXT_MAX;
    hl_record_add_text(&j->buffer, fits ? text : NULL);
}

static void add_part(struct hl_journal *j, const struct hl_journal_part *part)
{
    hl_record_add_number(&j->buffer, part->size);
    add_validator(j, part->etag);
    add_validator(j, part->last_modified);
    hl_record_add_text(&j->buffer, part->token);
    hl_record_add_number(&j->buffer, part->inode);
    hl_record_add_number(&j->buffer, part->total);
    hl_record_add_number(&j->buffer, part->url_fingerprint);
    j->wants_sync = true;
}

/* Adds digits, which need no escapes. */
static void add_digits(struct hl_journal *j, const char *digits)
{
    const struct hl_span span = {.at = digits, .size = strlen(digits)};
    hl_record_add_span(&j->buffer, span);
}

static void add_file(struct hl_journal *j, const struct hl_journal_file *file)
{
    char stamp[HL_RECORD_STAMP_SIZE];
    hl_record_stamp(stamp, &file->stamp);
    hl_record_add_number(&j->buffer, file->stamp.size);
    add_validator(j, file->etag);
    add_validator(j, file->last_modified);
    hl_record_add_text(&j->buffer, file->digests);
    add_digits(j, stamp);
    add_digits(j, file->xxh3 != NULL ? file->xxh3 : "");
    j->wants_sync = true;
}

/* Adds the file that the URL had on record, if any. */
static void keep_file(struct hl_journal *j, struct hl_span before)
{
    struct hl_record record;
    if (before.size == 0 || !hl_record_split(&record, before) ||
        record.file == NULL)
        return;
    for (size_t i = 0; i < HL_RECORD_FILE; i++)
        hl_record_add_span(&j->buffer, record.file[i]);
    j->wants_sync = true;
}

int hl_journal_done(struct hl_journal *j, const struct hl_key *key,
                    const char *name, const struct hl_journal_file *file)
{
    struct before before;
    int r = begin_record(j, 'd', key, name, &before);
    if (r < 0)
        return r;
    add_file(j, file);
    return end_record(j, 'd', key, before.entry);
}

int hl_journal_part(struct hl_journal *j, const struct hl_key *key,
                    const char *name, const struct hl_journal_part *part)
{
    struct before before;
    int r = begin_record(j, 'p', key, name, &before);
    if (r < 0)
        return r;
    add_part(j, part);
    keep_file(j, before.line);
    return end_record(j, 'p', key, before.entry);
}

/* Adds the part that the URL had on record, or one that says there is none. */
static void keep_part(struct hl_journal *j, struct hl_span before)
{
    static const struct hl_journal_part none;
    struct hl_record record;
    if (before.size == 0 || !hl_record_split(&record, before) ||
        record.part == NULL) {
        add_part(j, &none);
        return;
    }
    /* The last three fields go by number: a record of an older version does not
     * have them. */
    for (size_t i = 0; i < HL_RECORD_PART - 3; i++)
        hl_record_add_span(&j->buffer, record.part[i]);
    hl_record_add_number(&j->buffer, hl_record_inode(&record));
    hl_record_add_number(&j->buffer, hl_record_total(&record));
    hl_record_add_number(&j->buffer, hl_record_url_fingerprint(&record));
    j->wants_sync = true;
}

int hl_journal_failed(struct hl_journal *j, const struct hl_key *key,
                      const char *name,
                      const struct hl_journal_failure *failure)
{
    struct before before;
    int r = begin_record(j, 'f', key, name, &before);
    if (r < 0)
        return r;
    hl_record_add_text(&j->buffer, failure->error);
    hl_record_add_number(&j->buffer, (uint64_t)failure->http_status);
    hl_record_add_number(&j->buffer, failure->attempts);
    hl_record_add_text(&j->buffer, failure->options_hash);
    hl_record_add_text(&j->buffer, failure->own);
    keep_part(j, before.line);
    keep_file(j, before.line);
    return end_record(j, 'f', key, before.entry);
}
