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

#include "engine/journal_record.h"
#include "haul/haul.h"
#include "util/prints.h"
#include "util/url.h"

enum {
    STATE_BITS = 3,
    CHUNK = 256 * 1024,
    COMPACT_MIN = 1000, /* records; a short journal is never worth it */
};

#define JOURNAL_NAME ".haul/journal"
#define JOURNAL_NEW  ".haul/journal.new"
#define LOCK_NAME    ".haul/lock"

/* Owned by the session. */
struct hl_journal {
    int dir_fd; /* borrowed */
    int fd;
    int lock_fd;
    struct hl_prints urls;  /* URL print: offset of its last record, state */
    struct hl_prints names; /* name print: URL print */
    struct hl_record_buffer buffer;
    uint64_t size;    /* of the file */
    uint64_t records; /* in the file */
};

static uint64_t packed(uint64_t offset, enum hl_journal_state state)
{
    return offset << STATE_BITS | (uint64_t)state;
}

static uint64_t offset_of(uint64_t value)
{
    return value >> STATE_BITS;
}

static enum hl_journal_state state_of(uint64_t value)
{
    return (enum hl_journal_state)(value & ((1u << STATE_BITS) - 1));
}

static enum hl_journal_state state_of_kind(char kind)
{
    switch (kind) {
    case 'c':
        return HL_JOURNAL_CLAIMED;
    case 'p':
        return HL_JOURNAL_PART;
    case 'd':
        return HL_JOURNAL_DONE;
    case 'f':
        return HL_JOURNAL_FAILED;
    default:
        return HL_JOURNAL_NONE;
    }
}

typedef int (*line_fn)(void *arg, char *line, uint64_t offset);

/* Calls fn for each whole line of fd. @return the offset after the last
 * newline, or a negative code. */
static int64_t each_line(int fd, line_fn fn, void *arg)
{
    char *chunk = malloc(CHUNK + 1);
    size_t have = 0;
    uint64_t base = 0;
    int64_t r = chunk != NULL ? 0 : -ENOMEM;
    while (r == 0) {
        ssize_t n = pread(fd, chunk + have, CHUNK - have, (off_t)(base + have));
        if (n <= 0) {
            r = n < 0 ? -errno : (int64_t)base;
            break;
        }
        have += (size_t)n;
        char *at = chunk;
        char *newline;
        while (r == 0 && (newline = memchr(
                              at, '\n', have - (size_t)(at - chunk))) != NULL) {
            *newline = '\0';
            r = fn(arg, at, base + (uint64_t)(at - chunk));
            at = newline + 1;
        }
        size_t used = (size_t)(at - chunk);
        /* A line that fills the chunk is damage: it is passed over. */
        if (used == 0 && have == CHUNK)
            used = have;
        memmove(chunk, chunk + used, have - used);
        have -= used;
        base += used;
    }
    free(chunk);
    return r;
}

static int load_line(void *arg, char *line, uint64_t offset)
{
    struct hl_journal *j = arg;
    struct hl_record record;
    j->records++;
    if (!hl_record_parse(&record, line) || record.kind == 'H')
        return 0;
    if (record.kind == 'c') {
        char *name = hl_record_text(record.fields[0]);
        int r = name != NULL
                    ? hl_prints_set(&j->names, hl_url_print(name), record.print)
                    : -ENOMEM;
        free(name);
        if (r < 0)
            return r;
    }
    return hl_prints_set(&j->urls, record.print,
                         packed(offset, state_of_kind(record.kind)));
}

static void forget(struct hl_journal *j)
{
    hl_prints_release(&j->urls);
    hl_prints_release(&j->names);
    j->records = 0;
}

static int load(struct hl_journal *j)
{
    forget(j);
    int64_t end = each_line(j->fd, load_line, j);
    if (end < 0)
        return (int)end;
    if (ftruncate(j->fd, (off_t)end) < 0)
        return -errno;
    j->size = (uint64_t)end;
    return 0;
}

/* What a compaction carries from line to line. */
struct compaction {
    struct hl_journal *journal;
    struct hl_prints claims; /* URL print: offset of its claim in the new */
    struct hl_record_buffer buffer;
    uint64_t written;
    int fd;
};

static int write_out(int fd, struct hl_record_buffer *buffer)
{
    size_t done = 0;
    while (done < buffer->used) {
        ssize_t n = write(fd, buffer->data + done, buffer->used - done);
        if (n < 0 && errno != EINTR)
            return -errno;
        done += n > 0 ? (size_t)n : 0;
    }
    buffer->used = 0;
    return 0;
}

static int copy_claim(struct compaction *c, const struct hl_record *record)
{
    int r =
        hl_prints_set(&c->claims, record->print, c->written + c->buffer.used);
    size_t before = c->buffer.used;
    if (r == 0)
        r = hl_record_begin(&c->buffer, 'c', record->print);
    for (int i = 0; r == 0 && i < 2; i++) {
        char *text = hl_record_text(record->fields[i]);
        r = text != NULL ? hl_record_add_text(&c->buffer, text) : -ENOMEM;
        free(text);
    }
    if (r == 0)
        r = hl_record_end(&c->buffer);
    if (r < 0)
        c->buffer.used = before;
    return r;
}

static int copy_state(struct compaction *c, const struct hl_record *record)
{
    const uint64_t *claim = hl_prints_find(&c->claims, record->print);
    if (claim == NULL)
        return 0;
    int r = hl_record_begin(&c->buffer, record->kind, record->print);
    if (r == 0)
        r = hl_record_add_number(&c->buffer, *claim);
    for (int i = 0; r == 0 && i < 3; i++) {
        char *text = hl_record_text(record->fields[i]);
        r = text != NULL ? hl_record_add_text(&c->buffer, text) : -ENOMEM;
        free(text);
    }
    return r == 0 ? hl_record_end(&c->buffer) : r;
}

/* Keeps every claim, and of each URL's states the last. */
static int compact_line(void *arg, char *line, uint64_t offset)
{
    struct compaction *c = arg;
    struct hl_record record;
    if (!hl_record_parse(&record, line) || record.kind == 'H')
        return 0;
    const uint64_t *value = hl_prints_find(&c->journal->urls, record.print);
    int r = 0;
    if (record.kind == 'c')
        r = copy_claim(c, &record);
    else if (value != NULL && offset_of(*value) == offset)
        r = copy_state(c, &record);
    if (r == 0 && c->buffer.used > CHUNK) {
        c->written += c->buffer.used;
        r = write_out(c->fd, &c->buffer);
    }
    return r;
}

static int write_compacted(struct hl_journal *j, int fd)
{
    struct compaction c = {.journal = j, .fd = fd};
    int64_t end = each_line(j->fd, compact_line, &c);
    int r = end < 0 ? (int)end : write_out(fd, &c.buffer);
    hl_prints_release(&c.claims);
    free(c.buffer.data);
    if (r == 0 && fsync(fd) < 0)
        r = -errno;
    return r;
}

static int compact(struct hl_journal *j)
{
    int fd = openat(j->dir_fd, JOURNAL_NEW,
                    O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0)
        return -errno;
    int r = write_compacted(j, fd);
    if (r == 0 && renameat(j->dir_fd, JOURNAL_NEW, j->dir_fd, JOURNAL_NAME) < 0)
        r = -errno;
    if (r < 0) {
        close(fd);
        return r;
    }
    close(j->fd);
    j->fd = fd;
    return load(j);
}

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

static bool is_mostly_dead(const struct hl_journal *j)
{
    return j->records > COMPACT_MIN &&
           j->records > 4 * hl_prints_count(&j->urls);
}

static int open_file(struct hl_journal *j)
{
    j->fd = openat(j->dir_fd, JOURNAL_NAME,
                   O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (j->fd < 0)
        return -errno;
    int r = load(j);
    if (r == 0 && is_mostly_dead(j))
        r = compact(j);
    return r == 0 ? add_header(j) : r;
}

int hl_journal_open(struct hl_journal **out, int dir_fd)
{
    *out = NULL;
    struct hl_journal *j = calloc(1, sizeof(*j));
    if (j == NULL)
        return -ENOMEM;
    j->dir_fd = dir_fd;
    j->fd = -1;
    j->lock_fd = -1;
    int r = take_lock(j);
    if (r == 0)
        r = open_file(j);
    if (r < 0) {
        hl_journal_close(j);
        return r;
    }
    *out = j;
    return 0;
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
    forget(j);
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

static char *text_or_null(const char *field)
{
    return field[0] != '\0' ? hl_record_text(field) : NULL;
}

static void fill_state(struct hl_journal_entry *out,
                       const struct hl_record *record)
{
    if (record->kind == 'f') {
        out->error = text_or_null(record->fields[0]);
        out->http_status = (long)hl_record_number(record->fields[1]);
        out->attempts = (uint32_t)hl_record_number(record->fields[2]);
    } else if (record->kind != 'c') {
        out->size = hl_record_number(record->fields[0]);
        out->etag = text_or_null(record->fields[1]);
        out->last_modified = text_or_null(record->fields[2]);
    }
}

/* The name stands in the claim that record leads to. */
static int fill_name(struct hl_journal *j, struct hl_journal_entry *out,
                     const struct hl_record *record)
{
    if (record->kind == 'c') {
        out->name = hl_record_text(record->fields[0]);
        return out->name != NULL ? 0 : -ENOMEM;
    }
    char *line;
    struct hl_record claim;
    int r = read_record(j, record->claim, &line, &claim);
    if (r < 0)
        return r;
    if (claim.kind != 'c' || claim.print != record->print)
        r = HAUL_EJOURNAL;
    else
        out->name = hl_record_text(claim.fields[0]);
    free(line);
    return r == 0 && out->name == NULL ? -ENOMEM : r;
}

int hl_journal_find(struct hl_journal *j, const char *url,
                    struct hl_journal_entry *out)
{
    *out = (struct hl_journal_entry){0};
    const uint64_t *value = hl_prints_find(&j->urls, hl_url_print(url));
    if (value == NULL)
        return 0;
    enum hl_journal_state state = state_of(*value);
    char *line;
    struct hl_record record;
    int r = read_record(j, offset_of(*value), &line, &record);
    if (r == 0) {
        fill_state(out, &record);
        r = fill_name(j, out, &record);
        free(line);
    }
    if (r == 0)
        out->state = state;
    else
        hl_journal_entry_release(out);
    /* A damaged line is no knowledge, and no reason to stop. */
    return r == HAUL_EJOURNAL ? 0 : r;
}

void hl_journal_entry_release(struct hl_journal_entry *entry)
{
    free(entry->name);
    free(entry->etag);
    free(entry->last_modified);
    free(entry->error);
    *entry = (struct hl_journal_entry){0};
}

bool hl_journal_name_is_taken(struct hl_journal *j, const char *name,
                              const char *url)
{
    const uint64_t *owner = hl_prints_find(&j->names, hl_url_print(name));
    return owner != NULL && *owner != hl_url_print(url);
}

int hl_journal_reserve(struct hl_journal *j, const char *name, const char *url)
{
    return hl_prints_set(&j->names, hl_url_print(name), hl_url_print(url));
}

int hl_journal_claim(struct hl_journal *j, const char *url, const char *name)
{
    uint64_t print = hl_url_print(url);
    uint64_t offset = j->size + j->buffer.used;
    size_t before = j->buffer.used;
    int r = hl_record_begin(&j->buffer, 'c', print);
    if (r == 0)
        r = hl_record_add_text(&j->buffer, name);
    if (r == 0)
        r = hl_record_add_text(&j->buffer, url);
    if (r == 0)
        r = hl_record_end(&j->buffer);
    if (r == 0)
        r = hl_prints_set(&j->urls, print, packed(offset, HL_JOURNAL_CLAIMED));
    if (r < 0)
        j->buffer.used = before;
    return r;
}

/* The claim that the last record of value leads to. */
static int claim_of(struct hl_journal *j, uint64_t value, uint64_t *out)
{
    if (state_of(value) == HL_JOURNAL_CLAIMED) {
        *out = offset_of(value);
        return 0;
    }
    char *line;
    struct hl_record record;
    int r = read_record(j, offset_of(value), &line, &record);
    if (r < 0)
        return r;
    *out = record.claim;
    free(line);
    return 0;
}

/* A state's first fields; the caller adds the rest and calls end_state(). */
static int begin_state(struct hl_journal *j, char kind, const char *url)
{
    uint64_t print = hl_url_print(url);
    uint64_t *value = hl_prints_find(&j->urls, print);
    uint64_t claim = 0;
    int r = value != NULL ? claim_of(j, *value, &claim) : -ENOENT;
    uint64_t offset = j->size + j->buffer.used;
    if (r == 0)
        r = hl_record_begin(&j->buffer, kind, print);
    if (r == 0)
        r = hl_record_add_number(&j->buffer, claim);
    if (r == 0)
        *value = packed(offset, state_of_kind(kind));
    return r;
}

static int add_file(struct hl_journal *j, char kind, const char *url,
                    const struct hl_journal_part *file)
{
    int r = begin_state(j, kind, url);
    if (r == 0)
        r = hl_record_add_number(&j->buffer, file->size);
    if (r == 0)
        r = hl_record_add_text(&j->buffer, file->etag);
    if (r == 0)
        r = hl_record_add_text(&j->buffer, file->last_modified);
    return r == 0 ? hl_record_end(&j->buffer) : r;
}

int hl_journal_done(struct hl_journal *j, const char *url,
                    const struct hl_journal_part *file)
{
    return add_file(j, 'd', url, file);
}

int hl_journal_part(struct hl_journal *j, const char *url,
                    const struct hl_journal_part *part)
{
    return add_file(j, 'p', url, part);
}

int hl_journal_failed(struct hl_journal *j, const char *url, const char *error,
                      long http_status, uint32_t attempts)
{
    int r = begin_state(j, 'f', url);
    if (r == 0)
        r = hl_record_add_text(&j->buffer, error);
    if (r == 0)
        r = hl_record_add_number(&j->buffer, (uint64_t)http_status);
    if (r == 0)
        r = hl_record_add_number(&j->buffer, attempts);
    return r == 0 ? hl_record_end(&j->buffer) : r;
}
