/*
 * bench_probe WAY FLIGHT LIST DIR [BUNDLE]: fetches LIST into DIR by one of the
 * ways below, FLIGHT at a time, and prints what that took. BUNDLE is of
 * certificates: the server is verified with it, over TLS.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

static const struct way {
    const char *name;
    void (*run)(struct probe *probe);
} ways[] = {
    {"small", probe_small},
    {"h2", probe_h2},
    {"large", probe_large},
    {"splice", probe_splice},
};

void probe_die(const char *what)
{
    fprintf(stderr, "bench_probe: %s (%s)\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

void *probe_alloc(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (memory == NULL)
        probe_die("no memory, or an empty list");
    return memory;
}

static const struct way *find_way(const char *name)
{
    for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
        if (strcmp(ways[i].name, name) == 0)
            return &ways[i];
    probe_die(name);
}

/* One for all connections, so that the bundle is read once. */
static SSL_CTX *new_tls(const char *bundle)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    if (tls == NULL || SSL_CTX_load_verify_file(tls, bundle) != 1)
        probe_die(bundle);
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
    return tls;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv)
{
    double begun = seconds();
    if (argc < 5 || argc > 6) {
        fprintf(stderr, "usage: bench_probe WAY FLIGHT LIST DIR [BUNDLE]\n");
        return 2;
    }
    const struct way *way = find_way(argv[1]);
    struct probe probe = {.flight = strtoul(argv[2], NULL, 10)};
    probe_list_read(&probe.list, argv[3]);
    probe.dir = open(argv[4], O_DIRECTORY | O_PATH | O_CLOEXEC);
    if (probe.dir < 0 || probe.flight == 0)
        probe_die(argv[4]);
    if (argc == 6)
        probe.tls = new_tls(argv[5]);
    way->run(&probe);
    if (probe.files != probe.list.count)
        probe_die("files that are missing");
    printf("%zu files, %" PRIu64 " bytes, %.3f s, %.3f s of CPU\n", probe.files,
           probe.bytes, seconds() - begun, cpu_seconds());
    SSL_CTX_free(probe.tls);
    close(probe.dir);
    probe_list_release(&probe.list);
    return 0;
}
