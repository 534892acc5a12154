/*
 * Names beside each other: a list's names, a line each, given away as a run
 * does. Each then really is a file in a scratch directory, and each directory a
 * directory: nothing is in the way of anything. Where the directory ignores
 * case, no two names have the same key.
 *
 * And the keys: whatever spelling a file system takes for the same name has the
 * same key.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <utf8proc.h>

#include "fuzz/check.h"
#include "fuzz/scratch.h"
#include "journal/folding.h"
#include "journal/taken_names.h"
#include "policy/name.h"
#include "util/fingerprint.h"

enum { NAMES_MAX = 48 };

static size_t slashes(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += *text == '/';
    return count;
}

static void check_spelling(const struct hl_buf *key, const char *other)
{
    struct hl_buf again = {0};
    hl_fold(&again, other);
    check_same(again.data, key->data, "the key of another spelling");
    hl_buf_release(&again);
}

/* The form of name; NULL: it is no UTF-8, and has none. Owned by the caller. */
static char *form_of(const char *name, int form)
{
    utf8proc_uint8_t *out = NULL;
    utf8proc_ssize_t size = utf8proc_map(
        (const utf8proc_uint8_t *)name, 0, &out,
        (utf8proc_option_t)(form | UTF8PROC_STABLE | UTF8PROC_NULLTERM));
    return size >= 0 ? (char *)out : NULL;
}

/* As file systems see it: HFS+ by canonical form, ext4 and APFS by canonical
 * form and case. */
static void check_forms(const struct hl_buf *key, const char *name)
{
    char *composed = form_of(name, UTF8PROC_COMPOSE);
    char *apart = form_of(name, UTF8PROC_DECOMPOSE);
    if (composed == NULL || apart == NULL)
        return;
    char *caseless = form_of(apart, UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD);
    check(caseless != NULL, "a form of a form");
    check_spelling(key, composed);
    check_spelling(key, apart);
    check_spelling(key, caseless);
    free(composed);
    free(apart);
    free(caseless);
}

/* FAT has no dots and blanks at the end of a part. */
static void check_swapped(const struct hl_buf *key, const char *name)
{
    size_t length = strlen(name);
    char *other = malloc(2 * length + 3);
    char *to = other;
    check(other != NULL, "there is memory");
    for (size_t i = 0; i <= length; i++) {
        char c = name[i];
        if ((c == '/' || c == '\0') && i > 0) {
            *to++ = '.';
            if (c == '\0')
                *to++ = ' ';
        }
        bool is_message = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        *to++ = (char)(is_message ? c ^ 0x20 : c);
    }
    check_spelling(key, other);
    free(other);
}

static void check_key(const char *name)
{
    struct hl_buf key = {0};
    hl_fold(&key, name);
    check(!key.failed, "there is memory");
    check(slashes(key.data) == slashes(name), "as many parts");
    check_swapped(&key, name);
    check_forms(&key, name);
    hl_buf_release(&key);
}

/* The files of a run. */
struct run {
    struct hl_names names;
    char *given[NAMES_MAX]; /* owned */
    size_t count;
};

/* As intake does. @return false: the URL has no name. */
static bool choose(struct run *run, char name[HL_NAME_SIZE],
                   uint64_t fingerprint)
{
    if (hl_names_place(&run->names, name, -1) < 0)
        return false;
    int r = hl_names_take(&run->names, name);
    check(r == 0 || r == 1, "there is memory");
    if (r == 1) {
        check(hl_names_has(&run->names, name), "a taken name is there");
        if (hl_name_hashed(name, fingerprint) < 0)
            return false;
        r = hl_names_take(&run->names, name);
        check(r == 0 || r == 1, "there is memory");
    }
    return r == 0;
}

static void make_files(const struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        scratch_make_folders(run->given[i]);
        int fd = openat(scratch_fd(), run->given[i],
                        O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        check(fd >= 0, "each name can be a file");
        close(fd);
    }
    for (size_t i = 0; i < run->count; i++)
        check(unlinkat(scratch_fd(), run->given[i], 0) == 0, "a file");
    for (size_t i = run->count; i > 0; i--)
        scratch_remove_folders(run->given[i - 1]);
}

static void check_keys_differ(const struct run *run)
{
    struct hl_buf one = {0};
    struct hl_buf other = {0};
    for (size_t i = 0; i < run->count; i++) {
        hl_fold(&one, run->given[i]);
        for (size_t k = 0; k < i; k++) {
            hl_fold(&other, run->given[k]);
            check(strcmp(one.data, other.data) != 0, "no key is given twice");
        }
    }
    hl_buf_release(&one);
    hl_buf_release(&other);
}

static void run_list(char *text, bool folds)
{
    struct run run = {.names.folds = folds};
    char name[HL_NAME_SIZE];
    for (char *rest = text; rest != NULL && run.count < NAMES_MAX;) {
        const char *line = strsep(&rest, "\n");
        if (hl_name_given(name, line) < 0)
            continue;
        check_key(name);
        if (choose(&run, name, hl_fingerprint_of(line))) {
            run.given[run.count] = strdup(name);
            check(run.given[run.count++] != NULL, "there is memory");
        }
    }
    make_files(&run);
    if (folds)
        check_keys_differ(&run);
    for (size_t i = 0; i < run.count; i++)
        free(run.given[i]);
    hl_names_release(&run.names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    char *text = text_of(data + 1, size - 1);
    check_key(text);
    run_list(text, (data[0] & 1) != 0);
    free(text);
    return 0;
}
