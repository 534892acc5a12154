#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"

static void part_name(char out[NAME_MAX + 1], const char *name)
{
    static const char part[] = ".part";
    size_t length = strlen(name);
    if (length + sizeof(part) > NAME_MAX + 1)
        probe_die(name);
    memcpy(out, name, length);
    memcpy(out + length, part, sizeof(part));
}

int probe_create(const struct probe *probe, const char *name)
{
    char part[NAME_MAX + 1];
    part_name(part, name);
    int fd =
        openat(probe->dir, part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        probe_die(part);
    return fd;
}

void probe_publish(struct probe *probe, const char *name, int fd, size_t size)
{
    char part[NAME_MAX + 1];
    part_name(part, name);
    if (close(fd) < 0 || renameat(probe->dir, part, probe->dir, name) < 0)
        probe_die(name);
    probe->files++;
    probe->bytes += size;
}

void probe_store(struct probe *probe, const char *name, const char *body,
                 size_t size)
{
    int fd = probe_create(probe, name);
    if (write(fd, body, size) != (ssize_t)size)
        probe_die(name);
    probe_publish(probe, name, fd, size);
}
