#include "sink/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "util/error.h"
#include "util/io.h"
#include "util/part_file.h"
#include "util/rename.h"
#include "util/text.h"

enum {
    ASIDE_SIZE = 256,
    ASIDES_MAX = 999, /* names that are tried for one file */
    TRIES = 3,        /* while other programs put files there meanwhile */
};

static int rename_over(int dir_fd, const char *from, const char *to)
{
    return renameat(dir_fd, from, dir_fd, to) < 0 ? -errno : 0;
}

/* One publishing. The names are those in the directory dir_fd. */
struct publishing {
    int dir_fd;
    const char *base;
    const char *part;
    const struct hl_publish_rule *rule;
    char aside[ASIDE_SIZE]; /* what base was renamed to; "": it was not */
    bool stays;             /* base had the same bytes, and was kept */
};

/* Renames base to "BASE.local", or "BASE.local.2" and so on. */
static int set_aside(struct publishing *p)
{
    int r = -EEXIST;
    int length = (int)hl_text_fitting(p->base, strlen(p->base),
                                      ASIDE_SIZE - sizeof(".local.999"));
    for (int i = 1; r == -EEXIST && i <= ASIDES_MAX; i++) {
        int n = snprintf(p->aside, ASIDE_SIZE, "%.*s.local", length, p->base);
        if (i > 1)
            (void)snprintf(p->aside + n, ASIDE_SIZE - (size_t)n, ".%d", i);
        r = hl_rename_new(p->dir_fd, p->base, p->dir_fd, p->aside);
    }
    if (r < 0)
        p->aside[0] = '\0';
    return r;
}

/* @return 1, 0, or a code: a file that cannot be looked at is left alone. */
static int is_ours(const struct publishing *p)
{
    struct stat st;
    if (fstatat(p->dir_fd, p->base, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -errno;
    const struct hl_stamp found = hl_stamp_of(&st);
    return S_ISREG(st.st_mode) && hl_stamp_is_like(&p->rule->ours, &found);
}

/* Replaces base where it is as haul wrote it. A base that was changed since is
 * somebody's work: it is renamed first. */
static int replace_ours(struct publishing *p)
{
    int r = -EEXIST;
    for (int i = 0; r == -EEXIST && i < TRIES; i++) {
        int ours = is_ours(p);
        if (ours < 0)
            return ours;
        if (ours == 1)
            return rename_over(p->dir_fd, p->part, p->base);
        r = set_aside(p);
        if (r == 0 || r == -ENOENT)
            r = hl_rename_new(p->dir_fd, p->part, p->dir_fd, p->base);
    }
    return r;
}

static int open_at(int dir_fd, const char *name)
{
    int fd =
        openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

/* @return 1; 0 where base has other bytes, or may not be read; or a code where
 * nobody can tell. */
static int is_same(const struct publishing *p)
{
    int a = open_at(p->dir_fd, p->base);
    int b = open_at(p->dir_fd, p->part);
    int r = a < 0 ? a : b;
    if (r >= 0)
        r = hl_same_bytes(a, b);
    if (a >= 0)
        close(a);
    if (b >= 0)
        close(b);
    return r >= 0 || r == -EIO || hl_is_shortage(r) ? r : 0;
}

/* Replaces whatever is there. A directory, which cannot be, is set aside. */
static int replace(struct publishing *p)
{
    int r = rename_over(p->dir_fd, p->part, p->base);
    if (r != -EISDIR)
        return r;
    r = set_aside(p);
    return r == 0 ? hl_rename_new(p->dir_fd, p->part, p->dir_fd, p->base) : r;
}

/* Does what the rule says where base is there already. */
static int meet(struct publishing *p)
{
    int same = p->rule->keep_same ? is_same(p) : 0;
    if (same < 0)
        return same;
    p->stays = same == 1;
    if (p->stays)
        return unlinkat(p->dir_fd, p->part, 0) < 0 ? -errno : 0;
    if (p->rule->replace)
        return replace(p);
    return p->rule->replace_ours ? replace_ours(p) : UV_EEXIST;
}

/* On NFS the answer to a link that was made may be lost, and the link that the
 * client then tries again finds the first one there. */
static bool is_linked(const struct publishing *p)
{
    struct stat one;
    struct stat other;
    return fstatat(p->dir_fd, p->part, &one, AT_SYMLINK_NOFOLLOW) == 0 &&
           fstatat(p->dir_fd, p->base, &other, AT_SYMLINK_NOFOLLOW) == 0 &&
           one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/* The file is complete under its name, even if the temporary name stays. */
static int link_new(struct publishing *p)
{
    if (linkat(p->dir_fd, p->part, p->dir_fd, p->base, 0) < 0 &&
        (errno != EEXIST || !is_linked(p)))
        return errno == EEXIST ? UV_EEXIST : -errno;
    (void)unlinkat(p->dir_fd, p->part, 0);
    return 0;
}

static int publish(struct publishing *p)
{
    if (p->rule->by_link)
        return link_new(p);
    if (p->rule->replace && !p->rule->keep_same)
        return replace(p);
    int r = hl_rename_new(p->dir_fd, p->part, p->dir_fd, p->base);
    return r == -EEXIST ? meet(p) : r;
}

/* Takes the stamp after the renaming, as that changes ctime. The inode tells
 * whether somebody has put another file there since: then the stamp is that of
 * the part. */
static void take_stamp(const struct publishing *p, const struct stat *part,
                       struct hl_stamp *out)
{
    struct stat st;
    *out = hl_stamp_of(part);
    if (fstatat(p->dir_fd, p->base, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        (p->stays || st.st_ino == part->st_ino))
        *out = hl_stamp_of(&st);
}

/* aside as a name below the root: it is in the same directory as path. NULL
 * where aside is "". */
static char *aside_name(const char *path, const char *aside)
{
    const char *slash = strrchr(path, '/');
    int folder = slash != NULL ? (int)(slash - path) + 1 : 0;
    char *name = NULL;
    if (aside[0] == '\0' || asprintf(&name, "%.*s%s", folder, path, aside) < 0)
        return NULL;
    return name;
}

int hl_publish(struct hl_beneath *root, const char *path, const char *token,
               const struct hl_publish_rule *rule, const struct stat *part_stat,
               struct hl_published *out)
{
    char part[HL_PART_FILE_NAME_SIZE];
    struct hl_place place;
    int r = hl_beneath_find(root, path, &place);
    if (r < 0)
        return r;
    struct publishing publishing = {
        .dir_fd = place.fd,
        .base = place.base,
        .part = part,
        .rule = rule,
    };
    r = hl_part_file_name(part, place.base, token);
    if (r == 0)
        r = publish(&publishing);
    if (r == 0)
        take_stamp(&publishing, part_stat, &out->stamp);
    out->aside = aside_name(path, publishing.aside);
    hl_beneath_leave(root, &place);
    return r;
}
