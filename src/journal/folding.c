#include "journal/folding.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utf8proc.h>

#include "util/io.h"

enum { ENTRIES_SEEN_MAX = 64 };

/* Three spellings of one name. Where case is ignored, the first two are the
 * same; where the form of characters is ignored, the first and the third: an E
 * with an accent as one character, and as two. */
#define TRIAL       ".haul-\xc3\x89"
#define TRIAL_LOWER ".HAUL-\xc3\xa9"
#define TRIAL_FORM  ".haul-E\xcc\x81"

bool hl_folding_is_set(int dir_fd)
{
    int flags = 0;
    return ioctl(dir_fd, FS_IOC_GETFLAGS, &flags) == 0 &&
           (flags & FS_CASEFOLD_FL) != 0;
}

static bool is_there(int dir_fd, const char *name)
{
    return faccessat(dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Makes the file only if no spelling of its name is taken. */
bool hl_folding_by_trial(int dir_fd)
{
    if (is_there(dir_fd, TRIAL_LOWER) || is_there(dir_fd, TRIAL_FORM))
        return hl_folding_by_sight(dir_fd);
    int fd = openat(dir_fd, TRIAL,
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return hl_folding_by_sight(dir_fd);
    close(fd);
    bool folds = is_there(dir_fd, TRIAL_LOWER) || is_there(dir_fd, TRIAL_FORM);
    unlinkat(dir_fd, TRIAL, 0);
    return folds;
}

/* Writes name with the case of each ASCII letter swapped. @return false: name
 * has no ASCII letter. */
static bool swap_case(char out[NAME_MAX + 1], const char *name)
{
    bool swapped = false;
    size_t i = 0;
    for (; i < NAME_MAX && name[i] != '\0'; i++) {
        bool is_letter = isalpha((unsigned char)name[i]) != 0;
        out[i] = (char)(is_letter ? name[i] ^ 0x20 : name[i]);
        swapped |= is_letter;
    }
    out[i] = '\0';
    return swapped;
}

static bool is_same(int dir_fd, const char *one, const char *other)
{
    struct stat a;
    struct stat b;
    return fstatat(dir_fd, one, &a, AT_SYMLINK_NOFOLLOW) == 0 &&
           fstatat(dir_fd, other, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
           a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool hl_folding_by_sight(int dir_fd)
{
    char other[NAME_MAX + 1];
    const struct dirent *entry;
    bool folds = false;
    DIR *dir = hl_dir_stream(dir_fd);
    if (dir == NULL)
        return false;
    for (int i = 0; i < ENTRIES_SEEN_MAX && (entry = readdir(dir)) != NULL; i++)
        if (swap_case(other, entry->d_name)) {
            folds = is_same(dir_fd, entry->d_name, other);
            break;
        }
    closedir(dir);
    return folds;
}

static bool is_ascii(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] >= 0x80)
            return false;
    return true;
}

static void add_lower(struct hl_buf *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c | 0x20);
        hl_buf_add(out, &c, 1);
    }
}

/* By malloc(), with its NUL. @return its size, or a negative code. */
static utf8proc_ssize_t map(utf8proc_uint8_t **out, const void *text,
                            size_t length, int options)
{
    *out = NULL;
    return utf8proc_map(text, (utf8proc_ssize_t)length, out,
                        (utf8proc_option_t)(UTF8PROC_STABLE | options));
}

/* Accents are put in their order first: one of them, the iota below, becomes a
 * letter, and then it matters what stood before it. */
static utf8proc_ssize_t fold(utf8proc_uint8_t **out, const char *part,
                             size_t length)
{
    utf8proc_uint8_t *ordered;
    utf8proc_ssize_t size = map(&ordered, part, length, UTF8PROC_DECOMPOSE);
    *out = NULL;
    if (size >= 0)
        size = map(out, ordered, (size_t)size,
                   UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                       UTF8PROC_IGNORE);
    free(ordered);
    return size;
}

/* Some signs become a text with a slash, as the one for "account of" becomes
 * "a/c". Such a slash separates nothing, so it becomes a backslash. */
static void add_unicode(struct hl_buf *out, const char *part, size_t length)
{
    utf8proc_uint8_t *folded;
    utf8proc_ssize_t size = fold(&folded, part, length);
    if (size == UTF8PROC_ERROR_NOMEM)
        out->failed = true;
    if (size < 0) {
        add_lower(out, part, length);
        return;
    }
    for (utf8proc_ssize_t i = 0; i < size; i++)
        if (folded[i] == '/')
            folded[i] = '\\';
    hl_buf_add(out, (const char *)folded, (size_t)size);
    free(folded);
}

static void add_part(struct hl_buf *out, const char *part, size_t length)
{
    size_t kept = length;
    while (kept > 0 && (part[kept - 1] == '.' || part[kept - 1] == ' '))
        kept--;
    if (is_ascii(part, kept))
        add_lower(out, part, kept);
    else
        add_unicode(out, part, kept);
}

void hl_fold(struct hl_buf *out, const char *name)
{
    hl_buf_clear(out);
    for (;;) {
        size_t length = strcspn(name, "/");
        add_part(out, name, length);
        if (name[length] == '\0')
            break;
        hl_buf_add(out, "/", 1);
        name += length + 1;
    }
    hl_buf_add(out, "", 1);
}
