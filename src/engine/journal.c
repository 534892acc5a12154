#include "engine/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/journal_parts.h"
#include "haul/haul.h"
#include "util/url.h"

#define LOCK_NAME ".haul/lock"

static int take_lock(struct hl_journal *j)
{
    if (mkdirat(j->dir_fd, ".haul", 0777) < 0 && errno != EEXIST)
        return -errno;
    j->lock_fd =
        openat(j->dir_fd, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (j->lock_fd < 0)
        return -errno;
    if (flock(j->lock_fd, LOCK_EX | LOCK_NB) < 0)
        return errno == EWOULDBLOCK ? HAUL_EBUSY : -errno;
    return 0;
}

/* Which boot this is: after another, files that were never synced may be
 * less than the journal says. */
static void read_boot_id(char out[64])
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, out, 63) : 0;
    out[n > 0 ? n : 0] = '\0';
    out[strcspn(out, "\n")] = '\0';
    if (fd >= 0)
        close(fd);
}

static int add_header(struct hl_journal *j)
{
    char boot[64];
    char line[128];
    read_boot_id(boot);
    int n = snprintf(line, sizeof(line), "H\t1\t%s\t%lld\n", boot,
                     (long long)time(NULL));
    char *data = malloc((size_t)n);
    if (data == NULL)
        return -ENOMEM;
    memcpy(data, line, (size_t)n);
    j->buffer = (struct hl_record_buffer){
        .data = data, .used = (size_t)n, .size = (size_t)n};
    return 0;
}

static int open_file(struct hl_journal *j)
{
    j->fd = openat(j->dir_fd, HL_JOURNAL_NAME,
                   O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (j->fd < 0)
        return -errno;
    int r = hl_journal_load(j);
    return r == 0 ? add_header(j) : r;
}

static int view_file(struct hl_journal *j)
{
    if (j->dir_fd < 0)
        return 0;
    j->fd = openat(j->dir_fd, HL_JOURNAL_NAME, O_RDONLY | O_CLOEXEC);
    if (j->fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
    return hl_journal_load(j);
}

static int journal_new(struct hl_journal **out, int dir_fd)
{
    *out = NULL;
    struct hl_journal *j = calloc(1, sizeof(*j));
    if (j == NULL)
        return -ENOMEM;
    j->dir_fd = dir_fd;
    j->fd = -1;
    j->lock_fd = -1;
    int r = hl_hasher_new(&j->hasher);
    if (r == 0)
        *out = j;
    else
        hl_journal_close(j);
    return r;
}

int hl_journal_open(struct hl_journal **out, int dir_fd)
{
    int r = journal_new(out, dir_fd);
    if (r == 0)
        r = take_lock(*out);
    if (r == 0)
        r = open_file(*out);
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

int hl_journal_lock_fd(const struct hl_journal *journal)
{
    return journal->lock_fd;
}

void hl_journal_close(struct hl_journal *j)
{
    if (j == NULL)
        return;
    if (j->fd >= 0) {
        hl_journal_flush(j);
        close(j->fd);
    }
    if (j->lock_fd >= 0)
        close(j->lock_fd);
    hl_journal_forget(j);
    hl_prints_release(&j->seen);
    hl_hasher_free(j->hasher);
    free(j->buffer.data);
    free(j);
}

int hl_journal_flush(struct hl_journal *j)
{
    if (j->buffer.used == 0)
        return 0;
    size_t size = j->buffer.used;
    size_t done = 0;
    while (done < size) {
        ssize_t n = write(j->fd, j->buffer.data + done, size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int r = -errno;
            /* What went half-way is taken back: the next try writes it all,
             * and a reader cuts at the last newline in any case. */
            return ftruncate(j->fd, (off_t)j->size) < 0 ? -errno : r;
        }
        done += (size_t)n;
    }
    j->size += size;
    j->buffer.used = 0;
    return 0;
}

/* Reads the line at offset into memory of the caller's. */
static int read_line(struct hl_journal *j, uint64_t offset, char **out)
{
    int r = offset >= j->size ? hl_journal_flush(j) : 0;
    if (r < 0)
        return r;
    char *line = malloc(HL_RECORD_LINE_MAX);
    if (line == NULL)
        return -ENOMEM;
    ssize_t n = pread(j->fd, line, HL_RECORD_LINE_MAX - 1, (off_t)offset);
    if (n < 0) {
        free(line);
        return -errno;
    }
    line[n] = '\0';
    line[strcspn(line, "\n")] = '\0';
    *out = line;
    return 0;
}

static int read_record(struct hl_journal *j, uint64_t offset, char **line,
                       struct hl_record *record)
{
    int r = read_line(j, offset, line);
    if (r == 0 && !hl_record_parse(record, *line)) {
        free(*line);
        return HAUL_EJOURNAL;
    }
    return r;
}

static uint64_t print_of(struct hl_journal *j, const char *text)
{
    return hl_hasher_print(j->hasher, text, strlen(text));
}

void hl_journal_key_text(struct hl_buf *out, const char *url,
                         const char *headers)
{
    char hash[HL_HASH16_SIZE];
    hl_buf_clear(out);
    hl_buf_text(out, url);
    if (headers[0] == '\0')
        return;
    hl_url_hash16(hash, headers);
    hl_buf_printf(out, " %s", hash);
}

struct hl_key hl_journal_key(struct hl_journal *j, const char *url)
{
    return (struct hl_key){.url = url, .print = print_of(j, url)};
}

/* A field's text without its escapes, at *at, which moves on. */
static const char *put_text(char **at, const char *field)
{
    if (field[0] == '\0')
        return NULL;
    char *text = hl_record_text(field);
    if (text == NULL)
        return NULL;
    char *to = *at;
    size_t size = strlen(text) + 1;
    memcpy(to, text, size);
    free(text);
    *at += size;
    return to;
}

static void fill_state(struct hl_journal_entry *out, char **at,
                       const struct hl_record *record)
{
    if (record->kind == 'f') {
        out->error = put_text(at, record->fields[0]);
        out->http_status = (long)hl_record_number(record->fields[1]);
        out->attempts = (uint32_t)hl_record_number(record->fields[2]);
    } else if (record->kind != 'c') {
        out->size = hl_record_number(record->fields[0]);
        out->etag = put_text(at, record->fields[1]);
        out->last_modified = put_text(at, record->fields[2]);
    }
}

/* The name stands in the claim that record leads to. */
static int fill_name(struct hl_journal *j, struct hl_journal_entry *out,
                     char **at, const struct hl_record *record)
{
    if (record->kind == 'c') {
        out->name = put_text(at, record->fields[0]);
        out->url = put_text(at, record->fields[1]);
        return 0;
    }
    char *line;
    struct hl_record claim;
    int r = read_record(j, record->claim, &line, &claim);
    if (r < 0)
        return r;
    if (claim.kind != 'c' || claim.print != record->print) {
        r = HAUL_EJOURNAL;
    } else {
        out->name = put_text(at, claim.fields[0]);
        out->url = put_text(at, claim.fields[1]);
    }
    free(line);
    return r;
}

int hl_journal_read_entry(struct hl_journal *j, uint64_t offset,
                          struct hl_journal_entry *out)
{
    char *line;
    struct hl_record record;
    int r = read_record(j, offset, &line, &record);
    if (r < 0)
        return r;
    out->memory = malloc(2 * HL_RECORD_LINE_MAX);
    char *at = out->memory;
    r = at != NULL ? 0 : -ENOMEM;
    if (r == 0) {
        fill_state(out, &at, &record);
        r = fill_name(j, out, &at, &record);
    }
    free(line);
    return r;
}

int hl_journal_find(struct hl_journal *j, const struct hl_key *key,
                    struct hl_journal_entry *out)
{
    *out = (struct hl_journal_entry){0};
    const uint64_t *line = hl_prints_find(&j->seen, key->print);
    const uint64_t *value = hl_prints_find(&j->urls, key->print);
    int r =
        value != NULL ? hl_journal_read_entry(j, hl_offset_of(*value), out) : 0;
    if (r < 0)
        hl_journal_entry_release(out);
    else if (value != NULL)
        out->state = hl_state_of(*value);
    out->line = line != NULL ? *line : 0;
    /* A damaged line is no knowledge, and no reason to stop. */
    return r == HAUL_EJOURNAL ? 0 : r;
}

void hl_journal_entry_release(struct hl_journal_entry *entry)
{
    free(entry->memory);
    *entry = (struct hl_journal_entry){0};
}

int hl_journal_see(struct hl_journal *j, const struct hl_key *key,
                   uint64_t line, uint64_t *first)
{
    const uint64_t *known = hl_prints_find(&j->seen, key->print);
    *first = known != NULL ? *known : 0;
    if (line == 0 || line > UINT32_MAX)
        line = UINT32_MAX;
    return known == NULL ? hl_prints_set(&j->seen, key->print, line) : 0;
}

bool hl_journal_name_is_taken(struct hl_journal *j, const char *name)
{
    return hl_prints_find(&j->names, print_of(j, name)) != NULL;
}

int hl_journal_take_name(struct hl_journal *j, const char *name)
{
    return hl_prints_set(&j->names, print_of(j, name), 1);
}

int hl_journal_claim(struct hl_journal *j, const struct hl_key *key,
                     const char *name)
{
    uint64_t offset = j->size + j->buffer.used;
    size_t before = j->buffer.used;
    int r = hl_record_begin(&j->buffer, 'c', key->print);
    if (r == 0)
        r = hl_record_add_text(&j->buffer, name);
    if (r == 0)
        r = hl_record_add_text(&j->buffer, key->url);
    if (r == 0)
        r = hl_record_end(&j->buffer);
    if (r == 0)
        r = hl_prints_set(&j->urls, key->print,
                          hl_packed(offset, HL_JOURNAL_CLAIMED));
    if (r < 0)
        j->buffer.used = before;
    return r;
}

/* The claim that the last record of value leads to. */
static int claim_of(struct hl_journal *j, uint64_t value, uint64_t *out)
{
    if (hl_state_of(value) == HL_JOURNAL_CLAIMED) {
        *out = hl_offset_of(value);
        return 0;
    }
    char *line;
    struct hl_record record;
    int r = read_record(j, hl_offset_of(value), &line, &record);
    if (r < 0)
        return r;
    *out = record.claim;
    free(line);
    return 0;
}

/* A state's first fields; the caller adds the rest and calls end_state(). */
static int begin_state(struct hl_journal *j, char kind,
                       const struct hl_key *key)
{
    uint64_t *value = hl_prints_find(&j->urls, key->print);
    uint64_t claim = 0;
    int r = value != NULL ? claim_of(j, *value, &claim) : -ENOENT;
    uint64_t offset = j->size + j->buffer.used;
    if (r == 0)
        r = hl_record_begin(&j->buffer, kind, key->print);
    if (r == 0)
        r = hl_record_add_number(&j->buffer, claim);
    if (r == 0)
        *value = hl_packed(offset, hl_state_of_kind(kind));
    return r;
}

static int add_file(struct hl_journal *j, char kind, const struct hl_key *key,
                    const struct hl_journal_part *file)
{
    int r = begin_state(j, kind, key);
    if (r == 0)
        r = hl_record_add_number(&j->buffer, file->size);
    if (r == 0)
        r = hl_record_add_text(&j->buffer, file->etag);
    if (r == 0)
        r = hl_record_add_text(&j->buffer, file->last_modified);
    return r == 0 ? hl_record_end(&j->buffer) : r;
}

int hl_journal_done(struct hl_journal *j, const struct hl_key *key,
                    const char *name, const struct hl_journal_part *file)
{
    (void)name;
    return add_file(j, 'd', key, file);
}

int hl_journal_part(struct hl_journal *j, const struct hl_key *key,
                    const char *name, const struct hl_journal_part *part)
{
    (void)name;
    return add_file(j, 'p', key, part);
}

int hl_journal_failed(struct hl_journal *j, const struct hl_key *key,
                      const char *name,
                      const struct hl_journal_failure *failure)
{
    (void)name;
    int r = begin_state(j, 'f', key);
    if (r == 0)
        r = hl_record_add_text(&j->buffer, failure->error);
    if (r == 0)
        r = hl_record_add_number(&j->buffer, (uint64_t)failure->http_status);
    if (r == 0)
        r = hl_record_add_number(&j->buffer, failure->attempts);
    return r == 0 ? hl_record_end(&j->buffer) : r;
}
