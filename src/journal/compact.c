#include "journal/compact.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "journal/index.h"
#include "journal/journal_struct.h"
#include "journal/load.h"
#include "util/io.h"

#define JOURNAL_NEW "journal.new"

enum {
    WORTH_IT = 1000, /* superseded records; with fewer, nothing is gained */
    WRITE_SIZE = 256 * 1024,
};

bool hl_journal_is_worth_compacting(const struct hl_journal *j)
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
        !hl_index_is_last(c->journal, record.fingerprint, offset))
        return 0;
    int r = hl_record_add_line(&c->buffer, line);
    return r == 0 && c->buffer.used >= WRITE_SIZE ? write_out(c) : r;
}

static int copy_range(struct compaction *c, uint64_t from, uint64_t to)
{
    const struct hl_range range = {.from = from, .to = to};
    int64_t end = hl_log_each(c->journal->log.fd, range, copy_line, c);
    return end < 0 ? (int)end : 0;
}

static int add_mark(struct compaction *c)
{
    return hl_record_add_mark(&c->buffer, c->written + c->buffer.used);
}

/* Copies what lies between the unsynced ranges, adds a mark, and copies the
 * ranges. Their header has an empty boot id, which no later boot has. */
static int copy_before_boot(struct compaction *c)
{
    const struct hl_journal *j = c->journal;
    uint64_t from = 0;
    int r = hl_record_add_header(&c->buffer, "", "", &j->rules);
    for (size_t i = 0; r == 0 && i < j->boots.count; i++) {
        r = copy_range(c, from, j->boots.unsynced[i].from);
        from = j->boots.unsynced[i].to;
    }
    if (r == 0)
        r = copy_range(c, from, j->boots.last);
    if (r == 0)
        r = add_mark(c);
    for (size_t i = 0; r == 0 && i < j->boots.count; i++)
        r = copy_range(c, j->boots.unsynced[i].from, j->boots.unsynced[i].to);
    return r;
}

static int copy_all(struct compaction *c)
{
    const struct hl_journal *j = c->journal;
    int r = j->boots.last > 0 ? copy_before_boot(c) : 0;
    if (r == 0)
        r = hl_record_add_header(&c->buffer, j->boot, "", &j->rules);
    if (r == 0)
        r = copy_range(c, j->boots.last, j->boots.synced);
    if (r == 0)
        r = add_mark(c);
    if (r == 0)
        r = copy_range(c, j->boots.synced, j->log.size);
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

/* @return a descriptor of the new file, which has the old one's name now; or a
 * code, and nothing has changed. */
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
    close(j->log.fd);
    j->log.fd = fd;
    (void)sync_dir(j);
    hl_table_release(&j->urls);
    hl_names_clear(&j->names);
    hl_boots_release(&j->boots);
    j->records = 0;
    j->log.window.used = 0;
    /* The new file does not name killed runs: their temporary files are gone.
     */
    j->killed.count = 0;
    return hl_journal_load(j);
}
