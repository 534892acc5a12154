#include "journal/attempts.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/journal_struct.h"
#include "util/file_stamp.h"
#include "util/grow.h"
#include "util/io.h"
#include "util/own_file.h"

#define PREFIX HL_JOURNAL_NAME "."

enum {
    PREFIX_LENGTH = sizeof(PREFIX) - 1,
    NAME_SIZE = sizeof(PREFIX) + HL_TOKEN_SIZE,
    TRIES = 100,
};

/* A journal that was found. */
struct found {
    char name[NAME_SIZE];
    int64_t written_ns; /* when a record was last added */
    int fd;
};

struct founds {
    struct found *items;
    size_t count;
    size_t room;
};

static void put_name(char out[NAME_SIZE], const char *token)
{
    (void)snprintf(out, NAME_SIZE, PREFIX "%s", token);
}

int hl_attempts_make(struct hl_journal *j)
{
    char name[NAME_SIZE];
    int fd = -EEXIST;
    for (int i = 0; fd == -EEXIST && i < TRIES; i++) {
        hl_part_file_new_token(j->token);
        put_name(name, j->token);
        fd = hl_haul_dir_file(j->haul_fd, name, O_RDWR | O_CREAT | O_EXCL);
    }
    return fd;
}

static bool is_journal(const char *name)
{
    if (strncmp(name, PREFIX, PREFIX_LENGTH) != 0 ||
        strlen(name) != PREFIX_LENGTH + HL_TOKEN_SIZE - 1)
        return false;
    for (const char *p = name + PREFIX_LENGTH; *p != '\0'; p++)
        if (!isxdigit((unsigned char)*p))
            return false;
    return true;
}

/* Finds out when the journal was last written: on a network file system its
 * server says so, and the clocks of the machines do not matter. @return false:
 * nothing was written yet. */
static bool read_time(struct found *found)
{
    struct stat st;
    if (fstat(found->fd, &st) < 0 || st.st_size == 0)
        return false;
    found->written_ns = hl_stamp_of(&st).mtime_ns;
    return true;
}

static int add(struct hl_journal *j, struct founds *founds, const char *name)
{
    if (strcmp(name + PREFIX_LENGTH, j->token) == 0)
        return 0;
    if (hl_grow(&founds->items, &founds->room, founds->count,
                sizeof(*founds->items)) < 0)
        return -ENOMEM;
    struct found *found = &founds->items[founds->count];
    memcpy(found->name, name, strlen(name) + 1);
    found->fd = hl_haul_dir_file(j->haul_fd, name, O_RDONLY);
    if (found->fd < 0)
        return found->fd;
    if (read_time(found))
        founds->count++;
    else
        close(found->fd);
    return 0;
}

static int find_all(struct hl_journal *j, struct founds *founds)
{
    const struct dirent *entry;
    DIR *dir = hl_dir_stream(j->haul_fd);
    int r = 0;
    if (dir == NULL)
        return -errno;
    while (r == 0 && (entry = readdir(dir)) != NULL)
        if (is_journal(entry->d_name))
            r = add(j, founds, entry->d_name);
    closedir(dir);
    return r;
}

static int compare(const void *one, const void *other)
{
    const struct found *a = one;
    const struct found *b = other;
    if (a->written_ns != b->written_ns)
        return a->written_ns < b->written_ns ? -1 : 1;
    return strcmp(a->name, b->name);
}

static void add_segment(struct hl_log *log, const struct found *found)
{
    struct hl_log_segment *segment = &log->segments[log->segment_count++];
    segment->fd = found->fd;
    memcpy(segment->token, found->name + PREFIX_LENGTH, HL_TOKEN_SIZE);
}

int hl_attempts_open(struct hl_journal *j)
{
    struct founds founds = {0};
    int r = find_all(j, &founds);
    if (founds.count > 0)
        qsort(founds.items, founds.count, sizeof(*founds.items), compare);
    if (r == 0)
        j->log.segments = calloc(founds.count + 1, sizeof(*j->log.segments));
    if (r == 0 && j->log.segments == NULL)
        r = -ENOMEM;
    for (size_t i = 0; i < founds.count; i++) {
        if (r == 0)
            add_segment(&j->log, &founds.items[i]);
        else
            close(founds.items[i].fd);
    }
    free(founds.items);
    return r;
}

void hl_attempts_close_files(struct hl_journal *j)
{
    struct hl_log *log = &j->log;
    for (size_t i = 0; i < log->segment_count; i++) {
        if (log->segments[i].fd >= 0)
            close(log->segments[i].fd);
        log->segments[i].fd = -1;
    }
    free(log->window.data);
    log->window = (struct hl_log_window){0};
}

int hl_attempts_reopen_files(struct hl_journal *j)
{
    char name[NAME_SIZE];
    int r = 0;
    for (size_t i = 0; r == 0 && i < j->log.segment_count; i++) {
        struct hl_log_segment *segment = &j->log.segments[i];
        put_name(name, segment->token);
        segment->fd = hl_haul_dir_file(j->haul_fd, name, O_RDONLY);
        if (segment->fd < 0)
            r = segment->fd;
    }
    if (r < 0)
        hl_attempts_close_files(j);
    return r;
}
