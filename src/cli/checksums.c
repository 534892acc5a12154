#include "cli/checksums.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/checksum_line.h"
#include "cli/commands.h"
#include "cli/print_message.h"
#include "util/fingerprint.h"
#include "util/io.h"
#include "util/table.h"
#include "util/text.h"

enum {
    NAME_SIZE = 4096,
    LINE_SIZE = 2 * NAME_SIZE + HL_CHECKSUM_SIZE,
    NAMED_MAX = 20,
    COPY_SIZE = 16 * 1024,
    MATCHED = 1, /* the state of a line that a file was found for */
};

#define OPTION(member) offsetof(struct hl_checksums_options, member)

const struct hl_opt hl_checksums_rows[] = {
    HL_OPT_ROW("checksum", 0, "ALGO=HEX", TEXT, OPTION(one),
               "the checksum of the file of the one URL that is given: "
               "with another one the URL fails; ALGO is md5, sha1, sha256 "
               "or sha512",
               .by_hand = true),
    HL_OPT_ROW("checksum-file", 0, "FILE", TEXT, OPTION(file),
               "compare the files with the checksums in FILE, which has "
               "lines as sha256sum prints them"),
    {.name = NULL},
};

/* Owned by the command; one thread. */
struct hl_checksums {
    const char *path;
    int fd;
    struct hl_table lines; /* fingerprint of a name: its line's offset + 1 */
    uint64_t count;
    uint64_t bad;
    uint64_t matched;
    bool one; /* given holds the one URL's */
    char given[HL_CHECKSUM_SIZE];
};

/* A line of the file. */
struct said {
    struct hl_checksum_line line;
    bool is_usable;       /* line.checksum is one */
    char name[NAME_SIZE]; /* that haul gives a file of this name; "": none */
};

/* *why is as of hl_checksum_line_split(); out->name is "" where the line names
 * no file that a URL can have. @return 0 or UV_ENOMEM. */
static int split(struct said *out, char *line, const char **why)
{
    const struct haul_options options = {0};
    *why = hl_checksum_line_split(&out->line, line);
    const struct haul_request request = {.url = "http://any/",
                                         .output = out->line.name};
    const char *unused;
    out->is_usable = *why == NULL;
    out->name[0] = '\0';
    if (out->line.name == NULL)
        return 0;
    int r = haul_file_name(out->name, sizeof(out->name), &options, &request,
                           &unused);
    if (r == 0 || r == UV_ENOMEM)
        return r;
    out->name[0] = '\0';
    if (*why == NULL)
        *why = "names no file that a URL can have";
    return 0;
}

/* Reads the line of entry again. */
static int read_line(const struct hl_checksums *c,
                     const struct hl_table_entry *entry, char line[LINE_SIZE],
                     struct said *out)
{
    const char *why;
    off_t at = (off_t)(hl_table_offset(entry) - 1);
    ssize_t n = pread(c->fd, line, LINE_SIZE - 1, at);
    if (n <= 0)
        return n < 0 ? -errno : UV_EIO;
    line[n] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    return split(out, line, &why);
}

/* The entry of name, with its line in line and *said; NULL in *out: there is
 * none. @return 0 or a libuv code. */
static int find(struct hl_table_entry **out, const struct hl_checksums *c,
                const char *name, char line[LINE_SIZE], struct said *said)
{
    uint64_t fingerprint = hl_fingerprint_of(name);
    int r = 0;
    *out = hl_table_find(&c->lines, fingerprint);
    for (; *out != NULL; *out = hl_table_next(&c->lines, fingerprint, *out)) {
        r = read_line(c, *out, line, said);
        if (r < 0 || strcmp(said->name, name) == 0)
            return r;
    }
    return 0;
}

static void name_bad(struct hl_checksums *c, uint64_t number, const char *why)
{
    if (c->bad++ < NAMED_MAX)
        hl_error("%s:%" PRIu64 ": %s", c->path, number, why);
}

static int add(struct hl_checksums *c, const struct said *said, uint64_t offset)
{
    struct hl_table_entry *entry =
        hl_table_add(&c->lines, hl_fingerprint_of(said->name));
    if (entry == NULL || offset >= HL_TABLE_OFFSET_MAX)
        return UV_ENOMEM;
    hl_table_set_offset(entry, offset + 1);
    c->count += said->is_usable;
    return 0;
}

/* Of two lines for one name the longer, stronger digest counts. A line that
 * cannot be used counts only where it is the one line: its URL then fails. */
static bool is_better(const struct said *said, const struct said *other)
{
    if (!said->is_usable || !other->is_usable)
        return said->is_usable;
    return strlen(said->line.checksum.digits) >
           strlen(other->line.checksum.digits);
}

static bool do_differ(const struct said *said, const struct said *other)
{
    return said->is_usable && other->is_usable &&
           hl_digests_compare(other->line.checksum.digits,
                              said->line.checksum.digits) == HL_DIGESTS_DIFFER;
}

static int keep(struct hl_checksums *c, char *line, uint64_t offset,
                uint64_t number)
{
    char before[LINE_SIZE];
    struct said said;
    struct said other;
    struct hl_table_entry *entry;
    const char *why;
    int r = split(&said, line, &why);
    if (r < 0)
        return r;
    if (why != NULL)
        name_bad(c, number, why);
    if (said.name[0] == '\0')
        return 0;
    r = find(&entry, c, said.name, before, &other);
    if (r < 0)
        return r;
    if (entry == NULL)
        return add(c, &said, offset);
    if (do_differ(&said, &other))
        name_bad(c, number, "a second checksum for the same name");
    if (is_better(&said, &other)) {
        c->count += !other.is_usable;
        hl_table_set_offset(entry, offset + 1);
    }
    return 0;
}

static int read_all(struct hl_checksums *c)
{
    char *line = NULL;
    size_t size = 0;
    uint64_t offset = 0;
    uint64_t number = 0;
    int r = 0;
    ssize_t n = 0;
    int fd = fcntl(c->fd, F_DUPFD_CLOEXEC, 3);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (file == NULL) {
        r = -errno;
        if (fd >= 0)
            close(fd);
        return r;
    }
    while (r == 0 && (n = hl_get_line(&line, &size, file)) > 0) {
        uint64_t begin = offset;
        offset += (uint64_t)n;
        number++;
        line[strcspn(line, "\r\n")] = '\0';
        if (n >= LINE_SIZE)
            name_bad(c, number, "a line that is too long");
        else if (line[0] != '\0' && line[0] != '#')
            r = keep(c, line, begin, number);
    }
    if (r == 0)
        r = (int)n;
    free(line);
    fclose(file);
    return r;
}

/* The length, so far, of the line that the chunk ends in; before is the length
 * that it had before the chunk. */
static size_t line_bytes(size_t before, const char *chunk, size_t size)
{
    const char *end = memrchr(chunk, '\n', size);
    return end != NULL ? (size_t)(chunk + size - end) - 1 : before + size;
}

/* Copies all of from to the file to, whose offset stays 0. A line without an
 * end would fill the disk, so it is refused. */
static int copy_all(int to, int from)
{
    char chunk[COPY_SIZE];
    size_t line = 0;
    uint64_t offset = 0;
    ssize_t n;
    while ((n = read(from, chunk, sizeof(chunk))) != 0) {
        int r = n < 0 ? -errno : hl_pwrite_all(to, chunk, (size_t)n, offset);
        if (r < 0)
            return r;
        offset += (uint64_t)n;
        line = line_bytes(line, chunk, (size_t)n);
        if (line > HL_GET_LINE_MAX)
            return -EFBIG;
    }
    return 0;
}

/* A file without a name in $TMPDIR or /tmp, which is gone when it is closed.
 * @return a descriptor, open for reading and writing, or a libuv code. */
static int open_scratch(void)
{
    char path[4096];
    const char *dir = getenv("TMPDIR");
    if (dir == NULL || dir[0] == '\0')
        dir = "/tmp";
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    /* Not every file system has files without a name. */
    int n = snprintf(path, sizeof(path), "%s/haul-XXXXXX", dir);
    if (n < 0 || (size_t)n >= sizeof(path))
        return -ENAMETOOLONG;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        return -errno;
    unlink(path);
    return fd;
}

/* Copies a pipe, which cannot be read twice, to a file, and closes it. @return
 * a descriptor or a code. */
static int make_seekable(int fd)
{
    int copy = open_scratch();
    int r = copy < 0 ? copy : copy_all(copy, fd);
    close(fd);
    if (r == 0)
        return copy;
    if (copy >= 0)
        close(copy);
    return r;
}

static int open_file(struct hl_checksums *c)
{
    struct stat st;
    c->fd = open(c->path, O_RDONLY | O_CLOEXEC);
    if (c->fd < 0 || fstat(c->fd, &st) < 0)
        return -errno;
    if (S_ISDIR(st.st_mode))
        return UV_EISDIR;
    if (!S_ISREG(st.st_mode))
        c->fd = make_seekable(c->fd);
    return c->fd < 0 ? c->fd : read_all(c);
}

int hl_checksums_check(const struct hl_checksums_options *options,
                       const struct hl_opt_strings *urls,
                       const struct hl_opt_strings *inputs)
{
    struct hl_checksum checksum;
    const char *one = options->one;
    if (one == NULL)
        return 0;
    const char *why = hl_checksum_parse(&checksum, one);
    if (why != NULL) {
        hl_error("--checksum: '%s': %s", one, why);
        return HL_EXIT_USAGE;
    }
    if (urls->count == 1 && inputs->count == 0)
        return 0;
    hl_error("--checksum: works with one URL only; for a list use "
             "--checksum-file, or put the checksums into the list");
    return HL_EXIT_USAGE;
}

int hl_checksums_open(struct hl_checksums **out,
                      const struct hl_checksums_options *options)
{
    *out = NULL;
    if (options->one == NULL && options->file == NULL)
        return 0;
    struct hl_checksums *c = calloc(1, sizeof(*c));
    int r = c != NULL ? 0 : UV_ENOMEM;
    *out = c;
    if (r == 0) {
        c->fd = -1;
        c->path = options->file;
        c->one = options->one != NULL;
    }
    if (r == 0 && c->one)
        snprintf(c->given, sizeof(c->given), "%s", options->one);
    else if (r == 0)
        r = open_file(c);
    if (r < 0) {
        hl_error("--checksum-file: %s: %s", options->file, haul_strerror(r));
        return r == UV_ENOMEM ? HL_EXIT_OTHER : HL_EXIT_IO;
    }
    if (!c->one && c->count == 0) {
        hl_error("--checksum-file: %s: there is no checksum in this file",
                 c->path);
        return HL_EXIT_USAGE;
    }
    return 0;
}

void hl_checksums_close(struct hl_checksums *c)
{
    if (c == NULL)
        return;
    hl_table_release(&c->lines);
    if (c->fd >= 0)
        close(c->fd);
    free(c);
}

/* @return 1, 0 where there is none for name, or a libuv code. */
static int give_of(struct hl_checksums *c, const char *name)
{
    char line[LINE_SIZE];
    struct said said = {.is_usable = false};
    struct hl_table_entry *entry;
    int r = find(&entry, c, name, line, &said);
    if (r < 0 || entry == NULL)
        return r;
    c->matched += said.is_usable && entry->state != MATCHED;
    entry->state = MATCHED;
    /* A text that is no checksum fails its request. */
    if (said.is_usable)
        hl_checksum_text(c->given, &said.line.checksum);
    else
        snprintf(c->given, sizeof(c->given), "%s", said.line.given);
    return 1;
}

/* As give_of(), for the name that request has under these options. */
static int give_under(struct hl_checksums *c, const struct haul_options *run,
                      const struct haul_request *request)
{
    char name[NAME_SIZE];
    const char *why;
    int r = haul_file_name(name, sizeof(name), run, request, &why);
    if (r == 0)
        return give_of(c, name);
    return r == UV_ENOMEM ? r : 0;
}

int hl_checksums_give(struct hl_checksums *c, const struct haul_options *run,
                      struct haul_request *request)
{
    static const struct haul_options plain = {0};
    if (c == NULL || request->bad != NULL)
        return 0;
    int r = c->one ? 1 : give_under(c, run, request);
    if (r == 0)
        r = give_under(c, &plain, request);
    if (r > 0 && request->checksum == NULL)
        request->checksum = c->given;
    return r < 0 ? r : 0;
}

void hl_checksums_say(const struct hl_checksums *c)
{
    char left[HL_TEXT_COUNT_SIZE];
    char all[HL_TEXT_COUNT_SIZE];
    if (c == NULL || c->one)
        return;
    hl_text_count(left, c->count - c->matched);
    hl_text_count(all, c->count);
    if (c->bad > NAMED_MAX)
        hl_say("%s: %" PRIu64 " lines are bad", c->path, c->bad);
    if (c->matched < c->count)
        hl_say("%s: %s of %s checksums belong to no file of the list", c->path,
               left, all);
}
