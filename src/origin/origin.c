#include "origin/origin.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "origin/answer.h"
#include "util/open_files.h"

enum {
    CONNECTION_MEMORY = 4096,
    CONNECTIONS_MAX = 1000000,
    FILES_SPARE = 64, /* beside connections */
    PATH_SIZE = 4096,
};

static const char *const fault_words[HL_FAULT_COUNT] = {
#define X(name, word) [name] = word,
    HL_FAULT_MAP(X)
#undef X
};

const char *hl_fault_word(int fault)
{
    return fault_words[fault];
}

int hl_fault_by_word(const char *word)
{
    for (int i = 0; i < HL_FAULT_COUNT; i++)
        if (strcmp(fault_words[i], word) == 0)
            return i;
    return -1;
}

static void answer_free(struct hl_answer *answer)
{
    if (answer == NULL)
        return;
    hl_body_close(&answer->body);
    free(answer->path);
    free(answer);
}

static uint64_t delay_ns(const struct hl_origin *origin, const char *path)
{
    const struct hl_origin_options *o = &origin->options;
    uint64_t delay = o->latency_ns;
    if (o->jitter_ns > 0)
        delay += hl_body_hash(path, o->seed + 1000) % (o->jitter_ns + 1);
    return delay;
}

/* Before libmicrohttpd splits the path from its query and decodes both. */
static void *on_mhd_uri(void *arg, const char *uri,
                        struct MHD_Connection *connection)
{
    struct hl_answer *answer = calloc(1, sizeof(*answer));
    if (answer == NULL)
        return NULL;
    answer->origin = arg;
    answer->connection = connection;
    answer->body.fd = -1;
    answer->fault = -1;
    answer->path = strndup(uri, PATH_SIZE);
    if (answer->path == NULL || answer->path[0] != '/') {
        answer_free(answer);
        return NULL;
    }
    return answer;
}

/* NOLINTNEXTLINE(readability-function-size): the library's parameters. */
static enum MHD_Result on_mhd_request(void *arg,
                                      struct MHD_Connection *connection,
                                      const char *url, const char *method,
                                      const char *version, const char *upload,
                                      size_t *upload_size, void **state)
{
    struct hl_answer *answer = *state;
    (void)arg, (void)version, (void)upload;
    /* on_mhd_uri() refused the path, or had no memory. */
    if (answer == NULL)
        return hl_answer_error(connection, url[0] == '/' ? 503 : 400);
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return hl_answer_error(connection, 405);
    *upload_size = 0;
    /* An answer to the first call, before the request's end was looked for,
     * costs the connection: libmicrohttpd closes it. */
    if (!answer->seen) {
        answer->seen = true;
        return MHD_YES;
    }
    uint64_t delay = delay_ns(answer->origin, answer->path);
    if (!answer->waited && delay > 0) {
        answer->waited = true;
        if (hl_waker_suspend(answer->origin->waker, connection,
                             uv_hrtime() + delay) == 0)
            return MHD_YES;
    }
    return hl_answer_send(answer);
}

static void on_mhd_completed(void *arg, struct MHD_Connection *connection,
                             void **state, enum MHD_RequestTerminationCode code)
{
    (void)arg, (void)connection, (void)code;
    answer_free(*state);
    *state = NULL;
}

static unsigned connection_limit(void)
{
    uint64_t most = hl_open_files_most();
    if (most <= 2 * FILES_SPARE)
        return FILES_SPARE;
    return most > CONNECTIONS_MAX ? CONNECTIONS_MAX
                                  : (unsigned)most - FILES_SPARE;
}

static int backlog(void)
{
    int value = SOMAXCONN;
    FILE *file = fopen("/proc/sys/net/core/somaxconn", "re");
    if (file != NULL) {
        if (fscanf(file, "%d", &value) != 1)
            value = SOMAXCONN;
        fclose(file);
    }
    return value;
}

/* A socket, or why there is none: libmicrohttpd 1.0 closes its own twice when
 * the address is taken, and so says EBADF. */
static int listen_at(const char *bind_to, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port)};
    if (inet_pton(AF_INET, bind_to, &address.sin_addr) != 1)
        return UV_EINVAL;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) == 0 &&
        bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
        listen(fd, backlog()) == 0)
        return fd;
    int r = -errno;
    close(fd);
    return r;
}

static int start_daemon(struct hl_origin *origin)
{
    const struct hl_origin_options *o = &origin->options;
    int fd =
        listen_at(o->bind != NULL ? o->bind : "127.0.0.1", (uint16_t)o->port);
    if (fd < 0)
        return fd;
    errno = 0;
    /* The socket is the daemon's, even where that does not start. */
    origin->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
        on_mhd_request, origin, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_URI_LOG_CALLBACK, on_mhd_uri, origin,
        MHD_OPTION_NOTIFY_COMPLETED, on_mhd_completed, origin,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_LIMIT, connection_limit(), MHD_OPTION_END);
    if (origin->daemon == NULL)
        return errno != 0 ? -errno : UV_ENOMEM;
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(origin->daemon, MHD_DAEMON_INFO_BIND_PORT);
    origin->port = info != NULL ? info->port : 0;
    return origin->port != 0 ? 0 : UV_EADDRNOTAVAIL;
}

static int open_files(struct hl_origin *origin)
{
    const struct hl_origin_options *o = &origin->options;
    origin->root_fd = -1;
    origin->log_fd = -1;
    if (o->root != NULL) {
        origin->root_fd = open(o->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (origin->root_fd < 0)
            return -errno;
    }
    if (o->log != NULL) {
        origin->log_fd =
            open(o->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
        if (origin->log_fd < 0)
            return -errno;
    }
    return 0;
}

int hl_origin_start(struct hl_origin **out,
                    const struct hl_origin_options *options)
{
    *out = NULL;
    struct hl_origin *origin = calloc(1, sizeof(*origin));
    if (origin == NULL)
        return UV_ENOMEM;
    origin->options = *options;
    int r = open_files(origin);
    if (r == 0)
        r = hl_waker_start(&origin->waker);
    if (r == 0)
        r = start_daemon(origin);
    if (r < 0) {
        hl_origin_stop(origin);
        return r;
    }
    *out = origin;
    return 0;
}

uint16_t hl_origin_port(const struct hl_origin *origin)
{
    return origin->port;
}

void hl_origin_stop(struct hl_origin *origin)
{
    if (origin == NULL)
        return;
    /* libmicrohttpd stops no daemon with suspended connections. */
    if (origin->waker != NULL)
        hl_waker_release(origin->waker);
    if (origin->daemon != NULL)
        MHD_stop_daemon(origin->daemon);
    hl_waker_free(origin->waker);
    hl_fingerprint_map_release(&origin->struck);
    if (origin->root_fd >= 0)
        close(origin->root_fd);
    if (origin->log_fd >= 0)
        close(origin->log_fd);
    free(origin);
}
