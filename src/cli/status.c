/* haul status: what a directory's journal says, without its lock. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/message.h"
#include "cli/opt.h"
#include "cli/progress.h"
#include "engine/journal.h"
#include "haul/haul.h"

enum list { LIST_NONE, LIST_OK, LIST_FAILED, LIST_LEFT, LIST_ALL };

struct status_options {
    int list; /* enum list */
    bool help;
};

/* What was counted. On its caller's stack. */
struct status {
    enum list list;
    int dir_fd;
    uint64_t counts[LIST_ALL]; /* by enum list */
    uint64_t errors[HAUL_ERROR_COUNT];
    uint64_t bytes;
};

static const char *const list_words[] = {"none", "ok",  "failed",
                                         "left", "all", NULL};

static const struct hl_opt status_rows[] = {
    {.name = "list",
     .argument = "WHICH",
     .kind = HL_OPT_CHOICE,
     .offset = offsetof(struct status_options, list),
     .words = list_words,
     .help = "print the URLs that are ok, failed, left, or all"},
    {.name = "help",
     .letter = 'h',
     .kind = HL_OPT_FLAG,
     .offset = offsetof(struct status_options, help),
     .help = "this"},
    {.name = NULL},
};

/* A file that was deleted or cut is to be fetched again. */
static bool is_there(const struct status *status,
                     const struct hl_journal_entry *entry)
{
    struct stat st;
    return entry->name != NULL &&
           fstatat(status->dir_fd, entry->name, &st, AT_SYMLINK_NOFOLLOW) ==
               0 &&
           S_ISREG(st.st_mode) && (uint64_t)st.st_size == entry->size;
}

static void count_error(struct status *status, const char *word)
{
    for (int i = 1; word != NULL && i < HAUL_ERROR_COUNT; i++)
        if (strcmp(word, haul_error_word((enum haul_error)i)) == 0)
            status->errors[i]++;
}

/* What makes the key more than the URL stands behind a blank. */
static void print_url(const char *key)
{
    printf("%.*s\n", (int)strcspn(key, " "), key);
}

static int on_entry(void *arg, const struct hl_journal_entry *entry)
{
    struct status *status = arg;
    enum list kind = LIST_LEFT;
    if (entry->state == HL_JOURNAL_FAILED)
        kind = LIST_FAILED;
    else if (entry->state == HL_JOURNAL_DONE && is_there(status, entry))
        kind = LIST_OK;
    status->counts[kind]++;
    if (kind == LIST_FAILED)
        count_error(status, entry->error);
    if (kind == LIST_OK)
        status->bytes += entry->size;
    if (entry->url != NULL &&
        (status->list == kind || status->list == LIST_ALL))
        print_url(entry->url);
    return 0;
}

static void say_counts(const struct status *status)
{
    char bytes[32];
    bool first = true;
    hl_progress_bytes(bytes, sizeof(bytes), (double)status->bytes);
    printf("%" PRIu64 " ok, %" PRIu64 " failed", status->counts[LIST_OK],
           status->counts[LIST_FAILED]);
    for (int i = 1; i < HAUL_ERROR_COUNT; i++) {
        if (status->errors[i] == 0)
            continue;
        printf("%s%s %" PRIu64, first ? " (" : ", ",
               haul_error_word((enum haul_error)i), status->errors[i]);
        first = false;
    }
    printf("%s, %" PRIu64 " left, %s\n", first ? "" : ")",
           status->counts[LIST_LEFT], bytes);
}

static int read_journal(struct status *status, const char *dir)
{
    struct hl_journal *journal;
    if (faccessat(status->dir_fd, ".haul/journal", R_OK, 0) < 0) {
        hl_error("%s: there is no journal of haul's: %s", dir, strerror(errno));
        return HL_EXIT_IO;
    }
    int r = hl_journal_view(&journal, status->dir_fd);
    if (r == 0) {
        r = hl_journal_each(journal, on_entry, status);
        hl_journal_close(journal);
    }
    if (r < 0) {
        hl_error("%s: %s", dir, haul_strerror(r));
        return HL_EXIT_IO;
    }
    if (status->list == LIST_NONE)
        say_counts(status);
    if (status->counts[LIST_LEFT] > 0)
        return HL_EXIT_INTERRUPTED;
    return status->counts[LIST_FAILED] > 0 ? HL_EXIT_FAILED : HL_EXIT_OK;
}

static int show(const struct status_options *options,
                const struct hl_opt_texts *dirs)
{
    struct status status = {.list = (enum list)options->list};
    if (dirs->count != 1) {
        hl_error("status: give one directory");
        return HL_EXIT_USAGE;
    }
    const char *dir = dirs->items[0];
    status.dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (status.dir_fd < 0) {
        hl_error("%s: %s", dir, strerror(errno));
        return HL_EXIT_IO;
    }
    int r = read_journal(&status, dir);
    close(status.dir_fd);
    return r;
}

int hl_cmd_status(int argc, char **argv)
{
    struct status_options options = {.list = LIST_NONE};
    const struct hl_opt_table tables[] = {{"What", status_rows, &options}, {0}};
    struct hl_opt_parsed parsed;
    int status = hl_opt_parse(tables, argc, argv, &parsed);
    if (status == 0 && options.help) {
        printf("haul status DIR: what a directory's journal says\n");
        hl_opt_help(tables);
    } else if (status == 0) {
        status = show(&options, &parsed.rest);
    }
    hl_opt_parsed_release(&parsed);
    return status;
}
