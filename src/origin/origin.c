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
#include "origin/mhd.h"
#include "util/open_files.h"

enum {
    CONNECTION_MEMORY = 4096,
    CONNECTIONS_MAX = 1000000,
};

struct hl_origin {
    struct MHD_Daemon *daemon;
    struct hl_service service;
    uint16_t port;
};

static unsigned connection_limit(const struct hl_origin_options *o)
{
    uint64_t most = hl_open_files_most();
    if (o->connections > 0)
        return o->connections;
    if (most <= 2 * HL_OPEN_FILES_SPARE)
        return HL_OPEN_FILES_SPARE;
    return most > CONNECTIONS_MAX ? CONNECTIONS_MAX
                                  : (unsigned)most - HL_OPEN_FILES_SPARE;
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

/* Opens the socket, or returns why that failed. libmicrohttpd 1.0 would not
 * say: where the address is taken, it closes its socket twice and reports
 * EBADF. */
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

static int start_daemon(struct hl_origin *origin,
                        const struct hl_origin_options *o)
{
    int fd =
        listen_at(o->bind != NULL ? o->bind : "127.0.0.1", (uint16_t)o->port);
    if (fd < 0)
        return fd;
    errno = 0;
    /* The daemon closes the socket, even where it does not start. */
    origin->daemon = hl_mhd.start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
        hl_answer_on_request, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_URI_LOG_CALLBACK, hl_answer_on_uri, &origin->service,
        MHD_OPTION_NOTIFY_COMPLETED, hl_answer_on_completed, NULL,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_LIMIT, connection_limit(o), MHD_OPTION_END);
    if (origin->daemon == NULL)
        return errno != 0 ? -errno : UV_ENOMEM;
    const union MHD_DaemonInfo *info =
        hl_mhd.get_daemon_info(origin->daemon, MHD_DAEMON_INFO_BIND_PORT);
    origin->port = info != NULL ? info->port : 0;
    return origin->port != 0 ? 0 : UV_EADDRNOTAVAIL;
}

static int open_files(struct hl_service *service,
                      const struct hl_origin_options *o)
{
    if (o->root != NULL) {
        service->root_fd = open(o->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (service->root_fd < 0)
            return -errno;
    }
    if (o->log != NULL) {
        service->log_fd =
            open(o->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
        if (service->log_fd < 0)
            return -errno;
    }
    return 0;
}

static void init_service(struct hl_service *service,
                         const struct hl_origin_options *o)
{
    *service = (struct hl_service){
        .faults = {.times = o->fault_times > 0 ? o->fault_times : 1,
                   .seed = o->seed},
        .latency_ns = o->latency_ns,
        .jitter_ns = o->jitter_ns,
        .bandwidth = o->bandwidth,
        .total = {.bandwidth = o->total_bandwidth},
        .busy_above = o->busy_above,
        .slow_above = o->slow_above,
        .root_fd = -1,
        .log_fd = -1,
    };
    memcpy(service->faults.percent, o->fault_percent, sizeof(o->fault_percent));
}

int hl_origin_start(struct hl_origin **out,
                    const struct hl_origin_options *options)
{
    *out = NULL;
    struct hl_origin *origin = calloc(1, sizeof(*origin));
    if (origin == NULL)
        return UV_ENOMEM;
    struct hl_service *service = &origin->service;
    init_service(service, options);
    int r = hl_mhd_load();
    if (r == 0)
        r = open_files(service, options);
    if (r == 0)
        r = hl_delays_start(&service->waker);
    if (r == 0)
        r = start_daemon(origin, options);
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
    struct hl_service *service = &origin->service;
    /* libmicrohttpd cannot stop a daemon that has suspended connections. */
    if (service->waker != NULL)
        hl_delays_release(service->waker);
    if (origin->daemon != NULL)
        hl_mhd.stop_daemon(origin->daemon);
    hl_delays_free(service->waker);
    hl_faults_release(&service->faults);
    if (service->root_fd >= 0)
        close(service->root_fd);
    if (service->log_fd >= 0)
        close(service->log_fd);
    free(origin);
}
