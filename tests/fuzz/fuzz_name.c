/*
 * Names of a hostile list: "TEMPLATE\nURL\nID\nNAME". Whatever they say, a name
 * stays below its directory. Two judges say so: a checker that reads the name,
 * and the kernel, which makes the file in a scratch directory by openat2(2)
 * with RESOLVE_BENEATH. The journal can record every name and gives it back.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuzz/check.h"
#include "fuzz/scratch.h"
#include "journal/record.h"
#include "journal/record_writing.h"
#include "policy/name.h"
#include "util/part_file.h"
#include "util/text.h"

static bool ends_in_part(const char *text, size_t length)
{
    return length >= 5 && strncasecmp(text + length - 5, ".part", 5) == 0;
}

static void check_component(const char *text, size_t length)
{
    check(length > 0 && length + strlen(".part") <= 255, "a usable length");
    check(!(length == 1 && text[0] == '.'), "a part that is .");
    check(!(length == 2 && text[0] == '.' && text[1] == '.'), "a part is ..");
    check(!(length == 5 && strncasecmp(text, ".haul", 5) == 0), "not .haul");
    check(text[0] != '-' && text[0] != '~', "no option, no home directory");
    check(!ends_in_part(text, length), "not the name of a temporary file");
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        check(c >= 0x20 && c != 0x7f && c != '\\', "no control character");
    }
    for (size_t i = 0; i < length; i += hl_text_shown_length(text + i))
        check(hl_text_shown_length(text + i) > 0, "characters to be shown");
}

static void check_components(const char *name)
{
    size_t length = strlen(name);
    check(length > 0 && length + strlen(".part") < HL_NAME_SIZE, "a length");
    check(name[0] != '/' && name[length - 1] != '/', "a file below");
    for (const char *p = name; *p != '\0';) {
        size_t n = strcspn(p, "/");
        check_component(p, n);
        p += n + (p[n] == '/');
    }
}

static int open_below(const char *path, uint64_t flags)
{
    const struct open_how how = {
        .flags = flags | O_CLOEXEC,
        .mode = flags & O_CREAT ? 0600 : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
    };
    return (int)syscall(SYS_openat2, scratch_fd(), path, &how, sizeof(how));
}

static void make_by_kernel(const char *path)
{
    int fd = open_below(path, O_WRONLY | O_CREAT | O_EXCL);
    check(fd >= 0 || errno == ENOSYS,
          "the kernel makes the file below its directory");
    if (fd >= 0)
        check(close(fd) == 0 && unlinkat(scratch_fd(), path, 0) == 0,
              "the file is where its name says");
}

/* The kernel's judgement, of the name and of its temporary file. */
static void check_by_kernel(const char *name)
{
    char part[HL_PART_FILE_NAME_SIZE];
    char path[HL_NAME_SIZE];
    check(hl_part_file_name(part, name, "0a1b2c3d") == 0,
          "a name has a temporary file");
    snprintf(path, sizeof(path), "%s", name);
    scratch_make_folders(path);
    make_by_kernel(name);
    make_by_kernel(part);
    scratch_remove_folders(path);
}

/* What is on record is the name, letter by letter. */
static void check_on_record(const char *name)
{
    char copy[HL_NAME_SIZE];
    struct hl_record_buffer line = {0};
    struct hl_record record;
    check(hl_record_begin(&line, 'c') == 0, "there is memory");
    hl_record_add_fingerprint(&line, 1);
    hl_record_add_text(&line, name);
    hl_record_add_text(&line, "http://h/");
    check(hl_record_end(&line) == 0, "a name fits into a record");
    const struct hl_span text = {.at = line.data, .size = line.used - 1};
    check(hl_record_parse(&record, text), "the journal takes the name");
    check(record.name.size < sizeof(copy), "a name has no escapes");
    hl_record_copy(copy, record.name);
    check_same(copy, name, "the name on record");
    free(line.data);
}

static void check_name(const char *name)
{
    check_components(name);
    check_by_kernel(name);
    check_on_record(name);
}

static void check_all(const char *name)
{
    char other[HL_NAME_SIZE];
    check_name(name);
    /* A rerun without its list has the name from the journal. */
    check(hl_name_given(other, name) == 0, "a name is a name");
    check_same(other, name, "a name given again");
    check(hl_name_hashed(other, 1) == 0, "a name has room for its hash");
    check_name(other);
}

static void check_request(const char *template, const char *url, const char *id,
                          const char *given)
{
    char name[HL_NAME_SIZE];
    struct hl_url parsed;
    const char *why;
    if (hl_name_check_template(template, &why) < 0 ||
        hl_url_parse(&parsed, url, &why) < 0)
        return;
    const struct haul_request request = {
        .url = url, .id = id, .output = given, .line = 7};
    int r = hl_name_wanted(name, template, &request, &parsed);
    if (r == 0)
        check_all(name);
    else
        check(hl_name_objection(r) != NULL, "a reason");
    hl_url_release(&parsed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[HL_NAME_SIZE];
    char *text = text_of(data, size);
    if (hl_name_given(name, text) == 0)
        check_all(name);
    char *rest = text;
    const char *template = strsep(&rest, "\n");
    const char *url = strsep(&rest, "\n");
    const char *id = strsep(&rest, "\n");
    if (url != NULL)
        check_request(template, url, id, NULL);
    if (rest != NULL)
        check_request(template, url, id, rest);
    free(text);
    return 0;
}
