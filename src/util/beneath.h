/*
 * Files below a root directory, which links cannot lead out of. The directory
 * of a path is opened first, and no part of the path may be a symbolic link.
 * The caller then works on the file by that directory and by the last part of
 * the path alone: openat(place.fd, place.base, …).
 *
 * Directories stay open for a second, so that the files of one directory cost
 * one lookup. After that second the path is looked up again: a file then goes
 * into the directory that has the path's name by then, even if somebody has
 * moved the first directory away.
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
    unsigned most;      /* how many directories stay open; 0: a quarter of
                           the open files that "others" leaves, up to 4096 */
    uint64_t others;    /* how many other files the program has open at most;
                           0: HL_OPEN_FILES_SPARE */
    uint64_t fresh_ns;  /* how long a directory stays open; 0: a second */
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
/* Every place must have been given back. NULL is fine. */
void hl_beneath_free(struct hl_beneath *root);

/*
 * Opens the directory of path. Each found place is given back by
 * hl_beneath_leave(). @return 0, or a libuv code: UV_ELOOP where path leads
 * through a link, UV_ENOTDIR where it leads through a file, UV_EINVAL for a
 * path that no name below the root has ("/a", "../a", "a/").
 */
int hl_beneath_find(struct hl_beneath *root, const char *path,
                    struct hl_place *out);
/* The same, but makes directories that are missing. */
int hl_beneath_make(struct hl_beneath *root, const char *path,
                    struct hl_place *out);
/* For a place whose directory was removed while it was open: gives place back
 * and makes the directory again. After a failure there is nothing to give
 * back. @return as hl_beneath_find(). */
int hl_beneath_make_again(struct hl_beneath *root, const char *path,
                          struct hl_place *place);
/* Gives place back: its descriptor is no longer valid. */
void hl_beneath_leave(struct hl_beneath *root, struct hl_place *place);

/* stat(2) of path; of a link, the link itself. @return 0 or a libuv code, as
 * hl_beneath_find(). */
int hl_beneath_stat(struct hl_beneath *root, const char *path,
                    struct stat *out);
/* Writes into text why path could not be opened. code is the error that the
 * opening gave. The text names the link or the file that is in the way. Blocks
 * on the disk. */
void hl_beneath_explain(const struct hl_beneath *root, const char *path,
                        int code, char *text, size_t size);

#endif
