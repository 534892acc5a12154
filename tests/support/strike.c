/*
 * Preloaded into haul, and into nginx, by tests/chaos: at the n-th step of a
 * kind, something befalls the process. Steps are counted over all processes of
 * a run, so that the same plan strikes at the same count.
 *
 *     STRIKE_PLAN    STEP:N:WHEN:WHAT, with commas between them
 *     STRIKE_COUNTS  a file of COUNTERS * 8 zero bytes, in which steps are
 *                    counted
 *     STRIKE_LOG     a file that each strike is appended to as a line
 *
 * STEP is one of haul's:
 *     record         a record of the journal is written, of any kind
 *     claim part done failed run mark     of this kind
 *     open           a temporary file is made
 *     body           bytes are written to it
 *     publish        it gets the file's name
 *     remove         it is removed
 *     anew-open anew-write anew-sync anew-name   the journal is written anew
 * or one of nginx's:
 *     sent           it has written to a connection
 *     logged         a request is over, and is written to its log
 * WHEN is before, after, or half: half-way through the bytes.
 * WHAT is
 *     kill           SIGKILL for this process
 *     group          for its process group
 *     parent         for its parent, of a worker; else for itself
 *     stop           SIGSTOP for this process
 *     reload, term   SIGHUP or SIGTERM for its parent
 *     stranger       somebody puts a file of the same length, all x, under the
 *                    name that is about to be given
 */
#include "preload.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum step {
    RECORD,
    CLAIM,
    PART,
    DONE,
    FAILED,
    RUN,
    MARK,
    OPEN,
    BODY,
    PUBLISH,
    REMOVE,
    ANEW_OPEN,
    ANEW_WRITE,
    ANEW_SYNC,
    ANEW_NAME,
    SENT,
    LOGGED,
    STEPS,
};

static const char *const step_words[STEPS] = {
    "record",     "claim",     "part",      "done",    "failed", "run",
    "mark",       "open",      "body",      "publish", "remove", "anew-open",
    "anew-write", "anew-sync", "anew-name", "sent",    "logged",
};
/* Records of the journal by their first letter, from CLAIM on. */
static const char kinds[] = "cpdfHS";

enum { STRIKES_MAX = 32, COUNTERS = 32, WORD = 16 };

struct strike {
    enum step step;
    uint64_t n;
    char when[WORD];
    char what[WORD];
};

static struct strike plan[STRIKES_MAX];
static unsigned strikes;
static _Atomic uint64_t *counts;
static bool is_worker;
static char log_path[PATH_MAX]; /* nginx drops its environment */

static void read_plan(const char *text)
{
    char step[WORD];
    while (text != NULL && *text != '\0' && strikes < STRIKES_MAX) {
        struct strike *s = &plan[strikes];
        unsigned long long n;
        if (sscanf(text, "%15[^:]:%llu:%15[^:]:%15[^,]", step, &n, s->when,
                   s->what) != 4)
            abort();
        s->n = n;
        s->step = 0;
        while (s->step < STEPS && strcmp(step_words[s->step], step) != 0)
            s->step++;
        if (s->step == STEPS)
            abort();
        strikes++;
        text = strchr(text, ',');
        text += text != NULL;
    }
}

__attribute__((constructor)) static void begin(int argc, char **argv)
{
    const char *path = getenv("STRIKE_COUNTS");
    is_worker = argc > 1 && strcmp(argv[1], "--worker") == 0;
    read_plan(getenv("STRIKE_PLAN"));
    if (getenv("STRIKE_LOG") != NULL)
        snprintf(log_path, sizeof(log_path), "%s", getenv("STRIKE_LOG"));
    int fd = path != NULL
                 ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC)
                 : -1;
    if (fd < 0)
        return;
    void *at = mmap(NULL, COUNTERS * sizeof(*counts), PROT_READ | PROT_WRITE,
                    MAP_SHARED, fd, 0);
    counts = at != MAP_FAILED ? at : NULL;
    syscall(SYS_close, fd);
}

/* A line of the log is a single write, so it is there whatever comes next. */
static void note(const char *what, const char *where)
{
    char line[2 * PATH_MAX];
    int n = snprintf(line, sizeof(line), "%s\t%s\n", what, where);
    int fd = log_path[0] != '\0'
                 ? (int)syscall(SYS_openat, AT_FDCWD, log_path,
                                O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)
                 : -1;
    if (fd < 0)
        return;
    (void)!syscall(SYS_write, fd, line, (size_t)n);
    syscall(SYS_close, fd);
}

/* A step that is about to be taken. @return the strike that is due at it. */
static const struct strike *count(enum step step)
{
    if (counts == NULL)
        return NULL;
    uint64_t n = atomic_fetch_add(&counts[step], 1) + 1;
    for (unsigned i = 0; i < strikes; i++)
        if (plan[i].step == step && plan[i].n == n)
            return &plan[i];
    return NULL;
}

static void happen(const struct strike *s)
{
    int saved = errno;
    char where[64];
    snprintf(where, sizeof(where), "%s:%llu:%s", step_words[s->step],
             (unsigned long long)s->n, s->when);
    note(s->what, where);
    if (strcmp(s->what, "group") == 0)
        kill(0, SIGKILL);
    else if (strcmp(s->what, "parent") == 0)
        kill(is_worker ? getppid() : getpid(), SIGKILL);
    else if (strcmp(s->what, "reload") == 0)
        kill(getppid(), SIGHUP);
    else if (strcmp(s->what, "term") == 0)
        kill(getppid(), SIGTERM);
    else
        raise(strcmp(s->what, "stop") == 0 ? SIGSTOP : SIGKILL);
    errno = saved;
}

static void at(const struct strike *s, const char *when)
{
    if (s != NULL && strcmp(s->when, when) == 0 &&
        strcmp(s->what, "stranger") != 0)
        happen(s);
}

static bool ends_with(const char *text, const char *end)
{
    size_t a = strlen(text);
    size_t b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

static bool is_part(const char *name)
{
    return ends_with(name, ".part");
}

static void path_of(int fd, char out[PATH_MAX])
{
    char link[64];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, out, PATH_MAX - 1);
    out[n > 0 ? n : 0] = '\0';
}

/* One of the records in a write of several. */
struct hit {
    const struct strike *strike;
    size_t half; /* bytes before the middle of its record */
};

static const struct strike *count_record(char kind)
{
    const char *at = strchr(kinds, kind);
    const struct strike *any = count(RECORD);
    const struct strike *one = at != NULL && kind != '\0'
                                   ? count(CLAIM + (enum step)(at - kinds))
                                   : NULL;
    return any != NULL ? any : one;
}

/* Counts all records; the first that is due counts. */
static struct hit count_records(const char *data, size_t size)
{
    struct hit hit = {.strike = NULL};
    for (size_t from = 0; from < size;) {
        const char *end = memchr(data + from, '\n', size - from);
        size_t to = end != NULL ? (size_t)(end - data) + 1 : size;
        const struct strike *s = count_record(data[from]);
        if (s != NULL && hit.strike == NULL)
            hit = (struct hit){.strike = s, .half = (from + to) / 2};
        from = to;
    }
    return hit;
}

static struct hit hit_of(int fd, const void *data, size_t size)
{
    char path[PATH_MAX];
    if (counts == NULL || strikes == 0)
        return (struct hit){.strike = NULL};
    path_of(fd, path);
    if (ends_with(path, "/.haul/journal"))
        return count_records(data, size);
    if (ends_with(path, "/.haul/journal.new"))
        return (struct hit){.strike = count(ANEW_WRITE), .half = size / 2};
    if (is_part(path))
        return (struct hit){.strike = count(BODY), .half = size / 2};
    return (struct hit){.strike = NULL};
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    struct hit hit = hit_of(fd, data, size);
    at(hit.strike, "before");
    if (hit.strike != NULL && strcmp(hit.strike->when, "half") == 0) {
        ssize_t n = NEXT(pwrite)(fd, data, hit.half, offset);
        happen(hit.strike);
        return n;
    }
    ssize_t n = NEXT(pwrite)(fd, data, size, offset);
    at(hit.strike, "after");
    return n;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset)
{
    return pwrite(fd, data, size, offset);
}

static const struct strike *count_open(const char *path, int flags)
{
    if ((flags & O_CREAT) == 0)
        return NULL;
    if (is_part(path))
        return count(OPEN);
    return strcmp(path, "journal.new") == 0 ? count(ANEW_OPEN) : NULL;
}

int openat(int dir_fd, const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode =
        (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    const struct strike *s = count_open(path, flags);
    at(s, "before");
    int fd = NEXT(openat)(dir_fd, path, flags, mode);
    at(s, "after");
    return fd;
}

int openat64(int dir_fd, const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode =
        (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return openat(dir_fd, path, flags, mode);
}

int fsync(int fd)
{
    char path[PATH_MAX];
    path_of(fd, path);
    const struct strike *s =
        ends_with(path, "/.haul/journal.new") ? count(ANEW_SYNC) : NULL;
    at(s, "before");
    int r = NEXT(fsync)(fd);
    at(s, "after");
    return r;
}

static void fill(int fd, off_t size)
{
    char block[4096];
    memset(block, 'x', sizeof(block));
    while (size > 0) {
        size_t n = size < (off_t)sizeof(block) ? (size_t)size : sizeof(block);
        if (syscall(SYS_write, fd, block, n) != (long)n)
            return;
        size -= (off_t)n;
    }
}

/* Puts a file of the part's length where the part is to go. It is there at once
 * and whole, as nobody knows when the next strike comes. */
static void put_stranger(int from_fd, const char *from, int to_fd,
                         const char *to)
{
    char where[PATH_MAX];
    char path[PATH_MAX + NAME_MAX + 32];
    struct stat st;
    /* An empty file is like any other, so nobody could tell whose it is. */
    if (fstatat(from_fd, from, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_size == 0)
        return;
    int fd = (int)syscall(SYS_openat, to_fd, ".",
                          O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    fill(fd, st.st_size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    bool stands =
        syscall(SYS_linkat, AT_FDCWD, path, to_fd, to, AT_SYMLINK_FOLLOW) == 0;
    syscall(SYS_close, fd);
    if (!stands)
        return;
    path_of(to_fd, where);
    snprintf(path, sizeof(path), "%s/%s\t%lld", where, to,
             (long long)st.st_size);
    note("stranger", path);
}

static const struct strike *count_name(int from_fd, const char *from, int to_fd,
                                       const char *to)
{
    if (strcmp(from, "journal.new") == 0)
        return count(ANEW_NAME);
    if (!is_part(from))
        return NULL;
    const struct strike *s = count(PUBLISH);
    if (s != NULL && strcmp(s->what, "stranger") == 0)
        put_stranger(from_fd, from, to_fd, to);
    return s;
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    const struct strike *s = count_name(from_fd, from, to_fd, to);
    at(s, "before");
    int r = NEXT(renameat)(from_fd, from, to_fd, to);
    at(s, "after");
    return r;
}

long syscall(long number, ...)
{
    SYSCALL_ARGUMENTS(a, number);
    const struct strike *s = number == SYS_renameat2
                                 ? count_name((int)a[0], (const char *)a[1],
                                              (int)a[2], (const char *)a[3])
                                 : NULL;
    at(s, "before");
    long r = NEXT_SYSCALL(a, number);
    at(s, "after");
    return r;
}

int unlinkat(int fd, const char *path, int flags)
{
    const struct strike *s = is_part(path) ? count(REMOVE) : NULL;
    at(s, "before");
    int r = NEXT(unlinkat)(fd, path, flags);
    at(s, "after");
    return r;
}

/* What nginx calls. */

ssize_t writev(int fd, const struct iovec *pieces, int number)
{
    const struct strike *s = count(SENT);
    at(s, "before");
    ssize_t n = NEXT(writev)(fd, pieces, number);
    at(s, "after");
    return n;
}

int SSL_write(void *ssl, const void *data, int size);
int SSL_write(void *ssl, const void *data, int size)
{
    const struct strike *s = count(SENT);
    at(s, "before");
    int n = NEXT(SSL_write)(ssl, data, size);
    at(s, "after");
    return n;
}

ssize_t write(int fd, const void *data, size_t size)
{
    char path[PATH_MAX] = "";
    if (counts != NULL && strikes > 0)
        path_of(fd, path);
    const struct strike *s =
        ends_with(path, "/access.log") ? count(LOGGED) : NULL;
    at(s, "before");
    ssize_t n = NEXT(write)(fd, data, size);
    at(s, "after");
    return n;
}
