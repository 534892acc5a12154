#include "journal/folding.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

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
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    for (int i = 0; i < ENTRIES_SEEN_MAX && (entry = readdir(dir)) != NULL; i++)
        if (swap_case(other, entry->d_name)) {
            folds = is_same(dir_fd, entry->d_name, other);
            break;
        }
    closedir(dir);
    return folds;
}
