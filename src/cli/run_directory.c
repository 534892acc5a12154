#include "cli/run_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/dir_error.h"
#include "cli/plan_hint.h"
#include "cli/print_message.h"
#include "cli/request_body.h"
#include "journal/find.h"
#include "journal/journal.h"
#include "journal/part_journal.h"

#define JOURNAL ".haul/journal"
#define LOCK    ".haul/lock"

enum { SETTLE_MS = 100 }; /* a run has written its line after this */

static const struct hl_opt_strings no_urls;

bool hl_run_directory_is_old(const struct hl_run_directory *lookup)
{
    const struct stat *viewed = &lookup->viewed;
    struct stat now;
    return fstatat(lookup->dir_fd, JOURNAL, &now, AT_SYMLINK_NOFOLLOW) < 0 ||
           now.st_ino != viewed->st_ino || now.st_size != viewed->st_size;
}

/* A line that a run is writing at this moment is no damage. */
static void say_damage(const struct hl_run_directory *lookup,
                       enum hl_damage_to to)
{
    struct haul_journal_damage damage = *hl_journal_damage(lookup->journal);
    if (damage.is_cut) {
        (void)poll(NULL, 0, SETTLE_MS);
        damage.is_cut = !hl_run_directory_is_old(lookup);
    }
    hl_journal_damage_say(lookup->dir, &damage, to);
}

/* There is no journal. Where a run has once locked the directory, there was. */
static void tell_missing(const struct hl_run_directory *lookup,
                         enum hl_damage_to to)
{
    const struct haul_journal_damage lost = {.is_lost = true};
    if (faccessat(lookup->dir_fd, LOCK, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        hl_journal_damage_say(lookup->dir, &lost, to);
    else if (!hl_plan_hint_run(lookup->dir))
        hl_error("%s: no run has left a journal there", lookup->dir);
}

int hl_run_directory_view(const struct hl_run_directory *lookup,
                          struct hl_journal **out)
{
    return lookup->is_part ? hl_journal_view_attempts(out, lookup->dir_fd)
                           : hl_journal_view(out, lookup->dir_fd);
}

static int open_dir(struct hl_run_directory *lookup, bool keep_dirlinks,
                    enum hl_damage_to to)
{
    const struct hl_beneath_options beneath = {
        .keep_dirlinks = keep_dirlinks,
    };
    lookup->dir_fd = open(lookup->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lookup->dir_fd < 0)
        return hl_fail(lookup->dir, -errno);
    bool found = fstatat(lookup->dir_fd, JOURNAL, &lookup->viewed,
                         AT_SYMLINK_NOFOLLOW) == 0;
    lookup->is_part = !found && hl_journal_has_attempts(lookup->dir_fd);
    if (!found && !lookup->is_part) {
        tell_missing(lookup, to);
        return HL_EXIT_IO;
    }
    int r = hl_run_directory_view(lookup, &lookup->journal);
    if (r == 0)
        r = hl_beneath_new(&lookup->root, lookup->dir_fd, &beneath);
    if (r < 0)
        return hl_dir_error(lookup->dir, r);
    say_damage(lookup, to);
    return HL_EXIT_OK;
}

/* What the requests of the list send is part of the keys of their URLs. */
static int read_sent(struct hl_run_directory *lookup,
                     const struct hl_run_directory_options *options)
{
    struct hl_buf body = {0};
    struct haul_options run = {.method = options->method};
    int status = options->data.count > 0
                     ? hl_request_body_read(&body, &options->data)
                     : HL_EXIT_OK;
    run.data = body.data;
    run.data_size = body.used;
    hl_journal_sent(lookup->strings.sent, &run);
    hl_buf_release(&body);
    return status;
}

int hl_run_directory_open(struct hl_run_directory *out, enum hl_damage_to to,
                          const struct hl_opt_strings *dirs,
                          const struct hl_run_directory_options *options)
{
    *out = (struct hl_run_directory){
        .dir_fd = -1,
        .source = {.urls = &no_urls,
                   .inputs = &options->source.inputs,
                   .list_options =
                       hl_source_list_options(&options->source, NULL),
                   .kept = options->kept,
                   .limit = UINT64_MAX},
    };
    if (dirs->count != 1) {
        const char *command = to == HL_DAMAGE_TO_VERIFY ? "verify" : "status";
        hl_error("%s: give one directory, as in haul %s DIR", command, command);
        return HL_EXIT_USAGE;
    }
    out->dir = dirs->items[0];
    int status = read_sent(out, options);
    if (status == HL_EXIT_OK)
        status = open_dir(out, options->keep_dirlinks, to);
    return status == HL_EXIT_OK ? hl_source_check(&out->source) : status;
}

void hl_run_directory_release(struct hl_run_directory *lookup)
{
    hl_source_release(&lookup->source);
    hl_journal_close(lookup->journal);
    hl_beneath_free(lookup->root);
    hl_run_directory_strings_release(&lookup->strings);
    if (lookup->dir_fd >= 0)
        close(lookup->dir_fd);
}

int hl_run_directory_key(struct hl_run_directory_line *line,
                         struct hl_run_directory_strings *strings,
                         struct hl_journal *journal, const struct hl_url *url)
{
    uint64_t number = line->request->line;
    hl_buf_clear(&strings->headers);
    hl_buf_lines(&strings->headers, line->request->headers);
    struct hl_key_parts parts = {url->text, strings->sent, &strings->headers,
                                 0};
    int r = hl_journal_request_key(&line->key, &strings->key, &parts);
    if (r == 0)
        r = hl_journal_see(journal, &line->key, number, &line->first);
    parts.line = number;
    if (r == 0 && line->first > 0)
        r = hl_journal_request_key(&line->key, &strings->key, &parts);
    return r;
}

int hl_run_directory_first_key(struct hl_key *out,
                               struct hl_run_directory_strings *strings,
                               const struct hl_run_directory_line *line)
{
    struct hl_buf *text = &strings->first;
    const char *key = line->key.url;
    const char *number = strrchr(key, ' ');
    /* The key ends in " line N". */
    size_t length = (size_t)(number - key) - strlen(" line");
    hl_buf_clear(text);
    hl_buf_add(text, key, length);
    if (text->failed)
        return UV_ENOMEM;
    *out = hl_journal_key(text->data);
    return 0;
}

void hl_run_directory_strings_release(struct hl_run_directory_strings *strings)
{
    hl_buf_release(&strings->first);
    hl_buf_release(&strings->key);
    hl_buf_release(&strings->headers);
}

/* A pass over the lists. */
struct pass {
    struct hl_run_directory *lookup;
    hl_run_directory_fn fn;
    void *arg;
};

static int on_row(void *arg, const struct hl_source_row *row)
{
    const struct pass *pass = arg;
    struct hl_run_directory *lookup = pass->lookup;
    struct hl_url url;
    int r = 0;
    if (row == NULL)
        return pass->fn(pass->arg, NULL);
    struct hl_run_directory_line line = {
        .row = row, .request = &row->request, .bad = row->request.bad};
    if (line.bad == NULL)
        r = hl_url_parse(&url, row->request.url, &line.bad);
    if (r == UV_ENOMEM)
        return r;
    if (line.bad != NULL)
        return pass->fn(pass->arg, &line);
    line.has_user = url.user != NULL;
    r = hl_run_directory_key(&line, &lookup->strings, lookup->journal, &url);
    hl_url_release(&url);
    return r == 0 ? pass->fn(pass->arg, &line) : r;
}

int hl_run_directory_each(struct hl_run_directory *lookup,
                          hl_run_directory_fn on_line, hl_journal_fn on_entry,
                          void *arg)
{
    struct pass pass = {lookup, on_line, arg};
    if (lookup->source.inputs->count == 0)
        return hl_journal_each(lookup->journal, on_entry, arg);
    return hl_source_each(&lookup->source, on_row, &pass);
}
