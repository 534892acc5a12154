#include "cli/part_journals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>
#include <utlist.h>

#include "cli/amounts.h"
#include "cli/limits.h"
#include "cli/part_state.h"
#include "cli/print_message.h"
#include "journal/journal.h"
#include "journal/part_journal.h"
#include "util/open_files.h"

enum {
    BESIDE = 32, /* lists, the report, and what a look-up opens */
    LEAST = 16,
    MOST = 1024,
};

int hl_part_journals_init(struct hl_part_journals *out, const char *run,
                          uint32_t parts)
{
    const struct hl_needs needs = {.files = BESIDE + LEAST};
    *out = (struct hl_part_journals){.run = run, .parts = parts};
    int status = hl_limits_check(&needs);
    if (status != 0)
        return status;
    uint32_t left = hl_open_files_left(BESIDE + MOST);
    out->files_most = left > BESIDE + LEAST ? left - BESIDE : LEAST;
    out->items = calloc(parts, sizeof(*out->items));
    return out->items != NULL ? 0 : hl_fail(run, -ENOMEM);
}

void hl_part_journals_release(struct hl_part_journals *j)
{
    for (uint32_t i = 0; j->items != NULL && i < j->parts; i++)
        hl_journal_close(j->items[i].journal);
    free(j->items);
}

/* Closes the files that were not used for longest, so that there is room for
 * those of item. */
static void make_room(struct hl_part_journals *j,
                      const struct hl_part_journal *item)
{
    uint32_t wanted = hl_journal_files(item->journal);
    while (j->open != NULL && j->files + wanted > j->files_most) {
        struct hl_part_journal *oldest = j->open;
        DL_DELETE(j->open, oldest);
        oldest->is_open = false;
        j->files -= hl_journal_files(oldest->journal);
        hl_journal_close_files(oldest->journal);
    }
}

static void note_open(struct hl_part_journals *j, struct hl_part_journal *item)
{
    item->is_open = true;
    j->files += hl_journal_files(item->journal);
    DL_APPEND(j->open, item);
}

int hl_part_journals_read(struct hl_part_journals *j, uint32_t part, int dir_fd)
{
    struct hl_part_journal *item = &j->items[part];
    int r = hl_journal_view_attempts(&item->journal, dir_fd);
    if (r < 0)
        return r;
    make_room(j, item);
    note_open(j, item);
    return 0;
}

static int reopen(const struct hl_part_journals *j, uint32_t part)
{
    char dir[PATH_MAX];
    int r = hl_part_dir(dir, j->run, part);
    if (r < 0)
        return r;
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    r = hl_journal_reopen_files(j->items[part].journal, fd);
    close(fd);
    return r;
}

int hl_part_journals_use(struct hl_part_journals *j, uint32_t part,
                         struct hl_journal **out)
{
    struct hl_part_journal *item = &j->items[part];
    *out = item->journal;
    if (item->journal == NULL)
        return 0;
    if (item->is_open) {
        DL_DELETE(j->open, item);
        DL_APPEND(j->open, item);
        return 0;
    }
    make_room(j, item);
    int r = reopen(j, part);
    if (r == 0)
        note_open(j, item);
    return r;
}
