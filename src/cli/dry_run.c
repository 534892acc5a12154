#include "cli/dry_run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cli/amounts.h"
#include "cli/commands.h"
#include "cli/dir_error.h"
#include "cli/exact_counts.h"
#include "cli/limits.h"
#include "cli/print_message.h"
#include "cli/run_defaults.h"
#include "cli/run_directory.h"
#include "cli/run_options.h"
#include "journal/find.h"
#include "journal/journal.h"
#include "journal/on_disk.h"
#include "policy/cause.h"
#include "util/beneath.h"
#include "util/buf.h"
#include "util/checksum.h"
#include "util/io.h"
#include "util/open_files.h"
#include "util/text.h"
#include "util/url.h"

enum {
    NAME_SIZE = 4096,
    ORIGIN_SIZE = 512,
    HOSTS_MAX = 200000,   /* that are told apart */
    FOLDERS_MAX = 200000, /* that are told apart */
    FOLDER_FULL = 100000, /* files in a directory that is slow to work with */
    BUSIEST = 10,
    HOST_WIDTH = 44,
};

struct dry_run {
    const struct hl_dry_run_options *options;
    const struct haul_options *run;
    struct haul_options resolved; /* run, as hl_cause_resolve() leaves it */
    const char *dir;
    int dir_fd;              /* -1: it is not there yet */
    struct hl_beneath *root; /* the files below dir_fd */
    bool has_files;          /* that haul may not have written */
    struct hl_journal *journal;
    struct hl_exact_counts hosts;   /* of what is asked for, by origin */
    struct hl_exact_counts folders; /* of names */
    struct hl_run_directory_strings strings; /* of the line at hand */
    uint64_t lines;
    uint64_t bad;
    uint64_t repeated;
    uint64_t done;
    uint64_t final;        /* failed for good, under these options */
    uint64_t skipped;      /* by --retry-failed or --if-exists skip */
    uint64_t requests;     /* that a run would begin with */
    uint64_t new_files;    /* that it would make */
    uint64_t clashes;      /* names that an earlier line has */
    uint64_t foreign;      /* names that a file of another has */
    uint64_t behind_links; /* names that a link leads to, which are refused */
};

/* The line at hand. */
struct visit {
    const struct haul_request *request;
    struct hl_url url;
    struct hl_key key;
    const char *checksum; /* digits that its file must have; or NULL */
    char name[NAME_SIZE];
};

/* Is there any file but .haul? */
static bool has_files(int dir_fd)
{
    DIR *dir = hl_dir_stream(dir_fd);
    const struct dirent *entry;
    bool found = false;
    if (dir == NULL)
        return true;
    while (!found && (entry = readdir(dir)) != NULL)
        found = strcmp(entry->d_name, ".") != 0 &&
                strcmp(entry->d_name, "..") != 0 &&
                strcmp(entry->d_name, ".haul") != 0;
    closedir(dir);
    return found;
}

static int open_dir(struct dry_run *f)
{
    f->dir_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->dir_fd < 0)
        return errno == ENOENT ? 0 : -errno;
    f->has_files = has_files(f->dir_fd);
    return faccessat(f->dir_fd, ".", W_OK | X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

static int open_all(struct dry_run *f)
{
    const struct hl_beneath_options beneath = {
        .keep_dirlinks = f->run->keep_dirlinks,
    };
    int r = open_dir(f);
    if (r == 0)
        r = hl_beneath_new(&f->root, f->dir_fd, &beneath);
    if (r == 0)
        r = hl_journal_view(&f->journal, f->dir_fd);
    return r;
}

static void close_all(struct dry_run *f)
{
    hl_exact_counts_release(&f->folders);
    hl_exact_counts_release(&f->hosts);
    hl_journal_close(f->journal);
    hl_run_directory_strings_release(&f->strings);
    hl_beneath_free(f->root);
    if (f->dir_fd >= 0)
        close(f->dir_fd);
}

static int bad(struct dry_run *f, const struct haul_request *request,
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

/* Will the run refuse this name, because a symbolic link is in its path? */
static bool is_behind_link(const struct dry_run *f, const char *name)
{
    struct stat st;
    return f->has_files && strchr(name, '/') != NULL &&
           hl_beneath_stat(f->root, name, &st) == UV_ELOOP;
}

static int count_folder(struct dry_run *f, char name[NAME_SIZE])
{
    char *slash = strrchr(name, '/');
    if (slash == NULL)
        return hl_exact_counts_add(&f->folders, "");
    *slash = '\0';
    int r = hl_exact_counts_add(&f->folders, name);
    *slash = '/';
    return r;
}

static int count_request(struct dry_run *f, const struct visit *v)
{
    char origin[ORIGIN_SIZE];
    f->requests++;
    int r = hl_url_origin(origin, sizeof(origin), &v->url);
    return r == 0 ? hl_exact_counts_add(&f->hosts, origin) : r;
}

static bool is_foreign(const struct dry_run *f, const char *name)
{
    struct stat st;
    return f->has_files && hl_beneath_stat(f->root, name, &st) == 0;
}

/* Gives a name to a URL that has none yet. */
static int name_anew(struct dry_run *f, struct visit *v)
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

/* Counts a URL that keeps the name that the journal has for it. */
static int go_on(struct dry_run *f, struct visit *v,
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

static int enact(struct dry_run *f, struct visit *v,
                 const struct hl_journal_entry *entry)
{
    const struct hl_known known =
        hl_on_disk_known(entry, &f->resolved, v->checksum);
    enum hl_todo todo = hl_on_disk_decide(f->root, &known, &f->resolved).todo;
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

static int find(struct dry_run *f, struct visit *v)
{
    struct hl_journal_entry entry;
    int r = hl_journal_find(f->journal, &v->key, &entry);
    if (r == 0)
        r = enact(f, v, &entry);
    hl_journal_entry_release(&entry);
    return r;
}

static int look_up(struct dry_run *f, struct visit *v)
{
    struct hl_run_directory_line line = {.request = v->request};
    int r = hl_run_directory_key(&line, &f->strings, f->journal, &v->url);
    if (r < 0)
        return r;
    v->key = line.key;
    f->repeated += line.first != 0;
    return line.first != 0 && !f->run->no_dedupe ? 0 : find(f, v);
}

/* Counts a line. @return 0 or a code; a bad line is no error. */
static int visit(struct dry_run *f, const struct haul_request *request)
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

static int on_row(void *arg, const struct hl_source_row *row)
{
    struct dry_run *f = arg;
    if (row == NULL)
        return 0;
    hl_failures_at(f->options->failures, row);
    return visit(f, &row->request);
}

/* The time that an answer is assumed to take: about the least from far away. */
static const double latency_s = 0.1;

/* "0.4 s", "12 s", "3 min", "2 h 05 min", "4 d 2 h". */
static void put_time(char *out, size_t size, double seconds)
{
    uint64_t minutes = (uint64_t)(seconds / 60 + 0.5);
    if (seconds < 9.95)
        snprintf(out, size, "%.1f s", seconds);
    else if (seconds < 99.5)
        snprintf(out, size, "%.0f s", seconds);
    else if (minutes < 100)
        snprintf(out, size, "%" PRIu64 " min", minutes);
    else if (minutes < 48 * 60)
        snprintf(out, size, "%" PRIu64 " h %02" PRIu64 " min", minutes / 60,
                 minutes % 60);
    else
        snprintf(out, size, "%" PRIu64 " d %" PRIu64 " h", minutes / 1440,
                 minutes % 1440 / 60);
}

/* How many transfers to one host may be in flight. */
static uint32_t per_host(const struct haul_options *run)
{
    uint32_t most = hl_run_per_host(run);
    uint32_t jobs = hl_run_jobs(run);
    return most < jobs ? most : jobs;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* The least time that count requests take, with at_once in flight and a start
 * in each interval. */
static double floor_of(uint64_t count, uint32_t at_once, uint64_t interval_ns)
{
    uint64_t rounds = (count + at_once - 1) / at_once;
    return larger((double)rounds * latency_s,
                  (double)count * (double)interval_ns / 1e9);
}

static double host_floor(const struct dry_run *f, uint64_t count)
{
    return floor_of(count, per_host(f->run), f->run->host_start_interval_ns);
}

static void say_lines(const struct dry_run *f)
{
    struct hl_buf line = {0};
    char count[HL_TEXT_COUNT_SIZE];
    hl_text_count(count, f->lines);
    hl_buf_printf(&line, "%s line%s", count, f->lines == 1 ? "" : "s");
    hl_put_more(&line, f->bad, "bad");
    hl_put_more(&line, f->repeated, "repeat a URL");
    hl_put_more(&line, f->done,
                f->run->update ? "done, to be asked for changes"
                               : "done already");
    hl_put_more(&line, f->final, "failed for good");
    hl_put_more(&line, f->skipped,
                f->run->retry_failed ? "that did not fail"
                                     : "changed since, to be left as they are");
    puts(line.failed ? count : line.data);
    hl_buf_release(&line);
}

static void say_requests(const struct dry_run *f,
                         const struct hl_exact_counts_rank *busiest)
{
    char count[HL_TEXT_COUNT_SIZE];
    char hosts[HL_TEXT_COUNT_SIZE];
    char time[32];
    const struct haul_options *run = f->run;
    size_t different = hl_exact_counts_different(&f->hosts);
    hl_text_count(count, f->requests);
    hl_text_count(hosts, different);
    printf("%s to ask for, at %s%s host%s", count,
           f->hosts.is_full ? "more than " : "", hosts,
           different == 1 ? "" : "s");
    if (f->requests > 0) {
        double least = larger(
            floor_of(f->requests, hl_run_jobs(run), run->start_interval_ns),
            host_floor(f, busiest->count));
        put_time(time, sizeof(time), least);
        printf("\nat least %s, with -j %s%u and %.0f ms an answer (assumed)",
               time, run->auto_jobs ? "auto, up to " : "", hl_run_jobs(run),
               latency_s * 1000);
    }
    putchar('\n');
}

/* Puts the origin into out, without the port where that is its scheme's own. */
static void put_host(char *out, size_t size, const char *origin)
{
    hl_text_printable(out, size, origin);
    char *colon = strrchr(out, ':');
    bool usual =
        colon != NULL &&
        strcmp(colon, strncmp(out, "https:", 6) == 0 ? ":443" : ":80") == 0;
    if (usual)
        *colon = '\0';
}

static void say_busiest(const struct dry_run *f,
                        const struct hl_exact_counts_rank *top, size_t count)
{
    char number[HL_TEXT_COUNT_SIZE];
    char host[512];
    char time[32];
    if (count == 0)
        return;
    printf("\n%-*s %14s  at least (-x %u)\n", HOST_WIDTH,
           f->hosts.is_full ? "busiest of the first 200,000 hosts"
                            : "busiest hosts",
           "URLs", per_host(f->run));
    for (size_t i = 0; i < count; i++) {
        put_host(host, sizeof(host), top[i].text);
        put_time(time, sizeof(time), host_floor(f, top[i].count));
        hl_text_count(number, top[i].count);
        printf("%-*s %14s  %s\n", HOST_WIDTH, host, number, time);
    }
    putchar('\n');
}

static void say_names(const struct dry_run *f)
{
    char count[HL_TEXT_COUNT_SIZE];
    struct hl_exact_counts_rank fullest;
    static const char *const foreign[] = {"get -HASH", "are skipped",
                                          "are overwritten",
                                          "are adopted if they are the same"};
    hl_text_count(count, f->clashes);
    printf("names: %s clash and get -HASH", count);
    if (f->foreign > 0) {
        hl_text_count(count, f->foreign);
        printf("; %s are those of files that haul did not write, and %s "
               "(--if-exists)",
               count, foreign[f->run->if_exists]);
    }
    if (f->behind_links > 0) {
        hl_text_count(count, f->behind_links);
        printf("; %s lie behind a symbolic link and fail (--keep-dirlinks)",
               count);
    }
    putchar('\n');
    if (hl_exact_counts_top(&f->folders, &fullest, 1) == 0 ||
        fullest.count <= FOLDER_FULL)
        return;
    hl_text_count(count, fullest.count);
    printf("hint: %s files in one directory are slow to work with; "
           "-o '{hash:3}/{hash}{ext}' spreads them over 4,096\n",
           count);
}

static void say_open_files(const struct dry_run *f)
{
    char needed[HL_TEXT_COUNT_SIZE];
    char limit[HL_TEXT_COUNT_SIZE];
    uint64_t most = hl_open_files_most();
    uint64_t wanted = hl_limits_files_of(f->run);
    hl_text_count(needed, wanted < most ? wanted : most);
    hl_text_count(limit, most);
    printf("open files: %s at most, of %s that are allowed\n", needed,
           most == UINT64_MAX ? "any number" : limit);
}

/* The file system of dir, or of the directory that it is to be made in. */
static int filesystem_of(const char *dir, struct statvfs *out)
{
    char path[4096];
    int n = snprintf(path, sizeof(path), "%s", dir);
    if (n < 0 || (size_t)n >= sizeof(path))
        return -1;
    while (statvfs(path, out) < 0) {
        char *slash = strrchr(path, '/');
        if (slash == NULL)
            return statvfs(".", out);
        slash[slash == path] = '\0';
        if (slash == path)
            return statvfs("/", out);
    }
    return 0;
}

static void say_disk(const struct dry_run *f)
{
    struct statvfs disk;
    char bytes[HL_BYTES_SIZE];
    char inodes[HL_TEXT_COUNT_SIZE];
    char files[HL_TEXT_COUNT_SIZE];
    if (filesystem_of(f->dir, &disk) < 0)
        return;
    hl_bytes_text(bytes, (double)disk.f_bavail * (double)disk.f_frsize);
    hl_text_count(inodes, disk.f_favail);
    hl_text_count(files, f->new_files);
    /* Some file systems make inodes as they go. */
    bool counts = disk.f_files > 0;
    hl_tell("free at %s: %s%s%s%s; %s files to come", f->dir, bytes,
            counts ? ", " : "", counts ? inodes : "", counts ? " inodes" : "",
            files);
    if (disk.f_files > 0 && disk.f_favail < f->new_files)
        printf("warning: there are not inodes enough for them\n");
}

static void say(const struct dry_run *f)
{
    struct hl_exact_counts_rank top[BUSIEST] = {0};
    size_t count = hl_exact_counts_top(&f->hosts, top, BUSIEST);
    say_lines(f);
    say_requests(f, top);
    say_busiest(f, top, count);
    say_names(f);
    say_open_files(f);
    say_disk(f);
}

static int exit_status(const struct dry_run *f)
{
    if (fflush(stdout) != 0 || ferror(stdout))
        return hl_fail("standard output", -errno);
    const struct hl_source *source = f->options->source;
    int status = hl_source_status(source);
    if (status != HL_EXIT_OK)
        return status;
    uint64_t refused = hl_retry_list_refused(source->failed);
    return hl_allowance_holds(f->options->allowed, f->bad + refused,
                              f->lines + refused)
               ? HL_EXIT_OK
               : HL_EXIT_FAILED;
}

int hl_dry_run(const struct hl_dry_run_options *options)
{
    struct dry_run f = {
        .options = options,
        .run = options->run,
        .resolved = *options->run,
        .dir = options->run->dir != NULL ? options->run->dir : ".",
        .dir_fd = -1,
        .hosts = {.limit = HOSTS_MAX},
        .folders = {.limit = FOLDERS_MAX},
    };
    hl_cause_resolve(&f.resolved);
    hl_journal_sent(f.strings.sent, &f.resolved);
    int r = open_all(&f);
    if (r == 0)
        r = hl_source_each(options->source, on_row, &f);
    if (r == 0)
        say(&f);
    int status = r < 0 ? hl_dir_error(f.dir, r) : exit_status(&f);
    close_all(&f);
    return status;
}
