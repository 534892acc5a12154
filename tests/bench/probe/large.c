/* Large files: one after the other, over one connection that waits. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe.h"

enum {
    BUFFER = 512 << 10,
    HEAD = 4096,
};

/* Sends the request and reads the answer's head, and nothing behind it. */
static size_t ask(int fd, const struct probe_host *host,
                  const struct probe_url *url)
{
    char text[HEAD];
    struct probe_head head;
    size_t size = probe_request(text, sizeof(text), host, url);
    if (send(fd, text, size, MSG_NOSIGNAL) != (ssize_t)size)
        probe_die(url->path);
    ssize_t n;
    do {
        n = recv(fd, text, sizeof(text), MSG_PEEK);
        if (n <= 0)
            probe_die(url->path);
    } while (!probe_head_read(text, (size_t)n, &head));
    if (recv(fd, text, head.size, 0) != (ssize_t)head.size)
        probe_die(url->path);
    return head.body;
}

/* Moves up to so many bytes from the socket to the file. */
typedef size_t (*move_fn)(void *means, int from, int to, size_t offset,
                          size_t most);

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t copy(void *means, int from, int to, size_t offset, size_t most)
{
    ssize_t n = recv(from, means, smaller(most, BUFFER), 0);
    if (n <= 0 || pwrite(to, means, (size_t)n, (off_t)offset) != n)
        probe_die("recv or pwrite");
    return (size_t)n;
}

static size_t through_pipe(void *means, int from, int to, size_t offset,
                           size_t most)
{
    const int *ends = means;
    loff_t at = (loff_t)offset;
    ssize_t n = splice(from, NULL, ends[1], NULL, smaller(most, BUFFER),
                       SPLICE_F_MOVE | SPLICE_F_MORE);
    if (n <= 0)
        probe_die("splice");
    for (ssize_t left = n; left > 0;) {
        ssize_t moved =
            splice(ends[0], NULL, to, &at, (size_t)left, SPLICE_F_MOVE);
        if (moved <= 0)
            probe_die("splice");
        left -= moved;
    }
    return (size_t)n;
}

static void fetch(struct probe *probe, move_fn move, void *means)
{
    struct probe_host *host = &probe->list.hosts[0];
    if (probe->list.host_count != 1 || probe->tls != NULL)
        probe_die("large files are of one host, without TLS");
    int fd = probe_connect(host, 0);
    for (; host->next < host->end; host->next++) {
        const struct probe_url *url = &probe->list.urls[host->next];
        size_t size = ask(fd, host, url);
        int file = probe_create(probe, url->name);
        for (size_t done = 0; done < size;)
            done += move(means, fd, file, done, size - done);
        probe_publish(probe, url->name, file, size);
    }
    close(fd);
}

void probe_large(struct probe *probe)
{
    void *buffer = probe_alloc(BUFFER, 1);
    fetch(probe, copy, buffer);
    free(buffer);
}

void probe_splice(struct probe *probe)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0 || fcntl(ends[0], F_SETPIPE_SZ, BUFFER) < 0)
        probe_die("pipe2");
    fetch(probe, through_pipe, ends);
    close(ends[0]);
    close(ends[1]);
}
