/*
 * Writing the journal anew with the last record of each URL alone, when over
 * half of its records are dead, or the file is of an older version. The new
 * file is whole and on disk before it takes the old one's name; the lock is on
 * a file of its own, and stays.
 *
 * What was written before the machine last came up goes first, with a mark
 * after those whose files are surely on disk; then what this boot has added.
 * So both are still told apart.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "journal/store.h"
#include "util/io.h"

#define JOURNAL_NEW "journal.new"

enum {
    WORTH_IT = 1000, /* dead records; a short journal is as it is */
    WRITE_SIZE = 256 * 1024,
};

int hl_journal_add_header(struct hl_record_buffer *buffer, const char *boot,
                          const char *token,
                          const struct hl_journal_rules *rules)
{
    int r = hl_record_begin(buffer, 'H');
    if (r < 0)
        return r;
    hl_record_add_number(buffer, HL_RECORD_VERSION);
    hl_record_add_text(buffer, boot);
    hl_record_add_number(buffer, (uint64_t)time(NULL));
    hl_record_add_text(buffer, token);
    hl_record_add_text(buffer, rules->accept_type);
    hl_record_add_number(buffer, rules->max_filesize);
    hl_record_add_number(buffer, rules->block_private);
    return hl_record_end(buffer);
}

int hl_journal_add_mark(struct hl_record_buffer *buffer, uint64_t offset)
{
    int r = hl_record_begin(buffer, 'S');
    if (r < 0)
        return r;
    hl_record_add_number(buffer, offset);
    return hl_record_end(buffer);
}

bool hl_journal_is_mostly_dead(const struct hl_journal *j)
{
    return j->records > WORTH_IT + 2 * hl_table_count(&j->urls);
}

/* What a compaction carries from line to line. */
struct compaction {
    const struct hl_journal *journal;
    struct hl_record_buffer buffer;
    uint64_t written;
    int fd;
};

static int write_out(struct compaction *c)
{
    int r = hl_pwrite_all(c->fd, c->buffer.data, c->buffer.used, c->written);
    if (r < 0)
        return r;
    c->written += c->buffer.used;
    c->buffer.used = 0;
    return 0;
}

static int copy_line(void *arg, struct hl_span line, uint64_t offset)
{
    struct compaction *c = arg;
    struct hl_record record;
    if (!hl_record_parse(&record, line) ||
        !hl_journal_is_last(c->journal, record.fingerprint, offset))
        return 0;
    int r = hl_record_add_line(&c->buffer, line);
    return r == 0 && c->buffer.used >= WRITE_SIZE ? write_out(c) : r;
}

static int copy_range(struct compaction *c, uint64_t from, uint64_t to)
{
    const struct hl_journal_range range = {.from = from, .to = to};
    int64_t end = hl_journal_each_line(c->journal->fd, range, copy_line, c);
    return end < 0 ? (int)end : 0;
}

static int add_mark(struct compaction *c)
{
    return hl_journal_add_mark(&c->buffer, c->written + c->buffer.used);
}

/* All between the unsynced ranges, a mark, and those ranges. Their boot is
 * none that will ever come again. */
static int copy_before_boot(struct compaction *c)
{
    const struct hl_journal *j = c->journal;
    uint64_t from = 0;
    int r = hl_journal_add_header(&c->buffer, "", "", &j->rules);
    for (size_t i = 0; r == 0 && i < j->unsynced_count; i++) {
        r = copy_range(c, from, j->unsynced[i].from);
        from = j->unsynced[i].to;
    }
    if (r == 0)
        r = copy_range(c, from, j->boot_from);
    if (r == 0)
        r = add_mark(c);
    for (size_t i = 0; r == 0 && i < j->unsynced_count; i++)
        r = copy_range(c, j->unsynced[i].from, j->unsynced[i].to);
    return r;
}

static int copy_all(struct compaction *c)
{
    const struct hl_journal *j = c->journal;
    int r = j->boot_from > 0 ? copy_before_boot(c) : 0;
    if (r == 0)
        r = hl_journal_add_header(&c->buffer, j->boot, "", &j->rules);
    if (r == 0)
        r = copy_range(c, j->boot_from, j->synced);
    if (r == 0)
        r = add_mark(c);
    if (r == 0)
        r = copy_range(c, j->synced, j->size);
    if (r == 0)
        r = write_out(c);
    return r;
}

static int sync_dir(const struct hl_journal *j)
{
    int fd = openat(j->haul_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int r = fsync(fd) < 0 ? -errno : 0;
    close(fd);
    return r;
}

/* @return the new file, in its place; or a code, and nothing has changed. */
static int write_anew(struct hl_journal *j)
{
    struct compaction c = {.journal = j};
    /* A kill or somebody else may have left a file or a link of this name. */
    unlinkat(j->haul_fd, JOURNAL_NEW, 0);
    c.fd = openat(j->haul_fd, JOURNAL_NEW,
                  O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (c.fd < 0)
        return -errno;
    int r = copy_all(&c);
    free(c.buffer.data);
    if (r == 0 && fsync(c.fd) < 0)
        r = -errno;
    if (r == 0 &&
        renameat(j->haul_fd, JOURNAL_NEW, j->haul_fd, HL_JOURNAL_NAME) < 0)
        r = -errno;
    if (r == 0)
        return c.fd;
    unlinkat(j->haul_fd, JOURNAL_NEW, 0);
    close(c.fd);
    return r;
}

int hl_journal_compact(struct hl_journal *j)
{
    int fd = write_anew(j);
    if (fd < 0)
        return 0;
    close(j->fd);
    j->fd = fd;
    (void)sync_dir(j);
    hl_table_release(&j->urls);
    hl_names_clear(&j->names);
    free(j->unsynced);
    j->unsynced = NULL;
    j->unsynced_count = 0;
    j->records = 0;
    j->window.used = 0;
    /* The new file does not name killed runs: their temporary files are gone.
     */
    j->dead_count = 0;
    return hl_journal_load(j);
}
