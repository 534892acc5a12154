/* Reading the journal at opening, and writing it anew without its dead. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/journal_parts.h"
#include "haul/haul.h"

enum {
    CHUNK = 256 * 1024,
    COMPACT_MIN = 1000, /* records; a short journal is never worth it */
};

#define JOURNAL_NEW ".haul/journal.new"

enum hl_journal_state hl_state_of_kind(char kind)
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

int64_t hl_journal_each_line(int fd, hl_journal_line_fn fn, void *arg)
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
        int r = name != NULL ? hl_journal_take_name(j, name) : -ENOMEM;
        free(name);
        if (r < 0)
            return r;
    }
    return hl_prints_set(&j->urls, record.print,
                         hl_packed(offset, hl_state_of_kind(record.kind)));
}

void hl_journal_forget(struct hl_journal *j)
{
    hl_prints_release(&j->urls);
    hl_prints_release(&j->names);
    j->records = 0;
}

static int load(struct hl_journal *j)
{
    hl_journal_forget(j);
    int64_t end = hl_journal_each_line(j->fd, load_line, j);
    if (end < 0)
        return (int)end;
    j->size = (uint64_t)end;
    if (j->lock_fd >= 0 && ftruncate(j->fd, (off_t)end) < 0)
        return -errno;
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
    else if (value != NULL && hl_offset_of(*value) == offset)
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
    int64_t end = hl_journal_each_line(j->fd, compact_line, &c);
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
    if (r == 0 &&
        renameat(j->dir_fd, JOURNAL_NEW, j->dir_fd, HL_JOURNAL_NAME) < 0)
        r = -errno;
    if (r < 0) {
        close(fd);
        return r;
    }
    close(j->fd);
    j->fd = fd;
    return load(j);
}

static bool is_mostly_dead(const struct hl_journal *j)
{
    return j->lock_fd >= 0 && j->records > COMPACT_MIN &&
           j->records > 4 * hl_prints_count(&j->urls);
}

int hl_journal_load(struct hl_journal *j)
{
    int r = load(j);
    return r == 0 && is_mostly_dead(j) ? compact(j) : r;
}

/* What a pass over the last states carries from line to line. */
struct pass {
    struct hl_journal *journal;
    hl_journal_fn fn;
    void *arg;
};

static int pass_line(void *arg, char *line, uint64_t offset)
{
    struct pass *pass = arg;
    struct hl_journal *j = pass->journal;
    struct hl_journal_entry entry = {0};
    struct hl_record record;
    if (!hl_record_parse(&record, line) || record.kind == 'H')
        return 0;
    const uint64_t *value = hl_prints_find(&j->urls, record.print);
    if (value == NULL || hl_offset_of(*value) != offset)
        return 0;
    int r = hl_journal_read_entry(j, offset, &entry);
    entry.state = hl_state_of(*value);
    if (r == 0)
        r = pass->fn(pass->arg, &entry);
    hl_journal_entry_release(&entry);
    return r == HAUL_EJOURNAL ? 0 : r;
}

int hl_journal_each(struct hl_journal *j, hl_journal_fn fn, void *arg)
{
    struct pass pass = {.journal = j, .fn = fn, .arg = arg};
    int64_t end =
        j->fd >= 0 ? hl_journal_each_line(j->fd, pass_line, &pass) : 0;
    return end < 0 ? (int)end : 0;
}
