/*
 * Checksum files: the whole file as --checksum-file reads it, and each of its
 * lines. What a line says is said by GNU's form of it too, and a name that has
 * a line gets a checksum at least as strong.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "cli/checksum_line.h"
#include "cli/checksums.h"
#include "fuzz/check.h"
#include "util/buf.h"

enum { LINES_CHECKED = 32 };

/* As sha256sum writes the line of a name with such characters. */
static void put_gnu(struct hl_buf *out, const struct hl_checksum_line *line)
{
    if (strpbrk(line->name, "\\\n\r") != NULL)
        hl_buf_text(out, "\\");
    hl_buf_text(out, line->checksum.digits);
    hl_buf_text(out, "  ");
    for (const char *p = line->name; *p != '\0'; p++) {
        if (*p == '\\' || *p == '\n' || *p == '\r') {
            const char escape[] = {'\\', (char)(*p == '\n'   ? 'n'
                                                : *p == '\r' ? 'r'
                                                             : '\\')};
            hl_buf_add(out, escape, 2);
        } else {
            hl_buf_add(out, p, 1);
        }
    }
}

/* Both forms are one where the name does not look like BSD's. */
static void check_gnu(const struct hl_checksum_line *line)
{
    struct hl_checksum_line again;
    struct hl_buf gnu = {0};
    put_gnu(&gnu, line);
    bool is_clear = strchr(line->name, '(') == NULL;
    if (is_clear) {
        check_same(hl_checksum_line_split(&again, gnu.data), NULL,
                   "a line in GNU's form is one");
        check_same(again.name, line->name, "its name");
        check_same(again.checksum.digits, line->checksum.digits, "its digits");
        check(again.checksum.algorithm == line->checksum.algorithm,
              "its algorithm");
    }
    hl_buf_release(&gnu);
}

static void check_checksum(const struct hl_checksum *checksum)
{
    struct hl_checksum again;
    char text[HL_CHECKSUM_SIZE];
    size_t digits = strlen(checksum->digits);
    check(checksum->algorithm < HL_ALGORITHMS, "an algorithm there is");
    check(hl_algorithm_of_length(digits) == checksum->algorithm, "its digits");
    check(strspn(checksum->digits, "0123456789abcdef") == digits,
          "digits are hexadecimal");
    hl_checksum_text(text, checksum);
    check_same(hl_checksum_parse(&again, text), NULL, "what is said is read");
    check_same(again.digits, checksum->digits, "as it was said");
}

/* The request of a file of this name: its checksum is no weaker. */
static void check_given(struct hl_checksums *sums,
                        const struct hl_checksum_line *line)
{
    static const struct haul_options options;
    struct haul_request request = {.url = "http://h/", .output = line->name};
    struct hl_checksum given;
    char name[4096];
    const char *why;
    if (haul_file_name(name, sizeof(name), &options, &request, &why) < 0)
        return;
    hl_checksums_give(sums, &options, &request);
    check(request.checksum != NULL, "a name with a line has a checksum");
    check(hl_checksum_parse(&given, request.checksum) == NULL,
          "a good line is not hidden by a bad one");
    check(strlen(given.digits) >= strlen(line->checksum.digits),
          "the strongest line counts");
}

static void check_line(struct hl_checksums *sums, const char *text)
{
    struct hl_checksum_line line;
    char *copy = strdup(text);
    check(copy != NULL, "there is memory");
    if (hl_checksum_line_split(&line, copy) == NULL) {
        check(line.name != NULL && line.name[0] != '\0', "a name");
        check_checksum(&line.checksum);
        check_gnu(&line);
        if (sums != NULL && text[0] != '#')
            check_given(sums, &line);
    }
    free(copy);
}

static struct hl_checksums *open_file(const uint8_t *data, size_t size)
{
    char path[64];
    struct hl_checksums *sums;
    int fd = memfd_create("sums", MFD_CLOEXEC);
    check(fd >= 0 && write(fd, data, size) == (ssize_t)size, "a file");
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    const struct hl_checksums_options options = {.file = path};
    int status = hl_checksums_open(&sums, &options);
    check(status >= 0 && status <= 3, "an exit status");
    close(fd);
    if (status == 0)
        return sums;
    hl_checksums_close(sums);
    return NULL;
}

/* What cannot be read twice is copied first. */
static void open_pipe(const uint8_t *data, size_t size, bool is_usable)
{
    char path[64];
    int ends[2];
    struct hl_checksums *sums;
    check(pipe2(ends, O_CLOEXEC) == 0 &&
              write(ends[1], data, size) == (ssize_t)size,
          "a pipe");
    close(ends[1]);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
    const struct hl_checksums_options options = {.file = path};
    int status = hl_checksums_open(&sums, &options);
    check((status == 0) == is_usable, "from a pipe as from a file");
    close(ends[0]);
    hl_checksums_close(sums);
}

/* As --checksum has it, for one URL. */
static void open_one(const char *text)
{
    static const char *items[] = {"http://h/a", NULL};
    const struct hl_opt_strings urls = {.items = items, .count = 1};
    const struct hl_opt_strings none = {0};
    static const struct haul_options run;
    const struct hl_checksums_options options = {.one = text};
    struct haul_request request = {.url = items[0]};
    struct hl_checksum checksum;
    struct hl_checksums *sums;
    bool is_one = hl_checksum_parse(&checksum, text) == NULL;
    check((hl_checksums_check(&options, &urls, &none) == 0) == is_one,
          "a checksum is one");
    if (!is_one)
        return;
    check(hl_checksums_open(&sums, &options) == 0, "it is taken");
    hl_checksums_give(sums, &run, &request);
    check(hl_checksum_parse(&checksum, request.checksum) == NULL,
          "and given to its URL");
    hl_checksums_close(sums);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FILE *kept = stderr;
    FILE *nowhere = fopen("/dev/null", "we");
    char *text = text_of(data, size);
    bool is_text = strlen(text) == size;
    char *rest = text;
    stderr = nowhere != NULL ? nowhere : kept;
    struct hl_checksums *sums = open_file(data, size);
    for (int i = 0; i < LINES_CHECKED && rest != NULL; i++) {
        char *line = strsep(&rest, "\n");
        line[strcspn(line, "\r")] = '\0';
        /* Of the bytes behind a NUL there is no text here. */
        check_line(is_text ? sums : NULL, line);
    }
    hl_checksums_say(sums);
    open_pipe(data, size, sums != NULL);
    hl_checksums_close(sums);
    open_one(text);
    stderr = kept;
    if (nowhere != NULL)
        fclose(nowhere);
    free(text);
    return 0;
}
