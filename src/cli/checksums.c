#include "cli/checksums.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/message.h"
#include "cli/scratch.h"
#include "util/print.h"
#include "util/table.h"
#include "util/text.h"

enum {
    DIGITS = 64,
    NAME_SIZE = 4096,
    LINE_SIZE = 2 * NAME_SIZE + DIGITS + 4,
    NAMED_MAX = 20,
    COPY_SIZE = 16 * 1024,
    MATCHED = 1, /* the state of a line that was for a file */
};

#define PREFIX         "sha256="
#define OPTION(member) offsetof(struct hl_checksums_options, member)

const struct hl_opt hl_checksums_rows[] = {
    {.name = "checksum",
     .argument = "sha256=HEX",
     .kind = HL_OPT_TEXT,
     .offset = OPTION(one),
     .by_hand = true,
     .help = "of the one URL's file, which fails if it differs"},
    {.name = "checksum-file",
     .argument = "FILE",
     .kind = HL_OPT_TEXT,
     .offset = OPTION(file),
     .help = "of files by their names, as sha256sum writes them"},
    {.name = NULL},
};

/* Owned by the command; one thread. */
struct hl_checksums {
    const char *path;
    int fd;
    struct hl_table lines; /* a name's print: where its line begins, plus 1 */
    uint64_t count;
    uint64_t bad;
    uint64_t matched;
    bool one; /* given holds the one URL's */
    char given[sizeof(PREFIX) + DIGITS];
};

/* What a line says; the name as a file of this name would be called. */
struct said {
    const char *digits; /* in the line */
    char name[NAME_SIZE];
};

/* In lower case into out, which has room for them and a NUL. */
static bool read_digits(char *out, const char *text)
{
    for (int i = 0; i < DIGITS; i++) {
        char c = text[i];
        if (c >= 'A' && c <= 'F')
            c = (char)(c | 0x20);
        if ((c < '0' || c > '9') && (c < 'a' || c > 'f'))
            return false;
        out[i] = c;
    }
    out[DIGITS] = '\0';
    return true;
}

/* The escapes of a line that began with a backslash, in place. */
static bool unescape(char *name)
{
    char *to = name;
    for (const char *from = name; *from != '\0'; from++) {
        char c = *from;
        if (c == '\\') {
            c = *++from;
            if (c != '\\' && c != 'n' && c != 'r')
                return false;
            c = (char)(c == 'n' ? '\n' : c == 'r' ? '\r' : '\\');
        }
        *to++ = c;
    }
    *to = '\0';
    return true;
}

/* Splits "HEX  NAME", "HEX *NAME" or "\HEX  NAME" in place. */
static bool split(struct said *out, char *line)
{
    char digits[DIGITS + 1];
    bool escaped = line[0] == '\\';
    out->digits = line + escaped;
    if (!read_digits(digits, out->digits))
        return false;
    char *rest = line + escaped + DIGITS;
    if (rest[0] != ' ' || (rest[1] != ' ' && rest[1] != '*') || rest[2] == '\0')
        return false;
    if (escaped && !unescape(rest + 2))
        return false;
    const struct haul_options options = {0};
    const struct haul_request request = {.url = "http://any/",
                                         .output = rest + 2};
    const char *why;
    return haul_file_name(out->name, sizeof(out->name), &options, &request,
                          &why) == 0;
}

/* Reads the line of entry again. */
static bool read_line(const struct hl_checksums *c,
                      const struct hl_table_entry *entry, char line[LINE_SIZE],
                      struct said *out)
{
    off_t at = (off_t)(hl_table_offset(entry) - 1);
    ssize_t n = pread(c->fd, line, LINE_SIZE - 1, at);
    if (n <= 0)
        return false;
    line[n] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    return split(out, line);
}

/* The entry of name, with its line in line and *said; NULL: there is none. */
static struct hl_table_entry *find(const struct hl_checksums *c,
                                   const char *name, char line[LINE_SIZE],
                                   struct said *said)
{
    uint64_t print = hl_print_of(name);
    struct hl_table_entry *entry = hl_table_find(&c->lines, print);
    for (; entry != NULL; entry = hl_table_next(&c->lines, print, entry))
        if (read_line(c, entry, line, said) && strcmp(said->name, name) == 0)
            return entry;
    return NULL;
}

static void name_bad(struct hl_checksums *c, uint64_t number, const char *why)
{
    if (c->bad++ < NAMED_MAX)
        hl_error("%s:%" PRIu64 ": %s", c->path, number, why);
}

static int keep(struct hl_checksums *c, char *line, uint64_t offset,
                uint64_t number)
{
    char before[LINE_SIZE];
    struct said said;
    struct said other;
    if (!split(&said, line)) {
        name_bad(c, number, "is no 'HEX  NAME' of SHA-256");
        return 0;
    }
    if (find(c, said.name, before, &other) != NULL) {
        if (strncasecmp(said.digits, other.digits, DIGITS) != 0)
            name_bad(c, number, "a second checksum for the same name");
        return 0;
    }
    uint64_t print = hl_print_of(said.name);
    struct hl_table_entry *entry = hl_table_add(&c->lines, print);
    if (entry == NULL || offset >= HL_TABLE_OFFSET_MAX)
        return UV_ENOMEM;
    hl_table_set_offset(entry, offset + 1);
    c->count++;
    return 0;
}

static int read_all(struct hl_checksums *c)
{
    char *line = NULL;
    size_t size = 0;
    uint64_t offset = 0;
    uint64_t number = 0;
    int r = 0;
    ssize_t n;
    int fd = fcntl(c->fd, F_DUPFD_CLOEXEC, 3);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (file == NULL)
        return -errno;
    while (r == 0 && (n = getline(&line, &size, file)) >= 0) {
        uint64_t begin = offset;
        offset += (uint64_t)n;
        number++;
        line[strcspn(line, "\r\n")] = '\0';
        if (n >= LINE_SIZE)
            name_bad(c, number, "a line that is too long");
        else if (line[0] != '\0' && line[0] != '#')
            r = keep(c, line, begin, number);
    }
    if (r == 0 && ferror(file))
        r = -errno;
    free(line);
    fclose(file);
    return r;
}

static int write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n < 0)
            return -errno;
        data += n;
        size -= (size_t)n;
    }
    return 0;
}

static int copy_all(int to, int from)
{
    char chunk[COPY_SIZE];
    ssize_t n;
    int r = 0;
    while (r == 0 && (n = read(from, chunk, sizeof(chunk))) != 0)
        r = n < 0 ? -errno : write_all(to, chunk, (size_t)n);
    if (r == 0 && lseek(to, 0, SEEK_SET) < 0)
        r = -errno;
    return r;
}

/* What cannot be read twice is copied, and closed. @return a descriptor or a
 * code. */
static int make_seekable(int fd)
{
    int copy = hl_scratch_open();
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
                       const struct hl_opt_texts *urls,
                       const struct hl_opt_texts *inputs)
{
    char digits[DIGITS + 1];
    const char *one = options->one;
    if (one == NULL)
        return 0;
    if (strncmp(one, PREFIX, strlen(PREFIX)) != 0 ||
        strlen(one) != strlen(PREFIX) + DIGITS ||
        !read_digits(digits, one + strlen(PREFIX))) {
        hl_error("--checksum: '%s' is no sha256=HEX, of 64 digits", one);
        return HL_EXIT_USAGE;
    }
    if (urls->count == 1 && inputs->count == 0)
        return 0;
    hl_error("--checksum: is for one URL; a list has --checksum-file, or "
             "checksums of its own");
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
        if (c->one)
            memcpy(c->given, PREFIX, sizeof(PREFIX));
    }
    if (r == 0 && c->one)
        read_digits(c->given + strlen(PREFIX), options->one + strlen(PREFIX));
    else if (r == 0)
        r = open_file(c);
    if (r < 0) {
        hl_error("--checksum-file: %s: %s", options->file, haul_strerror(r));
        return r == UV_ENOMEM ? HL_EXIT_OTHER : HL_EXIT_IO;
    }
    if (!c->one && c->count == 0) {
        hl_error("--checksum-file: %s: no checksum in there", c->path);
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

static bool give_of(struct hl_checksums *c, const char *name)
{
    char line[LINE_SIZE];
    struct said said;
    struct hl_table_entry *entry = find(c, name, line, &said);
    if (entry == NULL)
        return false;
    c->matched += entry->state != MATCHED;
    entry->state = MATCHED;
    memcpy(c->given, PREFIX, sizeof(PREFIX));
    return read_digits(c->given + strlen(PREFIX), said.digits);
}

void hl_checksums_give(struct hl_checksums *c, const struct haul_options *run,
                       struct haul_request *request)
{
    static const struct haul_options plain = {0};
    char name[NAME_SIZE];
    const char *why;
    if (c == NULL || request->bad != NULL)
        return;
    bool found = c->one;
    if (!found && haul_file_name(name, sizeof(name), run, request, &why) == 0)
        found = give_of(c, name);
    if (!found &&
        haul_file_name(name, sizeof(name), &plain, request, &why) == 0)
        found = give_of(c, name);
    if (found && request->checksum == NULL)
        request->checksum = c->given;
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
        hl_say("%s: %s of %s checksums are of no file in the list", c->path,
               left, all);
}
