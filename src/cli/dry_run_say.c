#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "cli/dry_run_parts.h"
#include "cli/message.h"
#include "cli/progress.h"
#include "cli/run_options.h"
#include "util/open_files.h"
#include "util/text.h"

enum {
    BUSIEST = 10,
    HOST_WIDTH = 44,
    FOLDER_FULL = 100000,
    ESTIMATE_SIZE = HL_TEXT_COUNT_SIZE + 4,
};

/* What an answer is taken to need: the least that a far host does. */
static const double latency_s = 0.1;

/* "≈ 199,000": an estimate, to the digits that it is good for. */
static void put_estimate(char out[ESTIMATE_SIZE], uint64_t count, bool exact)
{
    char text[HL_TEXT_COUNT_SIZE];
    uint64_t unit = 1;
    while (!exact && count / unit >= 1000)
        unit *= 10;
    hl_text_count(text, (count + unit / 2) / unit * unit);
    snprintf(out, ESTIMATE_SIZE, "%s%s", exact ? "" : "≈ ", text);
}

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

static uint32_t jobs_of(const struct haul_options *run)
{
    return run->jobs > 0 ? run->jobs : haul_mode_default_jobs(run->mode);
}

/* Transfers in flight to one host. */
static uint32_t per_host(const struct haul_options *run)
{
    uint32_t most = run->max_per_host > 0 ? run->max_per_host : 6;
    uint32_t jobs = jobs_of(run);
    return most < jobs ? most : jobs;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* The least time for count requests, so many at once and so far apart. */
static double floor_of(uint64_t count, uint32_t at_once, uint64_t interval_ns)
{
    uint64_t rounds = (count + at_once - 1) / at_once;
    return larger((double)rounds * latency_s,
                  (double)count * (double)interval_ns / 1e9);
}

static double host_floor(const struct hl_dry_run *f, uint64_t count)
{
    return floor_of(count, per_host(f->run), f->run->host_start_interval_ns);
}

/* "N what" after what is there. */
static void put_part(struct hl_buf *line, uint64_t count, const char *what)
{
    char text[HL_TEXT_COUNT_SIZE];
    if (count == 0)
        return;
    hl_text_count(text, count);
    hl_buf_printf(line, ", %s %s", text, what);
}

static void say_lines(const struct hl_dry_run *f)
{
    struct hl_buf line = {0};
    char count[HL_TEXT_COUNT_SIZE];
    hl_text_count(count, f->lines);
    hl_buf_printf(&line, "%s line%s", count, f->lines == 1 ? "" : "s");
    put_part(&line, f->bad, "bad");
    put_part(&line, f->repeated, "repeat a URL");
    put_part(&line, f->done,
             f->run->update ? "done, to be asked for changes" : "done already");
    put_part(&line, f->final, "failed for good");
    put_part(&line, f->skipped,
             f->run->retry_failed ? "that did not fail"
                                  : "changed since, to be left as they are");
    puts(line.failed ? count : line.data);
    hl_buf_release(&line);
}

static void say_requests(const struct hl_dry_run *f,
                         const struct hl_census_rank *busiest)
{
    char count[HL_TEXT_COUNT_SIZE];
    char hosts[ESTIMATE_SIZE];
    char time[32];
    const struct haul_options *run = f->run;
    uint64_t different = hl_census_different(f->hosts);
    hl_text_count(count, f->requests);
    put_estimate(hosts, different, hl_census_is_exact(f->hosts));
    printf("%s to ask for, at %s host%s", count, hosts,
           different == 1 ? "" : "s");
    if (f->requests > 0) {
        double least =
            larger(floor_of(f->requests, jobs_of(run), run->start_interval_ns),
                   host_floor(f, busiest->count));
        put_time(time, sizeof(time), least);
        printf("\nat least %s, with -j %u and %.0f ms an answer (assumed)",
               time, jobs_of(run), latency_s * 1000);
    }
    putchar('\n');
}

/* An origin without the port that its scheme has anyway. */
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

static void say_busiest(const struct hl_dry_run *f,
                        const struct hl_census_rank *top, size_t count)
{
    char number[ESTIMATE_SIZE];
    char host[512];
    char time[32];
    bool exact = hl_census_is_exact(f->hosts);
    if (count == 0)
        return;
    printf("\n%-*s %14s  at least (-x %u)\n", HOST_WIDTH, "busiest hosts",
           "URLs", per_host(f->run));
    for (size_t i = 0; i < count; i++) {
        put_host(host, sizeof(host), top[i].text);
        put_time(time, sizeof(time), host_floor(f, top[i].count));
        put_estimate(number, top[i].count, exact || top[i].over == 0);
        /* The sign for "about" is one column and three bytes. */
        int width = 14 + (number[0] == '\xe2' ? 2 : 0);
        printf("%-*s %*s  %s\n", HOST_WIDTH, host, width, number, time);
    }
    putchar('\n');
}

static void say_names(const struct hl_dry_run *f)
{
    char count[HL_TEXT_COUNT_SIZE];
    struct hl_census_rank fullest;
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
    if (hl_census_top(f->folders, &fullest, 1) == 0 ||
        fullest.count - fullest.over <= FOLDER_FULL)
        return;
    hl_text_count(count, fullest.count);
    printf("hint: %s files in one directory are slow to work with; "
           "-o '{hash:3}/{hash}{ext}' spreads them over 4,096\n",
           count);
}

static void say_open_files(const struct hl_dry_run *f)
{
    char needed[HL_TEXT_COUNT_SIZE];
    char limit[HL_TEXT_COUNT_SIZE];
    uint64_t most = hl_open_files_most();
    uint32_t wanted = hl_run_files_needed(f->run);
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

static void say_disk(const struct hl_dry_run *f)
{
    struct statvfs disk;
    char bytes[32];
    char inodes[HL_TEXT_COUNT_SIZE];
    char files[HL_TEXT_COUNT_SIZE];
    if (filesystem_of(f->dir, &disk) < 0)
        return;
    hl_progress_bytes(bytes, sizeof(bytes),
                      (double)disk.f_bavail * (double)disk.f_frsize);
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

void hl_dry_run_say(const struct hl_dry_run *f)
{
    struct hl_census_rank top[BUSIEST] = {0};
    size_t count = hl_census_top(f->hosts, top, BUSIEST);
    say_lines(f);
    say_requests(f, top);
    say_busiest(f, top, count);
    say_names(f);
    say_open_files(f);
    say_disk(f);
}
