#include "fuzz/journal_file.h"
#include "journal/record_writing.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz/check.h"
#include "fuzz/scratch.h"
#include "util/fingerprint.h"

enum { FINGERPRINT_DIGITS = 16 };

/* Where the fields begin, as far as there are four of them. */
static bool find_url(struct hl_span line, struct hl_span *url)
{
    const char *end = line.at + line.size;
    const char *at = line.at;
    for (int i = 0; i < 3; i++) {
        at = memchr(at, '\t', (size_t)(end - at));
        if (at == NULL)
            return false;
        at++;
    }
    const char *tab = memchr(at, '\t', (size_t)(end - at));
    *url = (struct hl_span){.at = at,
                            .size = (size_t)((tab != NULL ? tab : end) - at)};
    return true;
}

/* The rest of the line behind its fingerprint, which is made anew. */
static void add_of_url(struct hl_record_buffer *out, struct hl_span line,
                       struct hl_span url)
{
    char *text = malloc(url.size + 1);
    check(text != NULL, "there is memory");
    hl_record_copy(text, url);
    hl_record_add_fingerprint(out, hl_fingerprint_of(text));
    free(text);
    const char *name = memchr(line.at + 2, '\t', line.size - 2);
    const struct hl_span rest = {
        .at = name + 1, .size = (size_t)(line.at + line.size - name) - 1};
    hl_record_add_span(out, rest);
}

static void repair_line(struct hl_record_buffer *out, struct hl_span line)
{
    struct hl_span url;
    bool is_of_url = memchr("cpdf", line.at[0], 4) != NULL;
    check(hl_record_begin(out, line.at[0]) == 0, "there is memory");
    if (is_of_url && find_url(line, &url)) {
        add_of_url(out, line, url);
    } else {
        const struct hl_span rest = {.at = line.at + 2, .size = line.size - 2};
        hl_record_add_span(out, rest);
    }
    (void)hl_record_end(out);
}

void journal_file_repair(struct hl_record_buffer *out, const char *data,
                         size_t size)
{
    const char *end = data + size;
    for (const char *at = data; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline != NULL ? newline : end;
        if (stop - at > 2 && at[1] == '\t')
            repair_line(
                out, (struct hl_span){.at = at, .size = (size_t)(stop - at)});
        at = stop + 1;
    }
}

const char *journal_file_dir(void)
{
    static char path[64];
    snprintf(path, sizeof(path), "%s/d", scratch_path());
    return path;
}

int journal_file_put(const char *data, size_t size)
{
    check(mkdirat(scratch_fd(), "d", 0700) == 0, "a directory");
    int dir_fd = openat(scratch_fd(), "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    check(dir_fd >= 0 && mkdirat(dir_fd, ".haul", 0700) == 0, "its .haul");
    int fd =
        openat(dir_fd, ".haul/journal", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    check(fd >= 0 && write(fd, data, size) == (ssize_t)size, "its journal");
    close(fd);
    return dir_fd;
}

void journal_file_remove(int dir_fd)
{
    (void)unlinkat(dir_fd, ".haul/journal", 0);
    (void)unlinkat(dir_fd, ".haul/lock", 0);
    (void)unlinkat(dir_fd, ".haul", AT_REMOVEDIR);
    close(dir_fd);
    check(unlinkat(scratch_fd(), "d", AT_REMOVEDIR) == 0,
          "nothing else was left behind");
}
