/*
 * Files below a root directory, which links cannot lead out of. The directory
 * of a path is opened first, and no part of the path may be a symbolic link.
 * The caller then works on the file by that directory and by the last part of
 * the path alone: openat(place.fd, place.base, …).
 *
 * Directories stay open for a second, so that the files of one directory cost
 * one lookup. After that second the path is looked up again: a
 * file goes into the directory that has the path's name by then, even where
 * somebody has moved the first one away.
 *
 * All calls may be made from many threads at once. They block on the disk.
 */
#ifndef HL_UTIL_BENEATH_H
#define HL_UTIL_BENEATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct hl_beneath;
struct hl_beneath_dir;

struct hl_beneath_options {
    bool keep_dirlinks; /* follow links below the root */
    bool no_openat2;    /* open one component at a time, as on a kernel that
                           has no openat2(2) */
    unsigned most;      /* directories that stay open; 0: a quarter of the
                           open files that are left, up to 4096 */
    uint64_t others;   /* files that the program has open at most beside them */
    uint64_t fresh_ns; /* a directory stays open for so long; 0: a second */
};

/* Where a file is, or will be. */
struct hl_place {
    int fd;                     /* its directory; open until hl_beneath_leave */
    const char *base;           /* its name in there; a part of the path */
    struct hl_beneath_dir *dir; /* NULL: the root */
};

/* root_fd is borrowed until hl_beneath_free(). @return 0 or UV_ENOMEM. */
int hl_beneath_new(struct hl_beneath **out, int root_fd,
                   const struct hl_beneath_options *options);
/* No place may be left. */
void hl_beneath_free(struct hl_beneath *root);
int hl_beneath_root_fd(const struct hl_beneath *root);

/*
 * Opens the directory of path. Each found place is given back by
 * hl_beneath_leave(). @return 0, or a libuv code: UV_ELOOP where path leads
 * through a link, UV_ENOTDIR where it leads through a file, UV_EINVAL for a
 * path that no name below the root has ("/a", "../a", "a/").
 */
int hl_beneath_find(struct hl_beneath *root, const char *path,
                    struct hl_place *out);
/* Makes the directories that are missing as well. */
int hl_beneath_make(struct hl_beneath *root, const char *path,
                    struct hl_place *out);
/* Leaves place, whose directory was removed while it stayed open, and makes
 * the directory again. After a failure there is no place to leave. */
int hl_beneath_make_again(struct hl_beneath *root, const char *path,
                          struct hl_place *place);
void hl_beneath_leave(struct hl_beneath *root, struct hl_place *place);

/* What stands at path, which may be a link itself. @return 0 or a libuv code,
 * as above. */
int hl_beneath_stat(struct hl_beneath *root, const char *path,
                    struct stat *out);
/* Writes why path could not be opened, of which code is the reason: it names
 * the link or the file that stands in the way. */
void hl_beneath_explain(const struct hl_beneath *root, const char *path,
                        int code, char *text, size_t size);

#endif
