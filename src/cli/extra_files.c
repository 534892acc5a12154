#include "cli/extra_files.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/print_message.h"
#include "journal/journal.h"
#include "journal/on_disk.h"
#include "util/part_file.h"
#include "util/text.h"

struct extra {
    struct hl_run_directory *lookup;
    char end;
    bool to_terminal;
    struct hl_buf url;
    uint64_t urls;    /* of the list */
    uint64_t bad;     /* lines of the list */
    uint64_t changed; /* files that somebody changed */
};

/* The key of the URL alone: whatever else its line has or had, the URL is in
 * the list. */
static int plain_key(struct extra *x, const char *text, struct hl_key *out)
{
    hl_journal_key_url(&x->url, text);
    if (x->url.failed)
        return UV_ENOMEM;
    *out = hl_journal_key(x->url.data);
    return 0;
}

/* Called for each line of the list. */
static int on_line(void *arg, const struct hl_run_directory_line *line)
{
    struct extra *x = arg;
    struct hl_key key;
    uint64_t first;
    if (line == NULL)
        return 0;
    if (line->bad != NULL) {
        x->bad++;
        return 0;
    }
    x->urls++;
    int r = plain_key(x, line->key.url, &key);
    return r == 0 ? hl_journal_see(x->lookup->journal, &key, 1, &first) : r;
}

/* @return 1: the list has the URL; 0: it has not; or a code. */
static int is_in_list(struct extra *x, const struct hl_journal_entry *entry)
{
    struct hl_key key;
    struct hl_journal_entry seen = {0};
    int r = plain_key(x, entry->url != NULL ? entry->url : "", &key);
    if (r == 0)
        r = hl_journal_find(x->lookup->journal, &key, &seen);
    if (r == 0)
        r = seen.line != 0;
    hl_journal_entry_release(&seen);
    return r;
}

/* Who has written to the journal must not control a terminal. */
static void print(const struct extra *x, const char *name)
{
    char shown[PATH_MAX];
    const char *dir = x->lookup->dir;
    size_t length = strlen(dir);
    bool ends = length > 0 && dir[length - 1] == '/';
    if (x->to_terminal)
        hl_text_printable(shown, sizeof(shown), name);
    printf("%s%s%s%c", dir, ends ? "" : "/", x->to_terminal ? shown : name,
           x->end);
}

static void tell_file(struct extra *x, const struct hl_journal_entry *entry)
{
    static const struct haul_options none;
    struct hl_known known = hl_on_disk_known(entry, &none, NULL);
    struct hl_look look;
    known.unsynced = false;
    hl_on_disk_look(x->lookup->root, &known, NULL, &look);
    if (look.found == HL_FOUND_SAME || look.found == HL_FOUND_MOVED)
        print(x, entry->name);
    else if (look.found == HL_FOUND_CHANGED)
        x->changed++;
}

static void tell_part(struct extra *x, const struct hl_journal_entry *entry)
{
    char part[HL_PART_FILE_NAME_SIZE];
    uint64_t size;
    if (hl_on_disk_part_size(x->lookup->root, entry, &size) &&
        hl_part_file_name(part, entry->name, entry->part.token) == 0)
        print(x, part);
}

/* Called for each URL of the journal. */
static int on_entry(void *arg, const struct hl_journal_entry *entry)
{
    struct extra *x = arg;
    int r = is_in_list(x, entry);
    if (r != 0)
        return r < 0 ? r : 0;
    if (entry->has_file && entry->name != NULL)
        tell_file(x, entry);
    tell_part(x, entry);
    return 0;
}

static void say(const struct extra *x)
{
    if (x->bad > 0)
        hl_error("%" PRIu64
                 " bad %s of the list %s no URL: the files that haul "
                 "once wrote for %s count as extra",
                 x->bad, x->bad == 1 ? "line" : "lines",
                 x->bad == 1 ? "has" : "have", x->bad == 1 ? "it" : "them");
    if (x->changed > 0)
        hl_error("%" PRIu64 " more %s changed since haul wrote %s, and not "
                 "printed",
                 x->changed, x->changed == 1 ? "file was" : "files were",
                 x->changed == 1 ? "it" : "them");
}

static int print_all(struct extra *x)
{
    struct hl_run_directory *lookup = x->lookup;
    int r = hl_run_directory_each(lookup, on_line, on_entry, x);
    int status = hl_source_status(&lookup->source);
    if (r == 0 && status != HL_EXIT_OK)
        return status;
    /* Whoever removes what is extra would lose everything. */
    if (r == 0 && x->urls == 0) {
        hl_error("--list extra: the list has no URL: every file would be "
                 "extra");
        return HL_EXIT_USAGE;
    }
    if (r == 0)
        r = hl_journal_each(lookup->journal, on_entry, x);
    if (r < 0)
        return hl_fail(lookup->dir, r);
    say(x);
    r = fflush(stdout) != 0 || ferror(stdout) ? -errno : 0;
    return r < 0 ? hl_fail("standard output", r) : HL_EXIT_OK;
}

int hl_extra_files_print(struct hl_run_directory *lookup, char end)
{
    struct extra x = {.lookup = lookup,
                      .end = end,
                      .to_terminal = isatty(STDOUT_FILENO) == 1};
    int status = print_all(&x);
    hl_buf_release(&x.url);
    return status;
}
