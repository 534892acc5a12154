#include "journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "haul/haul.h"
#include "journal/append.h"
#include "journal/attempts.h"
#include "journal/compact.h"
#include "journal/folding.h"
#include "journal/journal_struct.h"
#include "journal/load.h"
#include "journal/part_journal.h"
#include "journal/sync.h"
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

/* A run makes the file before it writes into the journal. */
static bool has_lock_file(const struct hl_journal *j)
{
    return faccessat(j->haul_fd, LOCK_NAME, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
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
    j->had_run = has_lock_file(j);
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
    if (fstat(j->log.fd, &st) < 0)
        return -errno;
    if ((uint64_t)st.st_size == j->log.size)
        return 0;
    return ftruncate(j->log.fd, (off_t)j->log.size) < 0 ? -errno : 0;
}

static void note_loss(struct hl_journal *j)
{
    j->damage.is_lost = j->had_run && j->log.size == 0 && !j->damage.is_cut;
}

static int open_file(struct hl_journal *j)
{
    j->log.fd = hl_haul_dir_file(j->haul_fd, HL_JOURNAL_NAME, O_RDWR | O_CREAT);
    if (j->log.fd < 0)
        return j->log.fd;
    int r = hl_journal_load(j);
    note_loss(j);
    return r == 0 ? cut(j) : r;
}

/* Records the end of killed runs whose temporary files are removed, so that no
 * later run looks for these again. */
static int add_ends(struct hl_journal *j)
{
    int r = 0;
    for (size_t i = 0; r == 0 && j->killed.removed && i < j->killed.count; i++)
        r = hl_record_add_end(&j->log.buffer, j->killed.runs[i].token);
    if (j->killed.removed)
        j->killed.count = 0;
    return r;
}

int hl_journal_begin(struct hl_journal *j, const struct hl_journal_rules *rules)
{
    int r = 0;
    /* An older haul looks at the version of the first header alone. */
    bool anew =
        j->is_old || j->damage.lines > 0 || hl_journal_is_worth_compacting(j);
    if (anew && !j->is_attempt && (j->killed.removed || j->killed.count == 0))
        r = hl_journal_compact(j);
    if (r == 0)
        r = hl_writer_new(&j->writer, j->log.fd, j->log.size - j->log.base);
    if (r == 0)
        r = hl_record_add_header(&j->log.buffer, j->boot, j->token, rules);
    return r == 0 ? add_ends(j) : r;
}

int hl_journal_end(struct hl_journal *j)
{
    int r = j->has_ended ? 0 : hl_record_add_end(&j->log.buffer, j->token);
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
        j->log.fd = hl_haul_dir_file(j->haul_fd, HL_JOURNAL_NAME, O_RDONLY);
    int r = j->haul_fd < 0 ? j->haul_fd : j->log.fd;
    j->had_run = j->haul_fd >= 0 && has_lock_file(j);
    if (r >= 0)
        r = hl_journal_load(j);
    note_loss(j);
    return r == -ENOENT ? 0 : r;
}

static int journal_new(struct hl_journal **out, int dir_fd)
{
    struct hl_journal *j = calloc(1, sizeof(*j));
    *out = j;
    if (j == NULL)
        return -ENOMEM;
    j->dir_fd = dir_fd;
    j->haul_fd = -1;
    j->log.fd = -1;
    j->lock_fd = -1;
    j->lock_file_fd = -1;
    read_boot_id(j->boot);
    hl_part_file_new_token(j->token);
    return 0;
}

/* Makes a journal, and has open() do the rest. */
static int open_new(struct hl_journal **out, int dir_fd,
                    int (*open)(struct hl_journal *j))
{
    int r = journal_new(out, dir_fd);
    if (r == 0)
        r = open(*out);
    if (r == 0)
        return 0;
    hl_journal_close(*out);
    *out = NULL;
    return r;
}

/* Needs .haul, to try it out there. */
static void find_folding(struct hl_journal *j)
{
    j->names.folds =
        hl_folding_is_set(j->dir_fd) || hl_folding_by_trial(j->haul_fd);
}

static int open_locked(struct hl_journal *j)
{
    int r = take_lock(j);
    if (r < 0)
        return r;
    find_folding(j);
    return open_file(j);
}

int hl_journal_open(struct hl_journal **out, int dir_fd)
{
    return open_new(out, dir_fd, open_locked);
}

static int open_attempt(struct hl_journal *j)
{
    j->is_attempt = true;
    j->haul_fd = hl_haul_dir_make(j->dir_fd);
    if (j->haul_fd < 0)
        return j->haul_fd;
    j->log.fd = hl_attempts_make(j);
    if (j->log.fd < 0)
        return j->log.fd;
    /* By now there is a name that shows whether spellings are told apart, even
     * while another attempt tries that out. */
    find_folding(j);
    int r = hl_attempts_open(j);
    return r == 0 ? hl_journal_load(j) : r;
}

int hl_journal_open_attempt(struct hl_journal **out, int dir_fd)
{
    return open_new(out, dir_fd, open_attempt);
}

static int view_attempts(struct hl_journal *j)
{
    j->is_attempt = true;
    j->names.folds =
        hl_folding_is_set(j->dir_fd) || hl_folding_by_sight(j->dir_fd);
    j->token[0] = '\0';
    j->haul_fd = hl_haul_dir_open(j->dir_fd);
    int r = j->haul_fd < 0 ? j->haul_fd : hl_attempts_open(j);
    if (r == 0)
        r = hl_journal_load(j);
    return r == -ENOENT ? 0 : r;
}

int hl_journal_view_attempts(struct hl_journal **out, int dir_fd)
{
    return open_new(out, dir_fd, view_attempts);
}

uint32_t hl_journal_files(const struct hl_journal *view)
{
    return (uint32_t)view->log.segment_count + 1;
}

void hl_journal_close_files(struct hl_journal *view)
{
    hl_attempts_close_files(view);
    if (view->haul_fd >= 0)
        close(view->haul_fd);
    view->haul_fd = -1;
}

int hl_journal_reopen_files(struct hl_journal *view, int dir_fd)
{
    view->haul_fd = hl_haul_dir_open(dir_fd);
    int r = view->haul_fd < 0 ? view->haul_fd : hl_attempts_reopen_files(view);
    if (r < 0)
        hl_journal_close_files(view);
    return r;
}

bool hl_journal_has_attempts(int dir_fd)
{
    struct hl_journal *j;
    int r = journal_new(&j, dir_fd);
    if (r == 0)
        j->haul_fd = hl_haul_dir_open(dir_fd);
    bool has = r == 0 && j->haul_fd >= 0 && hl_attempts_open(j) == 0 &&
               j->log.segment_count > 0;
    hl_journal_close(j);
    return has;
}

static int open_memory(struct hl_journal *j)
{
    j->log.fd = memfd_create("haul-journal", MFD_CLOEXEC);
    return j->log.fd >= 0 ? hl_journal_begin(j, &(struct hl_journal_rules){0})
                          : -errno;
}

int hl_journal_memory(struct hl_journal **out)
{
    return open_new(out, -1, open_memory);
}

int hl_journal_view(struct hl_journal **out, int dir_fd)
{
    return open_new(out, dir_fd, view_file);
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

const struct haul_journal_damage *
hl_journal_damage(const struct hl_journal *journal)
{
    return &journal->damage;
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
        hl_writer_stop(j->writer);
        hl_writer_release(j->writer);
    } else if (j->log.fd >= 0) {
        close(j->log.fd);
    }
    if (j->lock_file_fd >= 0)
        close(j->lock_file_fd);
    if (j->haul_fd >= 0)
        close(j->haul_fd);
    hl_table_release(&j->urls);
    hl_names_release(&j->names);
    hl_boots_release(&j->boots);
    free(j->rules_text);
    hl_killed_runs_release(&j->killed);
    hl_log_release(&j->log);
    free(j);
}
