#include "nth.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { OBJECTS_MAX = 128, NOBODY = -1, ERRNO_LAST = EHWPOISON };

/* The file of counts, which all processes of a run share. tests/torture/nth.py
 * reads it. */
struct row {
    char name[32];
    _Atomic uint64_t parent, worker;
};

struct counts {
    _Atomic uint64_t matched, struck;
    struct row rows[NTH_CALL_COUNT];
};

/* Where the code of a library lies, and the call that its allocations are. */
struct object {
    uintptr_t begin, end;
    int alloc;
};

#define NTH_NAME(name) #name,
static const char *const names[] = {NTH_CALLS(NTH_NAME)};
#undef NTH_NAME

static const struct {
    const char *part_of_name;
    int alloc;
} libraries[] = {
    {"libcurl", NTH_alloc_curl}, {"libuv", NTH_alloc_uv},
    {"libssl", NTH_alloc_ssl},   {"libcrypto", NTH_alloc_ssl},
    {"/libc.", NTH_alloc_libc},  {"ld-linux", NOBODY},
    {"libasan", NOBODY},         {"libubsan", NOBODY},
    {"libtsan", NOBODY},         {"linux-vdso", NOBODY},
    {"lib", NTH_alloc_other},
};

static struct {
    bool on; /* the rest is set */
    bool is_worker;
    bool wanted[NTH_CALL_COUNT];
    bool in_parent, in_worker;
    bool shorten, after;
    int error, signal;
    uint64_t at, times;
    const char *path;
    const char *log;
    struct counts *counts;
} nth;

static struct object objects[OBJECTS_MAX];
static size_t object_count;
static struct counts own_counts;
static _Thread_local bool is_suspended;
/* libc's: nth.c has one of that name. */
static long (*next_syscall)(long number, ...);

static int alloc_of(const char *library)
{
    for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++)
        if (strstr(library, libraries[i].part_of_name) != NULL)
            return libraries[i].alloc;
    return NTH_alloc;
}

static int add_object(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size, (void)arg;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || (part->p_flags & PF_X) == 0 ||
            object_count == OBJECTS_MAX)
            continue;
        uintptr_t begin = info->dlpi_addr + part->p_vaddr;
        objects[object_count++] = (struct object){begin, begin + part->p_memsz,
                                                  alloc_of(info->dlpi_name)};
    }
    return 0;
}

/* The call that an allocation from there is, or NOBODY. */
static int alloc_from(const void *caller)
{
    uintptr_t address = (uintptr_t)caller;
    for (size_t i = 0; i < object_count; i++)
        if (address >= objects[i].begin && address < objects[i].end)
            return objects[i].alloc;
    return NOBODY;
}

/* A setting that is wrong would make a test that tests nothing. */
static void refuse(const char *name, const char *value)
{
    char line[256];
    int size = snprintf(line, sizeof(line), "nth.c: %s: %s\n", name, value);
    next_syscall(SYS_write, STDERR_FILENO, line, (size_t)size);
    _exit(126);
}

static void choose_calls(const char *list)
{
    for (size_t length; *list != '\0'; list += length + (list[length] == ',')) {
        bool any = false;
        length = strcspn(list, ",");
        for (int i = 0; i < NTH_CALL_COUNT; i++) {
            if (strlen(names[i]) == length &&
                strncmp(names[i], list, length) == 0)
                any = nth.wanted[i] = true;
        }
        if (!any)
            refuse("NTH_CALL", list);
    }
}

static int error_of(const char *name)
{
    for (int number = 1; number <= ERRNO_LAST; number++) {
        const char *other = strerrorname_np(number);
        if (other != NULL && strcmp(other, name) == 0)
            return number;
    }
    refuse("NTH_ERRNO", name);
    return 0;
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *value = getenv(name);
    return value != NULL ? strtoull(value, NULL, 10) : otherwise;
}

static struct counts *counts_in(const char *path)
{
    int fd = (int)next_syscall(SYS_openat, AT_FDCWD, path,
                               O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || next_syscall(SYS_ftruncate, fd, sizeof(struct counts)) < 0)
        refuse("NTH_COUNTS", path);
    long at = next_syscall(SYS_mmap, NULL, sizeof(struct counts),
                           PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == -1)
        refuse("NTH_COUNTS", path);
    next_syscall(SYS_close, fd);
    return (struct counts *)at;
}

static void read_settings(void)
{
    const char *calls = getenv("NTH_CALL");
    const char *error = getenv("NTH_ERRNO");
    const char *who = getenv("NTH_WHO");
    const char *file = getenv("NTH_COUNTS");
    nth.in_parent = who == NULL || strcmp(who, "worker") != 0;
    nth.in_worker = who == NULL || strcmp(who, "parent") != 0;
    nth.path = getenv("NTH_PATH");
    nth.log = getenv("NTH_LOG");
    nth.at = number_of("NTH_AT", 0);
    nth.times = number_of("NTH_TIMES", 1);
    nth.signal = (int)number_of("NTH_SIGNAL", 0);
    nth.shorten = getenv("NTH_SHORT") != NULL;
    nth.after = getenv("NTH_AFTER") != NULL;
    nth.error = error != NULL ? error_of(error) : EIO;
    choose_calls(calls != NULL ? calls : "");
    nth.counts = file != NULL ? counts_in(file) : &own_counts;
    for (int i = 0; i < NTH_CALL_COUNT; i++)
        strcpy(nth.counts->rows[i].name, names[i]);
}

__attribute__((constructor)) static void begin(int argc, char **argv)
{
    next_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    dl_iterate_phdr(add_object, NULL);
    /* --worker and --compare-row: what haul starts itself as. */
    nth.is_worker = argc > 1 && strncmp(argv[1], "--", 2) == 0;
    read_settings();
    nth.on = true;
}

/* The path of a descriptor, as /proc has it: that of a socket is "socket:[1]".
 */
static void path_of(char out[PATH_MAX], int fd)
{
    char link[64];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, out, PATH_MAX - 1);
    out[size < 0 ? 0 : size] = '\0';
}

static void whole_path(char out[PATH_MAX], int dir_fd, const char *path)
{
    out[0] = '\0';
    if (dir_fd == AT_FDCWD && path[0] != '/')
        next_syscall(SYS_getcwd, out, PATH_MAX);
    else if (path[0] != '/')
        path_of(out, dir_fd);
    size_t used = strlen(out);
    snprintf(out + used, PATH_MAX - used, "%s%s", used > 0 ? "/" : "", path);
}

/* What a call is on: a descriptor, a name below a directory, nothing, or the
 * code that asks for memory. */
struct subject {
    int fd; /* or of the directory; -1: none */
    const char *name;
    const void *caller;
};

static void path_of_subject(char out[PATH_MAX], const struct subject *subject)
{
    out[0] = '\0';
    if (subject->name != NULL)
        whole_path(out, subject->fd, subject->name);
    else if (subject->fd >= 0)
        path_of(out, subject->fd);
}

static void tell(enum nth_call call, uint64_t n, const struct subject *subject)
{
    char path[PATH_MAX];
    char line[PATH_MAX + 200];
    Dl_info where = {0};
    if (nth.log == NULL)
        return;
    path_of_subject(path, subject);
    if (subject->caller != NULL)
        dladdr(subject->caller, &where);
    int size = snprintf(line, sizeof(line), "%s %s %llu %s%s+0x%lx\n",
                        nth.is_worker ? "worker" : "parent", names[call],
                        (unsigned long long)n, path,
                        where.dli_fname != NULL ? where.dli_fname : " ",
                        (unsigned long)((uintptr_t)subject->caller -
                                        (uintptr_t)where.dli_fbase));
    int fd = (int)next_syscall(SYS_openat, AT_FDCWD, nth.log,
                               O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    next_syscall(SYS_write, fd, line, (size_t)size);
    next_syscall(SYS_close, fd);
}

static void raise_signal(void)
{
    next_syscall(SYS_kill, next_syscall(SYS_getpid), nth.signal);
}

static enum nth_fate strike(enum nth_call call, uint64_t n,
                            const struct subject *subject)
{
    atomic_fetch_add(&nth.counts->struck, 1);
    tell(call, n, subject);
    if (nth.after)
        return NTH_AFTER;
    if (nth.signal != 0) {
        raise_signal();
        return NTH_GO;
    }
    return nth.shorten ? NTH_SHORT : NTH_FAIL;
}

static bool is_named(const struct subject *subject)
{
    char path[PATH_MAX];
    if (nth.path == NULL)
        return true;
    path_of_subject(path, subject);
    return strstr(path, nth.path) != NULL;
}

static enum nth_fate count(int call, const struct subject *subject)
{
    if (!nth.on || is_suspended || call == NOBODY || !is_named(subject))
        return NTH_GO;
    struct row *row = &nth.counts->rows[call];
    atomic_fetch_add(nth.is_worker ? &row->worker : &row->parent, 1);
    if (!nth.wanted[call] || !(nth.is_worker ? nth.in_worker : nth.in_parent))
        return NTH_GO;
    uint64_t n = atomic_fetch_add(&nth.counts->matched, 1) + 1;
    bool strikes =
        nth.at > 0 && n >= nth.at && (nth.times == 0 || n - nth.at < nth.times);
    return strikes ? strike((enum nth_call)call, n, subject) : NTH_GO;
}

enum nth_fate nth_on_path(enum nth_call call, int dir_fd, const char *name,
                          const void *caller)
{
    int saved = errno;
    enum nth_fate fate =
        count(alloc_from(caller) == NOBODY ? NOBODY : (int)call,
              &(struct subject){.fd = dir_fd, .name = name, .caller = caller});
    errno = saved;
    return fate;
}

enum nth_fate nth_on_fd(enum nth_call call, int fd, const void *caller)
{
    return nth_on_path(call, fd, NULL, caller);
}

enum nth_fate nth_on(enum nth_call call, const void *caller)
{
    return nth_on_path(call, -1, NULL, caller);
}

enum nth_fate nth_on_alloc(const void *caller)
{
    return count(alloc_from(caller),
                 &(struct subject){.fd = -1, .caller = caller});
}

void nth_suspend(bool suspended)
{
    is_suspended = suspended;
}

bool nth_after(void)
{
    if (nth.signal != 0)
        raise_signal();
    return nth.signal == 0;
}

int nth_errno(void)
{
    return nth.error;
}

bool nth_is_haul(const void *caller)
{
    return nth.on && alloc_from(caller) == NTH_alloc;
}
