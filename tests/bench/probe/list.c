#include "list.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probe.h"

struct line {
    char *authority;
    char *path;
    size_t number;
};

static char *read_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        probe_die(path);
    size_t size = (size_t)st.st_size;
    char *text = probe_alloc(size + 1, 1);
    for (size_t got = 0; got < size;) {
        ssize_t n = read(fd, text + got, size - got);
        if (n <= 0)
            probe_die(path);
        got += (size_t)n;
    }
    close(fd);
    return text;
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; (text = strchr(text, '\n')) != NULL; text++)
        lines++;
    return lines;
}

/* Makes strings of the line's parts. @return the next line. */
static char *split(char *text, struct line *line)
{
    char *end = strchr(text, '\n');
    *end = '\0';
    char *authority = strstr(text, "://");
    char *path = authority != NULL ? strchr(authority + 3, '/') : NULL;
    if (path == NULL)
        probe_die("a line that is no URL");
    /* The authority moves down by one byte, which makes room for its end. */
    line->authority = authority + 2;
    memmove(authority + 2, authority + 3, (size_t)(path - authority - 3));
    path[-1] = '\0';
    line->path = path;
    return end + 1;
}

static int by_host(const void *left, const void *right)
{
    const struct line *a = left;
    const struct line *b = right;
    int r = strcmp(a->authority, b->authority);
    return r != 0 ? r : (a->number > b->number) - (a->number < b->number);
}

static void host_init(struct probe_host *host, const char *authority)
{
    const char *colon = strchr(authority, ':');
    size_t length = colon != NULL ? (size_t)(colon - authority) : 0;
    if (length == 0 || length >= sizeof(host->address))
        probe_die("a URL without an address and a port");
    memcpy(host->address, authority, length);
    host->authority = authority;
    host->at.sin_family = AF_INET;
    host->at.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    if (inet_pton(AF_INET, host->address, &host->at.sin_addr) != 1)
        probe_die("a URL without an IPv4 address");
}

/* The host of a line that comes after all lines of the hosts before it. */
static struct probe_host *host_of(struct probe_list *list,
                                  const struct line *line, size_t number)
{
    if (list->host_count > 0) {
        struct probe_host *last = &list->hosts[list->host_count - 1];
        if (strcmp(last->authority, line->authority) == 0)
            return last;
    }
    struct probe_host *host = &list->hosts[list->host_count++];
    host_init(host, line->authority);
    host->next = number;
    return host;
}

void probe_list_read(struct probe_list *list, const char *path)
{
    list->text = read_file(path);
    list->count = count_lines(list->text);
    list->host_count = 0;
    list->urls = probe_alloc(list->count, sizeof(*list->urls));
    list->hosts = probe_alloc(list->count, sizeof(*list->hosts));
    struct line *lines = probe_alloc(list->count, sizeof(*lines));
    char *text = list->text;
    for (size_t i = 0; i < list->count; i++) {
        text = split(text, &lines[i]);
        lines[i].number = i;
    }
    qsort(lines, list->count, sizeof(*lines), by_host);
    for (size_t i = 0; i < list->count; i++) {
        host_of(list, &lines[i], i)->end = i + 1;
        list->urls[i].path = lines[i].path;
        list->urls[i].name = strrchr(lines[i].path, '/') + 1;
    }
    free(lines);
}

void probe_list_release(struct probe_list *list)
{
    free(list->hosts);
    free(list->urls);
    free(list->text);
}
