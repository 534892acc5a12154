/*
 * haul verify: reads the files that a directory's journal has on record, and
 * prints those that are not what haul wrote. It may be used during a run:
 * nothing is locked and nothing written. Memory is the journal's table.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/amounts.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/limits.h"
#include "cli/print_message.h"
#include "cli/run_directory.h"
#include "cli/secret.h"
#include "cli/signals.h"
#include "cli/verify_pool.h"
#include "journal/find.h"
#include "journal/journal.h"
#include "journal/on_disk.h"
#include "util/text.h"

enum {
    WHY_SIZE = 1024,
    ESCAPED = 4, /* bytes that stand for one that may not be shown */
    SUSPECTS_MAX = 64 * 1024,
    FRESH_S = 2,     /* a younger file may not be on record yet */
    SETTLE_MS = 300, /* a run has written its records after this */
    DRAW_NS = 100 * 1000 * 1000,
};

/* For the list, the loop and its pool, and files below directories. */
static const struct hl_needs needs = {.files = 20, .threads = 1};

static const struct hl_opt verify_rows[] = {
    HL_LOOKUP_DIRLINKS_ROW(
        offsetof(struct hl_run_directory_options, keep_dirlinks)),
    HL_LOOKUP_METHOD_ROW(offsetof(struct hl_run_directory_options, method)),
    HL_LOOKUP_DATA_ROW(offsetof(struct hl_run_directory_options, data)),
    HL_OPT_HELP_ROW,
    {.name = NULL},
};

struct verify {
    struct hl_run_directory lookup;
    struct hl_verify_pool *pool;
    struct hl_buf suspects; /* keys of files to look at again, NUL after each */
    uint64_t suspected;
    struct hl_buf line;
    struct hl_buf shown;
    uint64_t right;
    uint64_t differ;
    uint64_t without;
    uint64_t unreadable;
    uint64_t absent; /* lines of the list without a file on record */
    uint64_t bytes;  /* of all files so far */
    int output;      /* 0, or the code of a failed write to standard output */
    bool keep_dirlinks;
    bool draws; /* draws progress, as standard error is a terminal */
    uint64_t drawn_ns;
};

/* Is there a line of progress on the screen? The signal handler asks too. */
static volatile sig_atomic_t is_drawn;

/* Ends the program at once, without waiting for a read that is under way.
 * Standard output is line buffered: nothing of it is lost. */
static void on_signal(int number)
{
    static const char text[] =
        "\r\033[Khaul: interrupted: not all files were verified\n";
    size_t skipped = is_drawn ? 0 : strlen("\r\033[K");
    ssize_t n =
        write(STDERR_FILENO, text + skipped, sizeof(text) - 1 - skipped);
    (void)number, (void)n;
    _exit(HL_EXIT_INTERRUPTED);
}

static void clear_progress(void *arg)
{
    (void)arg;
    if (is_drawn)
        fputs("\r\033[K", stderr);
    is_drawn = false;
}

static void draw_progress(struct verify *v)
{
    char count[HL_TEXT_COUNT_SIZE];
    char bytes[HL_BYTES_SIZE];
    uint64_t now = uv_hrtime();
    if (!v->draws || now - v->drawn_ns < DRAW_NS)
        return;
    v->drawn_ns = now;
    hl_text_count(count, v->right + v->differ + v->without + v->unreadable);
    hl_bytes_text(bytes, (double)v->bytes);
    clear_progress(NULL);
    fprintf(stderr, "%s files, %s, %" PRIu64 " differ", count, bytes,
            v->differ);
    fflush(stderr);
    is_drawn = true;
}

/* Prints v->line on standard output, with what could steer a terminal escaped.
 */
static int print_line(struct verify *v)
{
    size_t size = v->line.used * ESCAPED + 1;
    hl_buf_clear(&v->shown);
    char *shown = hl_buf_room(&v->shown, size);
    if (v->line.failed || shown == NULL)
        return UV_ENOMEM;
    hl_text_printable(shown, size, v->line.data);
    clear_progress(NULL);
    v->output = puts(shown) < 0 ? -errno : 0;
    return v->output;
}

static void put_why(struct verify *v, const struct hl_verify_file *file)
{
    char why[WHY_SIZE];
    switch (file->verified) {
    case HL_VERIFIED_BYTES:
        hl_buf_text(&v->line, "differs");
        return;
    case HL_VERIFIED_SIZE:
        hl_buf_text(&v->line, "differs in size");
        return;
    case HL_VERIFIED_NO_FILE:
        hl_buf_text(&v->line, "differs: it is not a plain file");
        return;
    case HL_VERIFIED_GONE:
        hl_buf_text(&v->line, "missing");
        return;
    case UV_ELOOP:
        hl_beneath_explain(v->lookup.root, file->name, file->verified, why,
                           sizeof(why));
        hl_buf_printf(&v->line, "cannot be read: %s%s", why,
                      v->keep_dirlinks ? "" : "; --keep-dirlinks allows it");
        return;
    default:
        hl_buf_printf(&v->line, "cannot be read: %s",
                      haul_strerror(file->verified));
        return;
    }
}

static void put_url(struct verify *v, const char *key)
{
    struct hl_buf url = {0};
    hl_journal_key_url(&url, key);
    if (!url.failed)
        hl_secret_mask_urls(&v->line, url.data);
    v->line.failed |= url.failed;
    hl_buf_release(&url);
}

static int name_it(struct verify *v, const struct hl_verify_file *file)
{
    hl_buf_clear(&v->line);
    hl_buf_printf(&v->line, "%s: ", file->name);
    put_why(v, file);
    hl_buf_text(&v->line, ": ");
    put_url(v, file->url);
    return print_line(v);
}

static int count(struct verify *v, const struct hl_verify_file *file)
{
    v->bytes += file->size;
    switch (file->verified) {
    case HL_VERIFIED_RIGHT:
        v->right++;
        return 0;
    case HL_VERIFIED_NO_HASH:
        v->without++;
        return 0;
    default:
        if (file->verified < 0)
            v->unreadable++;
        else
            v->differ++;
        return name_it(v, file);
    }
}

static int tell(struct verify *v, const struct hl_verify_file *file)
{
    int r = count(v, file);
    draw_progress(v);
    return r;
}

static bool is_fresh(const struct verify *v, const char *name)
{
    struct stat st;
    return hl_beneath_stat(v->lookup.root, name, &st) == 0 &&
           st.st_ctim.tv_sec >= time(NULL) - FRESH_S;
}

static bool is_on_record(const struct hl_journal_entry *entry)
{
    return entry->has_file && entry->name != NULL && entry->url != NULL;
}

static int verify_again(struct verify *v, struct hl_journal *journal,
                        const char *url)
{
    const struct hl_key key = hl_journal_key(url);
    struct hl_journal_entry entry;
    int r = hl_journal_find(journal, &key, &entry);
    if (r < 0)
        return r;
    if (is_on_record(&entry)) {
        const struct hl_verify_file file = {
            .url = url,
            .name = entry.name,
            .size = entry.file.stamp.size,
            .verified =
                hl_on_disk_verify(v->lookup.root, entry.name, &entry.file),
        };
        r = tell(v, &file);
    } else {
        v->absent++;
    }
    hl_journal_entry_release(&entry);
    return r;
}

/* Verifies the suspects again, by the journal as it is now: a run may have
 * replaced them while they were read. */
static int look_again(struct verify *v)
{
    struct hl_journal *journal = NULL;
    if (v->suspected == 0)
        return 0;
    (void)poll(NULL, 0, SETTLE_MS);
    int r = hl_run_directory_view(&v->lookup, &journal);
    const char *at = v->suspects.data;
    for (; r == 0 && v->suspected > 0; v->suspected--) {
        r = verify_again(v, journal, at);
        at += strlen(at) + 1;
    }
    hl_journal_close(journal);
    hl_buf_clear(&v->suspects);
    return r;
}

static int suspect(struct verify *v, const char *url)
{
    hl_buf_add(&v->suspects, url, strlen(url) + 1);
    if (v->suspects.failed)
        return UV_ENOMEM;
    v->suspected++;
    return v->suspected == SUSPECTS_MAX ? look_again(v) : 0;
}

static int on_verified(void *arg, const struct hl_verify_file *file)
{
    struct verify *v = arg;
    bool is_suspect =
        file->verified != HL_VERIFIED_RIGHT &&
        file->verified != HL_VERIFIED_NO_HASH &&
        (hl_run_directory_is_old(&v->lookup) || is_fresh(v, file->name));
    return is_suspect ? suspect(v, file->url) : tell(v, file);
}

/* Without a list, called for each URL of the journal. */
static int on_entry(void *arg, const struct hl_journal_entry *entry)
{
    struct verify *v = arg;
    return is_on_record(entry) ? hl_verify_pool_add(v->pool, entry) : 0;
}

/* Called for each line of the list. A line that repeats another has a file of
 * its own only after a run with --no-dedupe. */
static int on_line(void *arg, const struct hl_run_directory_line *line)
{
    struct verify *v = arg;
    struct hl_journal_entry entry;
    if (line == NULL)
        return hl_verify_pool_finish(v->pool);
    if (line->bad != NULL) {
        v->absent++;
        return 0;
    }
    int r = hl_journal_find(v->lookup.journal, &line->key, &entry);
    if (r < 0)
        return r;
    if (is_on_record(&entry))
        r = hl_verify_pool_add(v->pool, &entry);
    else
        v->absent += line->first == 0;
    hl_journal_entry_release(&entry);
    return r;
}

static int sum_up(struct verify *v)
{
    struct hl_buf *line = &v->line;
    hl_buf_clear(line);
    hl_put_count(line, v->right, "right, ");
    hl_put_count(line, v->differ, "differ, ");
    hl_put_count(line, v->without, "without a hash");
    hl_put_more(line, v->unreadable, "could not be read");
    hl_put_more(line, v->absent, "not there yet");
    hl_buf_printf(line, ": %s", v->lookup.dir);
    return print_line(v);
}

static int verify_all(struct verify *v)
{
    int r = hl_verify_pool_new(&v->pool, v->lookup.root, on_verified, v);
    if (r < 0)
        return r;
    r = hl_run_directory_each(&v->lookup, on_line, on_entry, v);
    if (r == 0)
        r = hl_verify_pool_finish(v->pool);
    if (r == 0)
        r = look_again(v);
    return r == 0 ? sum_up(v) : r;
}

/* The exit status; where several hold, the first of a run's order. */
static int exit_status(const struct verify *v)
{
    int status = hl_source_status(&v->lookup.source);
    if (status != HL_EXIT_OK)
        return status;
    if (v->unreadable > 0)
        return HL_EXIT_IO;
    return v->differ > 0 ? HL_EXIT_FAILED : HL_EXIT_OK;
}

static int verify_files(struct verify *v)
{
    int r = verify_all(v);
    if (r == 0)
        return exit_status(v);
    return hl_fail(v->output < 0 ? "standard output" : v->lookup.dir, r);
}

static int verify(const struct hl_run_directory_options *options,
                  const struct hl_opt_strings *dirs)
{
    struct verify v = {
        .keep_dirlinks = options->keep_dirlinks,
        .draws = hl_message_has_terminal(),
    };
    hl_signals_catch(on_signal);
    setvbuf(stdout, NULL, _IOLBF, 0);
    hl_message_hook(clear_progress, NULL, NULL);
    int status =
        hl_run_directory_open(&v.lookup, HL_DAMAGE_TO_VERIFY, dirs, options);
    if (status == HL_EXIT_OK)
        status = verify_files(&v);
    clear_progress(NULL);
    hl_verify_pool_free(v.pool);
    hl_run_directory_release(&v.lookup);
    hl_buf_release(&v.suspects);
    hl_buf_release(&v.line);
    hl_buf_release(&v.shown);
    return status;
}

int hl_cmd_verify(int argc, char **argv)
{
    struct hl_run_directory_options o = {0};
    const struct hl_opt_table tables[] = {
        {"Options", verify_rows, &o},
        {"The list", hl_source_rows, &o.source},
        {0}};
    const struct hl_opt_command command = {
        .name = "verify",
        .usage =
            "haul verify [OPTIONS] DIR: are the files in DIR what haul wrote?",
        .tables = tables,
        .operand = "DIR"};
    struct hl_opt_parsed parsed;
    int status;
    /* A reader that has had enough ends us, as it does any filter. */
    signal(SIGPIPE, SIG_DFL);
    if (hl_help_begin(&command, argc, argv, &parsed, &status)) {
        status = hl_limits_check(&needs);
        if (status == HL_EXIT_OK)
            status = verify(&o, &parsed.rest);
    }
    hl_opt_parsed_release(&parsed);
    hl_opt_strings_release(&o.source.inputs);
    hl_opt_strings_release(&o.data);
    return status;
}
