/*
 * A journal from anywhere: it is opened, asked, gone on with and opened again.
 * The input is taken as it is, and once more with the right check at the end
 * of each line, which no mutation would find.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/journal.h"
#include "engine/journal_record.h"
#include "haul/haul.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* What was read is touched, so that a wild pointer shows. */
static size_t touch(const char *string)
{
    return string != NULL ? strlen(string) : 0;
}

static int on_entry(void *arg, const struct hl_journal_entry *entry)
{
    struct hl_journal *j = arg;
    struct hl_journal_entry again;
    check(touch(entry->name) + touch(entry->part.etag) +
              touch(entry->part.last_modified) + touch(entry->part.token) +
              touch(entry->file.etag) + touch(entry->file.last_modified) +
              touch(entry->file.digests) + touch(entry->file.xxh3) +
              touch(entry->error) + touch(entry->fingerprint) +
              touch(entry->own) <
          HL_RECORD_LINE_MAX);
    if (entry->url == NULL)
        return 0;
    struct hl_key key = hl_journal_key(entry->url);
    check(hl_journal_find(j, &key, &again) == 0);
    hl_journal_entry_release(&again);
    return 0;
}

static int on_litter(void *arg, const char *name, const char *token)
{
    (void)arg;
    check(touch(name) > 0 && touch(token) == 8);
    return 0;
}

/* A run over it. @return whether it can be used at all. */
static bool go_on(int dir_fd)
{
    struct hl_journal *j;
    struct hl_journal_entry entry;
    const struct hl_journal_file file = {.stamp.size = 5};
    int r = hl_journal_open(&j, dir_fd);
    check(r == 0 || r == HAUL_EJOURNAL);
    if (r < 0)
        return false;
    check(hl_journal_each_litter(j, on_litter, NULL) == 0);
    check(hl_journal_begin(j, hl_journal_rules(j)) == 0);
    check(hl_journal_each(j, on_entry, j) == 0);
    struct hl_key key = hl_journal_key("http://h/fuzz");
    check(hl_journal_claim(j, &key, "fuzz") == 0);
    check(hl_journal_flush(j) == 0);
    check(hl_journal_done(j, &key, "fuzz", &file) == 0);
    hl_journal_close(j);
    /* Whatever stood before, what was added is there. */
    check(hl_journal_view(&j, dir_fd) == 0);
    check(hl_journal_find(j, &key, &entry) == 0);
    check(entry.state == HL_JOURNAL_DONE && entry.file.stamp.size == 5);
    hl_journal_entry_release(&entry);
    hl_journal_close(j);
    return true;
}

static void run(const char *data, size_t size)
{
    char path[] = "/dev/shm/haul-fuzz-XXXXXX";
    check(mkdtemp(path) != NULL);
    int dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    check(dir_fd >= 0 && mkdirat(dir_fd, ".haul", 0700) == 0);
    int fd =
        openat(dir_fd, ".haul/journal", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    close(fd);
    if (go_on(dir_fd))
        check(go_on(dir_fd));
    (void)unlinkat(dir_fd, ".haul/journal", 0);
    (void)unlinkat(dir_fd, ".haul/lock", 0);
    (void)unlinkat(dir_fd, ".haul", AT_REMOVEDIR);
    close(dir_fd);
    check(rmdir(path) == 0);
}

/* Each line with its check; one too long for a record is left out. */
static void add_checks(struct hl_record_buffer *out, const char *at,
                       const char *end)
{
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline != NULL ? newline : end;
        if (stop - at > 2) {
            const struct hl_span rest = {.at = at + 2,
                                         .size = (size_t)(stop - at) - 2};
            check(hl_record_begin(out, at[0]) == 0);
            hl_record_add_span(out, rest);
            (void)hl_record_end(out);
        }
        at = stop + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct hl_record_buffer checked = {0};
    run(text, size);
    add_checks(&checked, text, text + size);
    run(checked.data, checked.used);
    free(checked.data);
    return 0;
}
