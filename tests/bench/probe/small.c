/*
 * Small files over HTTP/1.1, on epoll: a connection asks for one file at a
 * time, and for the next one as soon as the answer is there. One host has all
 * the connections; of many hosts each has one, for all of its files.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe.h"

enum {
    EVENTS = 256,
    REQUEST = 1024,
};

struct connection {
    int fd;
    SSL *ssl; /* NULL: without TLS */
    struct probe_host *host;
    const struct probe_url *url;
    bool asked; /* the request is sent */
    size_t got;
    char answer[PROBE_ANSWER];
};

struct small {
    struct probe *probe;
    int epoll;
    size_t host;     /* the first that may be chosen */
    size_t per_host; /* connections */
    size_t open;     /* connections */
};

static struct probe_host *next_host(struct small *small)
{
    struct probe_list *list = &small->probe->list;
    for (; small->host < list->host_count; small->host++) {
        struct probe_host *host = &list->hosts[small->host];
        if (host->next < host->end && host->connections < small->per_host)
            return host;
    }
    return NULL;
}

/* Connects to c's host. The first event comes when that is done. */
static void start(struct small *small, struct connection *c)
{
    c->fd = probe_connect(c->host, SOCK_NONBLOCK);
    c->ssl = NULL;
    if (small->probe->tls != NULL)
        c->ssl = probe_tls(small->probe, c->host, c->fd);
    /* On edges: a watch is set once, and need not be changed for reading. */
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET,
                                .data.ptr = c};
    if (epoll_ctl(small->epoll, EPOLL_CTL_ADD, c->fd, &event) < 0)
        probe_die("epoll_ctl");
    small->open++;
}

static void stop(struct small *small, struct connection *c)
{
    SSL_free(c->ssl);
    close(c->fd);
    small->open--;
}

/* Takes the next URL of c's host. @return whether there was one. */
static bool take(struct small *small, struct connection *c)
{
    if (c->host->next == c->host->end)
        return false;
    c->url = &small->probe->list.urls[c->host->next++];
    c->asked = false;
    c->got = 0;
    return true;
}

/* Gives c a host of which URLs are left, if there is any. */
static void move(struct small *small, struct connection *c)
{
    c->host = next_host(small);
    if (c->host == NULL)
        return;
    c->host->connections++;
    take(small, c);
    start(small, c);
}

/* What a call returned: bytes, or 0 if it is to be called again later. */
static size_t progress(const struct connection *c, ssize_t n)
{
    if (n > 0)
        return (size_t)n;
    if (c->ssl != NULL) {
        int why = SSL_get_error(c->ssl, (int)n);
        if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
            return 0;
    } else if (n < 0 && errno == EAGAIN) {
        return 0;
    }
    probe_die(n == 0 ? "a connection that was closed" : c->host->authority);
}

static bool ask(struct connection *c)
{
    char request[REQUEST];
    size_t size = probe_request(request, sizeof(request), c->host, c->url);
    ssize_t n = c->ssl != NULL ? SSL_write(c->ssl, request, (int)size)
                               : send(c->fd, request, size, MSG_NOSIGNAL);
    size_t sent = progress(c, n);
    if (sent != 0 && sent != size)
        probe_die("a request that was sent in part");
    c->asked = sent != 0;
    return c->asked;
}

static size_t receive(struct connection *c)
{
    size_t room = sizeof(c->answer) - c->got;
    if (room == 0)
        probe_die("an answer that is too large");
    ssize_t n = c->ssl != NULL ? SSL_read(c->ssl, c->answer + c->got, (int)room)
                               : recv(c->fd, c->answer + c->got, room, 0);
    size_t got = progress(c, n);
    c->got += got;
    return got;
}

/* Reads what is there. @return whether the answer is whole. */
static bool read_answer(struct connection *c, struct probe_head *head)
{
    while (receive(c) > 0)
        if (probe_head_read(c->answer, c->got, head) &&
            c->got >= head->size + head->body)
            return true;
    return false;
}

static void on_event(struct small *small, struct connection *c)
{
    struct probe_head head;
    if (!c->asked && !ask(c))
        return;
    if (!read_answer(c, &head))
        return;
    if (c->got != head.size + head.body)
        probe_die("an answer that is too long");
    probe_store(small->probe, c->url->name, c->answer + head.size, head.body);
    bool more = take(small, c);
    if (more && !head.closes) {
        ask(c);
        return;
    }
    stop(small, c);
    if (more)
        start(small, c);
    else
        move(small, c);
}

void probe_small(struct probe *probe)
{
    struct small small = {.probe = probe,
                          .epoll = epoll_create1(EPOLL_CLOEXEC)};
    if (small.epoll < 0)
        probe_die("epoll_create1");
    small.per_host = probe->list.host_count == 1 ? probe->flight : 1;
    struct connection *connections =
        probe_alloc(probe->flight, sizeof(*connections));
    for (size_t i = 0; i < probe->flight; i++)
        move(&small, &connections[i]);
    while (small.open > 0) {
        struct epoll_event events[EVENTS];
        int n = epoll_wait(small.epoll, events, EVENTS, PROBE_PATIENCE * 1000);
        if (n <= 0)
            probe_die("epoll_wait, or a server that is silent");
        for (int i = 0; i < n; i++)
            on_event(&small, events[i].data.ptr);
    }
    free(connections);
    close(small.epoll);
}
