#include "run/resources.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "modes/traits.h"
#include "util/file.h"
#include "util/io.h"
#include "util/mkdirs.h"

#define HAUL_DIR ".haul"

static bool is_in_haul(const char *path)
{
    for (size_t length; *path != '\0'; path += length) {
        path += strspn(path, "/");
        length = strcspn(path, "/");
        if (length == strlen(HAUL_DIR) &&
            strncasecmp(path, HAUL_DIR, length) == 0)
            return true;
    }
    return false;
}

/* Files of a run in .haul could replace the journal of the directory above. */
static int check_place(int dir_fd)
{
    char link[32];
    char path[PATH_MAX];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", dir_fd);
    ssize_t length = readlink(link, path, sizeof(path) - 1);
    if (length <= 0)
        return 0;
    path[length] = '\0';
    return is_in_haul(path) ? HAUL_ENESTED : 0;
}

static int open_dir(struct hl_shared *shared)
{
    const struct haul_options *o = shared->options;
    if (is_in_haul(o->dir))
        return HAUL_ENESTED;
    int r = hl_mkdirs(o->dir);
    if (r < 0)
        return r;
    shared->dir_fd = open(o->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (shared->dir_fd < 0)
        return -errno;
    r = check_place(shared->dir_fd);
    if (r < 0)
        return r;
    if (faccessat(shared->dir_fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
        return -errno;
    const struct hl_beneath_options beneath = {
        .keep_dirlinks = o->keep_dirlinks,
        .others = hl_file_budget_beside_dirs(&shared->files),
    };
    return hl_beneath_new(&shared->root, shared->dir_fd, &beneath);
}

/* The bucket lies in memory that worker processes map too. */
static int open_rate(struct hl_shared *shared)
{
    uint64_t rate = shared->options->limit_rate;
    if (rate == 0)
        return 0;
    int fd = memfd_create("haul-rate", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    shared->rate_fd = fd;
    if (ftruncate(fd, sizeof(struct hl_bucket)) < 0)
        return -errno;
    void *memory = mmap(NULL, sizeof(struct hl_bucket), PROT_READ | PROT_WRITE,
                        MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return -errno;
    shared->rate = memory;
    hl_bucket_init(shared->rate, rate);
    return 0;
}

/* The body that each request sends lies in memory that worker processes map
 * too. The options lend it for the opening only. */
static int open_body(struct hl_shared *shared)
{
    const struct haul_options *o = shared->options;
    if (o->data_size == 0)
        return 0;
    shared->body_fd = memfd_create("haul-body", MFD_CLOEXEC);
    if (shared->body_fd < 0)
        return -errno;
    int r = hl_pwrite_all(shared->body_fd, o->data, o->data_size, 0);
    return r == 0 ? hl_map_shared(&shared->body, shared->body_fd, o->data_size)
                  : r;
}

int hl_resources_open(struct hl_resources *resources,
                      const struct haul_options *options)
{
    bool has_dir = options->output_fd == 0;
    struct hl_shared *shared = &resources->shared;
    *shared = (struct hl_shared){
        .options = options,
        .incoming = &resources->incoming,
        .short_ns = &resources->short_ns,
        .connections = &resources->connections,
        .files = hl_mode_files(options),
        .dir_fd = -1,
        .rate_fd = -1,
        .lock_fd = -1,
        .body_fd = -1,
    };
    int r = has_dir ? open_dir(shared) : 0;
    if (r < 0)
        return r;
    resources->dir_is_new = !has_dir || hl_file_is_empty_dir(shared->dir_fd);
    r = open_rate(shared);
    return r == 0 ? open_body(shared) : r;
}

void hl_resources_close(struct hl_resources *resources)
{
    struct hl_shared *shared = &resources->shared;
    if (shared->rate != NULL)
        munmap(shared->rate, sizeof(*shared->rate));
    if (shared->rate_fd >= 0)
        close(shared->rate_fd);
    hl_unmap_shared(shared->body, shared->options->data_size);
    if (shared->body_fd >= 0)
        close(shared->body_fd);
    hl_beneath_free(shared->root);
    if (shared->dir_fd >= 0)
        close(shared->dir_fd);
}
