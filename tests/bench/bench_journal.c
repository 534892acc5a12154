/*
 * What the journal costs: bench_journal LINES DIR records so many URLs as a
 * run does, opens the journal again and looks each up as a rerun does, and
 * fingerprints nanoseconds and bytes a line. DIR is left with the journal in
 * it.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "journal/append.h"
#include "journal/find.h"
#include "journal/journal.h"

enum { AHEAD = 256 };

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double wall_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t resident_bytes(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file != NULL && fscanf(file, "%*u %lu", &pages) != 1)
        pages = 0;
    if (file != NULL)
        fclose(file);
    return (uint64_t)pages * 4096;
}

static struct {
    double cpu;
    double wall;
} begun;

static void begin(void)
{
    begun.cpu = cpu_seconds();
    begun.wall = wall_seconds();
}

static void end(const char *what, uint64_t lines)
{
    double cpu = cpu_seconds() - begun.cpu;
    double wall = wall_seconds() - begun.wall;
    printf("%-8s %7.0f ns of CPU a line, %6.2f s of CPU, %6.2f s in all\n",
           what, cpu * 1e9 / (double)lines, cpu, wall);
}

static void check(int r)
{
    if (r >= 0)
        return;
    fprintf(stderr, "%s\n", uv_strerror(r));
    exit(EXIT_FAILURE);
}

/* About 60 bytes of URL. */
static const char *url_of(uint64_t n)
{
    static char url[128];
    snprintf(url, sizeof(url),
             "https://host%05" PRIu64 ".example.org/images/2024/%09" PRIu64
             ".jpg",
             n % 80000, n);
    return url;
}

static const char *name_of(uint64_t n)
{
    static char name[64];
    snprintf(name, sizeof(name), "%09" PRIu64 ".jpg", n);
    return name;
}

static void meet(struct hl_journal *j, uint64_t n)
{
    uint64_t first;
    struct hl_key key = hl_journal_key(url_of(n));
    check(hl_journal_see(j, &key, n + 1, &first));
    if (first != 0 || hl_names_take(hl_journal_names(j), name_of(n)) != 0)
        exit(EXIT_FAILURE);
}

/* As a run has it: claims ahead of what is done. */
static void record(struct hl_journal *j, uint64_t lines)
{
    for (uint64_t n = 0; n < lines + AHEAD; n++) {
        if (n < lines) {
            meet(j, n);
            struct hl_key key = hl_journal_key(url_of(n));
            check(hl_journal_claim(j, &key, name_of(n)));
        }
        if (n >= AHEAD) {
            struct hl_key key = hl_journal_key(url_of(n - AHEAD));
            const struct hl_journal_file file = {
                .stamp = {.size = n, .mtime_ns = 1, .identity = n + 1},
                .xxh3 = "8b7b68d019b4dd3fb19d42039cbe89c3",
                .etag = "\"5f3a1c-1e8480\"",
                .last_modified = "Mon, 01 Jan 2024 00:00:00 GMT",
            };
            check(hl_journal_done(j, &key, name_of(n - AHEAD), &file));
        }
        if (n % 64 == 0)
            check(hl_journal_flush(j));
    }
    check(hl_journal_flush(j));
}

static void look_up(struct hl_journal *j, uint64_t lines, uint64_t step)
{
    for (uint64_t n = 0; n < lines; n++) {
        uint64_t line = n * step % lines;
        uint64_t first;
        struct hl_journal_entry entry;
        struct hl_key key = hl_journal_key(url_of(line));
        check(hl_journal_see(j, &key, n + 1, &first));
        check(hl_journal_find(j, &key, &entry));
        if (entry.state != HL_JOURNAL_DONE)
            exit(EXIT_FAILURE);
        hl_journal_entry_release(&entry);
    }
}

static struct hl_journal *open_journal(int dir_fd)
{
    struct hl_journal *j;
    check(hl_journal_open(&j, dir_fd));
    check(hl_journal_begin(j, &(struct hl_journal_rules){0}));
    return j;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return EXIT_FAILURE;
    uint64_t lines = strtoull(argv[1], NULL, 10);
    (void)mkdir(argv[2], 0777);
    int dir_fd = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0 || lines == 0)
        return EXIT_FAILURE;
    (void)unlinkat(dir_fd, ".haul/journal", 0);
    struct hl_journal *j = open_journal(dir_fd);
    uint64_t before = resident_bytes();
    begin();
    for (uint64_t n = 0; n < lines; n++)
        meet(j, n);
    end("meet", lines);
    printf("%.1f bytes a line\n",
           (double)(resident_bytes() - before) / (double)lines);
    hl_journal_close(j);
    j = open_journal(dir_fd);
    begin();
    record(j, lines);
    end("record", lines);
    hl_journal_close(j);
    begin();
    j = open_journal(dir_fd);
    end("open", lines);
    begin();
    look_up(j, lines, 1);
    end("find", lines);
    hl_journal_close(j);
    j = open_journal(dir_fd);
    begin();
    /* A step that is prime, as a list in another order has it. */
    look_up(j, lines, 7919);
    end("shuffled", lines);
    hl_journal_close(j);
    close(dir_fd);
    return EXIT_SUCCESS;
}
