#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/dir_error.h"
#include "cli/dry_run_parts.h"
#include "cli/message.h"
#include "policy/decide.h"
#include "util/checksum.h"
#include "util/open_files.h"
#include "util/url.h"

enum {
    NAME_SIZE = 4096,
    ORIGIN_SIZE = 512,
    HOSTS_EXACT = 100000,
    FOLDERS_EXACT = 8192,
};

/* A line on its way through. */
struct visit {
    const struct haul_request *request;
    struct hl_url url;
    struct hl_key key;
    const char *checksum; /* digits that its file must have; or NULL */
    char name[NAME_SIZE];
};

/* Is there anything but haul's own? */
static bool has_files(int dir_fd)
{
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;
    bool found = false;
    if (dir == NULL) {
        if (fd >= 0)
            close(fd);
        return true;
    }
    while (!found && (entry = readdir(dir)) != NULL)
        found = strcmp(entry->d_name, ".") != 0 &&
                strcmp(entry->d_name, "..") != 0 &&
                strcmp(entry->d_name, ".haul") != 0;
    closedir(dir);
    return found;
}

static int open_dir(struct hl_dry_run *f)
{
    f->dir_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->dir_fd < 0)
        return errno == ENOENT ? 0 : -errno;
    f->has_files = has_files(f->dir_fd);
    return faccessat(f->dir_fd, ".", W_OK | X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

static int open_all(struct hl_dry_run *f)
{
    const struct hl_beneath_options beneath = {
        .keep_dirlinks = f->run->keep_dirlinks,
        .others = HL_OPEN_FILES_SPARE,
    };
    int r = open_dir(f);
    if (r == 0)
        r = hl_beneath_new(&f->root, f->dir_fd, &beneath);
    if (r == 0)
        r = hl_journal_view(&f->journal, f->dir_fd);
    if (r == 0)
        r = hl_census_new(&f->hosts, HOSTS_EXACT);
    if (r == 0)
        r = hl_census_new(&f->folders, FOLDERS_EXACT);
    return r;
}

static void close_all(struct hl_dry_run *f)
{
    hl_census_free(f->folders);
    hl_census_free(f->hosts);
    hl_journal_close(f->journal);
    hl_buf_release(&f->headers);
    hl_buf_release(&f->key);
    hl_beneath_free(f->root);
    if (f->dir_fd >= 0)
        close(f->dir_fd);
}

static int bad(struct hl_dry_run *f, const struct haul_request *request,
               const char *why)
{
    const struct haul_result result = {
        .line = request->line,
        .url = request->url,
        .outcome = HAUL_OUTCOME_FAILED,
        .error = HAUL_ERR_NAME,
        .message = why,
    };
    f->bad++;
    hl_failures_note(f->options->failures, &result);
    return 0;
}

/* What the run will do with a URL that the journal knows. */
static struct hl_decision decide(const struct hl_dry_run *f,
                                 const struct hl_known *known,
                                 const struct hl_journal_entry *entry)
{
    struct hl_done_look look;
    struct hl_decision decision = hl_decide(known, f->run, NULL);
    if (decision.todo != HL_TODO_LOOK)
        return decision;
    hl_done_look(f->root, entry->name, &entry->file, NULL, &look);
    return hl_decide(known, f->run, &look);
}

/* Will the run refuse this name, because a link leads there? */
static bool is_behind_link(const struct hl_dry_run *f, const char *name)
{
    struct stat st;
    return f->has_files && strchr(name, '/') != NULL &&
           hl_beneath_stat(f->root, name, &st) == UV_ELOOP;
}

static int count_folder(struct hl_dry_run *f, char name[NAME_SIZE])
{
    char *slash = strrchr(name, '/');
    if (slash == NULL)
        return hl_census_add(f->folders, "");
    *slash = '\0';
    int r = hl_census_add(f->folders, name);
    *slash = '/';
    return r;
}

static int count_request(struct hl_dry_run *f, const struct visit *v)
{
    char origin[ORIGIN_SIZE];
    f->requests++;
    int r = hl_url_origin(origin, sizeof(origin), &v->url);
    return r == 0 ? hl_census_add(f->hosts, origin) : r;
}

static bool is_foreign(const struct hl_dry_run *f, const char *name)
{
    struct stat st;
    return f->has_files && hl_beneath_stat(f->root, name, &st) == 0;
}

/* A URL that has no name yet. */
static int name_anew(struct hl_dry_run *f, struct visit *v)
{
    struct hl_names *names = hl_journal_names(f->journal);
    int placed = hl_journal_place_name(f->journal, v->name,
                                       f->has_files ? f->dir_fd : -1, false);
    if (placed < 0)
        return bad(f, v->request, haul_strerror(placed));
    int r = hl_names_take(names, v->name);
    if (r < 0)
        return r;
    f->clashes += placed > 0 || r > 0;
    if (r == 0)
        f->foreign += is_foreign(f, v->name);
    f->behind_links += is_behind_link(f, v->name);
    f->new_files++;
    r = count_folder(f, v->name);
    return r == 0 ? count_request(f, v) : r;
}

/* Goes on under the name that the URL has. */
static int go_on(struct hl_dry_run *f, struct visit *v,
                 const struct hl_journal_entry *entry, enum hl_todo todo)
{
    bool stays = todo == HL_TODO_DONE || todo == HL_TODO_VERIFY;
    bool is_there = stays || todo == HL_TODO_ASK;
    if (entry->state != HL_JOURNAL_DONE &&
        hl_names_meet(hl_journal_names(f->journal), entry->name, f->dir_fd))
        return name_anew(f, v);
    f->done += is_there;
    f->new_files += !is_there;
    f->behind_links += !is_there && is_behind_link(f, entry->name);
    if (strlen(entry->name) < sizeof(v->name))
        memcpy(v->name, entry->name, strlen(entry->name) + 1);
    int r = count_folder(f, v->name);
    return r < 0 || stays ? r : count_request(f, v);
}

static int enact(struct hl_dry_run *f, struct visit *v,
                 const struct hl_journal_entry *entry)
{
    bool is_final = hl_journal_is_final(entry, f->run, v->checksum);
    const struct hl_known known = hl_known_of(entry, is_final, v->checksum);
    enum hl_todo todo = decide(f, &known, entry).todo;
    switch (todo) {
    case HL_TODO_NAME:
        return name_anew(f, v);
    case HL_TODO_SKIP:
        f->skipped++;
        return 0;
    case HL_TODO_FAILED:
        f->final++;
        return 0;
    default:
        return go_on(f, v, entry, todo);
    }
}

static int find(struct hl_dry_run *f, struct visit *v)
{
    struct hl_journal_entry entry;
    int r = hl_journal_find(f->journal, &v->key, &entry);
    if (r == 0)
        r = enact(f, v, &entry);
    hl_journal_entry_release(&entry);
    return r;
}

/* line: of one that repeats another; else 0. */
static int make_key(struct hl_dry_run *f, struct visit *v, uint64_t line)
{
    hl_buf_clear(&f->headers);
    hl_buf_lines(&f->headers, v->request->headers);
    return hl_journal_request_key(&v->key, &f->key, v->url.text, &f->headers,
                                  line);
}

static int look_up(struct hl_dry_run *f, struct visit *v)
{
    uint64_t line = v->request->line;
    uint64_t first = 0;
    int r = make_key(f, v, 0);
    if (r == 0)
        r = hl_journal_see(f->journal, &v->key, line, &first);
    if (r < 0)
        return r;
    f->repeated += first != 0;
    if (first != 0 && !f->run->no_dedupe)
        return 0;
    if (first != 0)
        r = make_key(f, v, line);
    return r == 0 ? find(f, v) : r;
}

/* @return 0 or a code: a line that is of no use is counted. */
static int visit(struct hl_dry_run *f, const struct haul_request *request)
{
    struct visit v;
    struct hl_checksum checksum;
    const char *why = request->bad;
    v.request = request;
    v.checksum = request->checksum != NULL ? checksum.digits : NULL;
    f->lines++;
    if (why == NULL && request->checksum != NULL)
        why = hl_checksum_parse(&checksum, request->checksum);
    int r = why == NULL ? hl_url_parse(&v.url, request->url, &why) : 0;
    if (r == UV_ENOMEM)
        return r;
    if (why != NULL)
        return bad(f, request, why);
    r = haul_file_name(v.name, sizeof(v.name), f->run, request, &why);
    if (r == 0)
        r = look_up(f, &v);
    else if (r == HAUL_EINVAL)
        r = bad(f, request, why);
    hl_url_release(&v.url);
    return r;
}

/* A list that is still being written is waited for. */
static void wait_for_input(const struct hl_source *source)
{
    struct pollfd pfd = {.fd = hl_source_fd(source), .events = POLLIN};
    (void)poll(&pfd, 1, -1);
}

static int read_all(struct hl_dry_run *f)
{
    struct hl_source *source = f->options->source;
    struct hl_source_row row;
    for (;;) {
        int r = 0;
        switch (hl_source_next(source, &row)) {
        case HL_SOURCE_ROW:
            hl_failures_at(f->options->failures, &row);
            r = visit(f, &row.request);
            break;
        case HL_SOURCE_LATER:
            wait_for_input(source);
            break;
        case HL_SOURCE_END:
            return 0;
        }
        if (r < 0)
            return r;
    }
}

static int exit_status(const struct hl_dry_run *f)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        hl_error("standard output: %s", haul_strerror(-errno));
        return HL_EXIT_IO;
    }
    if (f->options->source->error < 0)
        return HL_EXIT_IO;
    if (f->options->source->is_unusable)
        return HL_EXIT_USAGE;
    uint64_t refused = hl_retry_list_refused(f->options->source->failed);
    return hl_allowance_holds(f->options->allowed, f->bad + refused,
                              f->lines + refused)
               ? HL_EXIT_OK
               : HL_EXIT_FAILED;
}

int hl_dry_run(const struct hl_dry_run_options *options)
{
    struct hl_dry_run f = {
        .options = options,
        .run = options->run,
        .dir = options->run->dir != NULL ? options->run->dir : ".",
        .dir_fd = -1,
    };
    int r = open_all(&f);
    if (r == 0)
        r = read_all(&f);
    if (r == 0)
        hl_dry_run_say(&f);
    int status = r == UV_ENOMEM ? HL_EXIT_OTHER : HL_EXIT_IO;
    if (r < 0)
        hl_dir_error(f.dir, r);
    else
        status = exit_status(&f);
    close_all(&f);
    return status;
}
