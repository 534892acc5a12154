#include "support/httpd.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <uv.h>

#include "util/container_of.h"

enum { ROUTES_MAX = 64, HEAD_MAX = 8192, KEPT_MAX = 4 };

enum op { OP_SEND, OP_WAIT, OP_CLOSE, OP_RESET, OP_STALL };

struct step {
    enum op op;
    char *data; /* of a send */
    size_t size;
    bool body;
    unsigned ms;
    struct step *next;
};

struct httpd_reply {
    struct step *first;
    struct step **tail;
};

struct connection {
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_write_t write;
    struct httpd *httpd;
    struct httpd_reply reply;
    int route; /* of the request that is being answered */
    unsigned number;
    unsigned requests;
    char head[HEAD_MAX];
    size_t used;
    unsigned open_handles;
    struct connection *next;
};

struct httpd {
    const struct httpd_route *routes;
    uv_thread_t thread;
    uv_loop_t loop;
    uv_tcp_t listener;
    uv_async_t stop;
    uv_mutex_t lock;
    struct connection *connections;
    unsigned port;
    unsigned connections_made;
    unsigned counts[ROUTES_MAX];
    struct httpd_request last[ROUTES_MAX];
    struct httpd_request kept[ROUTES_MAX][KEPT_MAX];
    uint64_t sent[ROUTES_MAX];
};

unsigned char httpd_byte(uint64_t offset)
{
    return (unsigned char)(offset * 31 + (offset >> 8) * 7 + (offset >> 16));
}

static struct step *add(struct httpd_reply *reply, enum op op)
{
    struct step *step = calloc(1, sizeof(*step));
    assert(step != NULL);
    step->op = op;
    *reply->tail = step;
    reply->tail = &step->next;
    return step;
}

void httpd_text(struct httpd_reply *reply, const char *format, ...)
{
    va_list args;
    struct step *step = add(reply, OP_SEND);
    va_start(args, format);
    int n = vasprintf(&step->data, format, args);
    va_end(args);
    assert(n >= 0);
    step->size = (size_t)n;
}

void httpd_body(struct httpd_reply *reply, uint64_t offset, size_t size)
{
    struct step *step = add(reply, OP_SEND);
    step->data = malloc(size + 1);
    assert(step->data != NULL);
    step->size = size;
    step->body = true;
    for (size_t i = 0; i < size; i++)
        step->data[i] = (char)httpd_byte(offset + i);
}

void httpd_wait(struct httpd_reply *reply, unsigned ms)
{
    add(reply, OP_WAIT)->ms = ms;
}

void httpd_close(struct httpd_reply *reply)
{
    add(reply, OP_CLOSE);
}

void httpd_reset(struct httpd_reply *reply)
{
    add(reply, OP_RESET);
}

void httpd_stall(struct httpd_reply *reply)
{
    add(reply, OP_STALL);
}

static void free_steps(struct httpd_reply *reply)
{
    while (reply->first != NULL) {
        struct step *step = reply->first;
        reply->first = step->next;
        free(step->data);
        free(step);
    }
    reply->tail = &reply->first;
}

static void free_when_closed(struct connection *c)
{
    if (--c->open_handles > 0)
        return;
    for (struct connection **at = &c->httpd->connections; *at != NULL;
         at = &(*at)->next) {
        if (*at == c) {
            *at = c->next;
            break;
        }
    }
    free_steps(&c->reply);
    free(c);
}

static void on_tcp_closed(uv_handle_t *handle)
{
    free_when_closed(container_of(handle, struct connection, tcp));
}

static void on_timer_closed(uv_handle_t *handle)
{
    free_when_closed(container_of(handle, struct connection, timer));
}

static void close_connection(struct connection *c, bool reset)
{
    if (uv_is_closing((uv_handle_t *)&c->tcp))
        return;
    if (reset) {
        uv_os_fd_t fd;
        const struct linger now = {.l_onoff = 1};
        if (uv_fileno((uv_handle_t *)&c->tcp, &fd) == 0)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    }
    uv_close((uv_handle_t *)&c->tcp, on_tcp_closed);
    uv_close((uv_handle_t *)&c->timer, on_timer_closed);
}

static void next_step(struct connection *c);

static void drop_step(struct connection *c)
{
    struct step *step = c->reply.first;
    c->reply.first = step->next;
    if (c->reply.first == NULL)
        c->reply.tail = &c->reply.first;
    free(step->data);
    free(step);
}

static void on_written(uv_write_t *write, int status)
{
    struct connection *c = container_of(write, struct connection, write);
    if (uv_is_closing((uv_handle_t *)&c->tcp))
        return;
    if (status < 0) {
        close_connection(c, false);
        return;
    }
    if (c->reply.first->body) {
        uv_mutex_lock(&c->httpd->lock);
        c->httpd->sent[c->route] += c->reply.first->size;
        uv_mutex_unlock(&c->httpd->lock);
    }
    drop_step(c);
    next_step(c);
}

static void on_timer(uv_timer_t *timer)
{
    struct connection *c = container_of(timer, struct connection, timer);
    drop_step(c);
    next_step(c);
}

static void next_step(struct connection *c)
{
    struct step *step = c->reply.first;
    if (step == NULL)
        return;
    uv_buf_t buf = uv_buf_init(step->data, (unsigned)step->size);
    switch (step->op) {
    case OP_SEND:
        uv_write(&c->write, (uv_stream_t *)&c->tcp, &buf, 1, on_written);
        break;
    case OP_WAIT:
        uv_timer_start(&c->timer, on_timer, step->ms, 0);
        break;
    case OP_CLOSE:
        close_connection(c, false);
        break;
    case OP_RESET:
        close_connection(c, true);
        break;
    case OP_STALL:
        break;
    }
}

static void read_header(const char *head, const char *name, char *out,
                        size_t size)
{
    const char *at = strcasestr(head, name);
    if (at == NULL)
        return;
    at += strlen(name);
    while (*at == ' ')
        at++;
    snprintf(out, size, "%.*s", (int)strcspn(at, "\r\n"), at);
}

/* Whatever the query. */
static int route_of(const struct httpd *httpd, const char *path)
{
    size_t length = strcspn(path, "?");
    for (int i = 0; httpd->routes[i].path != NULL; i++)
        if (strlen(httpd->routes[i].path) == length &&
            strncmp(httpd->routes[i].path, path, length) == 0)
            return i;
    return -1;
}

static void answer(struct connection *c)
{
    char path[1024] = "";
    struct httpd *httpd = c->httpd;
    sscanf(c->head, "%*s %1023s", path);
    int route = route_of(httpd, path);
    if (route < 0) {
        httpd_text(&c->reply,
                   "HTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\nno\n");
        next_step(c);
        return;
    }
    struct httpd_request request = {
        .port = httpd->port,
        .connection = c->number,
        .on_connection = ++c->requests,
        .head = strncmp(c->head, "HEAD ", 5) == 0,
        .authorization = strcasestr(c->head, "\nAuthorization:") != NULL,
        .cookie = strcasestr(c->head, "\nCookie:") != NULL,
        .secret = strcasestr(c->head, "\nX-Secret:") != NULL,
    };
    read_header(c->head, "\nHost:", request.host, sizeof(request.host));
    read_header(c->head, "\nCookie:", request.cookies, sizeof(request.cookies));
    read_header(c->head, "\nRange:", request.range, sizeof(request.range));
    read_header(c->head, "\nIf-Range:", request.if_range,
                sizeof(request.if_range));
    read_header(c->head, "\nIf-None-Match:", request.if_none_match,
                sizeof(request.if_none_match));
    read_header(c->head, "\nIf-Modified-Since:", request.if_modified,
                sizeof(request.if_modified));
    c->route = route;
    uv_mutex_lock(&httpd->lock);
    request.nth = ++httpd->counts[route];
    httpd->last[route] = request;
    if (request.nth <= KEPT_MAX)
        httpd->kept[route][request.nth - 1] = request;
    uv_mutex_unlock(&httpd->lock);
    httpd->routes[route].respond(&c->reply, &request);
    next_step(c);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct connection *c = container_of(handle, struct connection, tcp);
    (void)suggested;
    *buf = uv_buf_init(c->head + c->used, (unsigned)(HEAD_MAX - 1 - c->used));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct connection *c = container_of(stream, struct connection, tcp);
    (void)buf;
    if (n < 0) {
        close_connection(c, false);
        return;
    }
    c->used += (size_t)n;
    c->head[c->used] = '\0';
    if (strstr(c->head, "\r\n\r\n") == NULL)
        return;
    c->used = 0;
    answer(c);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct httpd *httpd = container_of(listener, struct httpd, listener);
    if (status < 0)
        return;
    struct connection *c = calloc(1, sizeof(*c));
    assert(c != NULL);
    c->httpd = httpd;
    c->number = ++httpd->connections_made;
    c->reply.tail = &c->reply.first;
    c->open_handles = 2;
    c->next = httpd->connections;
    httpd->connections = c;
    uv_tcp_init(&httpd->loop, &c->tcp);
    uv_timer_init(&httpd->loop, &c->timer);
    if (uv_accept(listener, (uv_stream_t *)&c->tcp) < 0) {
        close_connection(c, false);
        return;
    }
    uv_tcp_nodelay(&c->tcp, 1);
    uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read);
}

static void on_stop(uv_async_t *stop)
{
    struct httpd *httpd = container_of(stop, struct httpd, stop);
    for (struct connection *c = httpd->connections; c != NULL; c = c->next)
        close_connection(c, false);
    uv_close((uv_handle_t *)&httpd->listener, NULL);
    uv_close((uv_handle_t *)stop, NULL);
}

static void run(void *arg)
{
    struct httpd *httpd = arg;
    uv_run(&httpd->loop, UV_RUN_DEFAULT);
}

struct httpd *httpd_start(const struct httpd_route *routes)
{
    struct sockaddr_in address;
    struct sockaddr_storage bound;
    int length = sizeof(bound);
    struct httpd *httpd = calloc(1, sizeof(*httpd));
    assert(httpd != NULL);
    httpd->routes = routes;
    uv_mutex_init(&httpd->lock);
    uv_loop_init(&httpd->loop);
    uv_async_init(&httpd->loop, &httpd->stop, on_stop);
    uv_tcp_init(&httpd->loop, &httpd->listener);
    uv_ip4_addr("0.0.0.0", 0, &address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    uv_tcp_bind(&httpd->listener, (const struct sockaddr *)&address, 0);
    int r = uv_listen((uv_stream_t *)&httpd->listener, 511, on_connection);
    assert(r == 0);
    (void)r;
    uv_tcp_getsockname(&httpd->listener, (struct sockaddr *)&bound, &length);
    httpd->port = ntohs(((struct sockaddr_in *)&bound)->sin_port);
    uv_thread_create(&httpd->thread, run, httpd);
    return httpd;
}

void httpd_stop(struct httpd *httpd)
{
    uv_async_send(&httpd->stop);
    uv_thread_join(&httpd->thread);
    uv_loop_close(&httpd->loop);
    uv_mutex_destroy(&httpd->lock);
    free(httpd);
}

unsigned httpd_port(const struct httpd *httpd)
{
    return httpd->port;
}

unsigned httpd_requests(struct httpd *httpd, const char *path,
                        struct httpd_request *last)
{
    int route = route_of(httpd, path);
    assert(route >= 0);
    uv_mutex_lock(&httpd->lock);
    unsigned count = httpd->counts[route];
    if (last != NULL)
        *last = httpd->last[route];
    uv_mutex_unlock(&httpd->lock);
    return count;
}

void httpd_nth(struct httpd *httpd, const char *path, unsigned nth,
               struct httpd_request *out)
{
    int route = route_of(httpd, path);
    assert(route >= 0 && nth >= 1 && nth <= KEPT_MAX);
    uv_mutex_lock(&httpd->lock);
    *out = httpd->kept[route][nth - 1];
    uv_mutex_unlock(&httpd->lock);
}

uint64_t httpd_sent(struct httpd *httpd, const char *path)
{
    int route = route_of(httpd, path);
    assert(route >= 0);
    uv_mutex_lock(&httpd->lock);
    uint64_t sent = httpd->sent[route];
    uv_mutex_unlock(&httpd->lock);
    return sent;
}

void httpd_forget(struct httpd *httpd)
{
    uv_mutex_lock(&httpd->lock);
    memset(httpd->sent, 0, sizeof(httpd->sent));
    memset(httpd->counts, 0, sizeof(httpd->counts));
    memset(httpd->last, 0, sizeof(httpd->last));
    memset(httpd->kept, 0, sizeof(httpd->kept));
    uv_mutex_unlock(&httpd->lock);
}
