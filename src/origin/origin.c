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
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "origin/body.h"
#include "origin/waker.h"
#include "util/prints.h"

enum {
    CONNECTION_MEMORY = 4096,
    FILES_SPARE = 64,
    BLOCK_SIZE = 32 * 1024,
    SLOW_BANDWIDTH = 1000,
    PATH_SIZE = 4096,
    TICK_NS = 20 * 1000 * 1000, /* how often a bounded body gets its share */
};

struct hl_origin {
    struct MHD_Daemon *daemon;
    struct hl_waker *waker;
    struct hl_origin_options options;
    struct hl_prints struck; /* path hash: times a fault has struck; on the
                                daemon's thread only */
    int root_fd;
    uint16_t port;
};

/* One request, from its head to its end. Owned by the connection. */
struct answer {
    struct hl_origin *origin;
    struct MHD_Connection *connection;
    char *path; /* with the query */
    bool waited;
    int fault; /* enum hl_fault, or -1 */
    struct hl_body body;
    uint64_t first; /* offset of the first byte that is sent */
    uint64_t size;  /* bytes that are announced */
    uint64_t end;   /* bytes that are sent before the fault; size without */
    uint64_t bandwidth;
    uint64_t begun_ns; /* of the body */
};

static const char *const fault_words[HL_FAULT_COUNT] = {
#define X(name, word) [name] = word,
    HL_FAULT_MAP(X)
#undef X
};

int hl_fault_by_word(const char *word)
{
    for (int i = 0; i < HL_FAULT_COUNT; i++)
        if (strcmp(fault_words[i], word) == 0)
            return i;
    return -1;
}

static void answer_free(struct answer *answer)
{
    if (answer == NULL)
        return;
    hl_body_close(&answer->body);
    free(answer->path);
    free(answer);
}

/* True for the first fault_times requests of a path. */
static bool strikes(struct hl_origin *origin, uint64_t hash)
{
    uint32_t times = origin->options.fault_times;
    if (times == UINT32_MAX)
        return true;
    uint64_t *count = hl_prints_find(&origin->struck, hash);
    uint64_t before = count != NULL ? *count : 0;
    if (before >= (times > 0 ? times : 1))
        return false;
    return hl_prints_set(&origin->struck, hash, before + 1) == 0;
}

static int choose_fault(struct hl_origin *origin, const char *path)
{
    for (int i = 0; i < HL_FAULT_COUNT; i++) {
        uint64_t hash =
            hl_body_hash(path, origin->options.seed + (uint64_t)i + 1);
        if (hash % 100 >= origin->options.fault_percent[i])
            continue;
        if (i == HL_FAULT_404 || strikes(origin, hash))
            return i;
    }
    return -1;
}

static uint64_t delay_ns(const struct hl_origin *origin, const char *path)
{
    const struct hl_origin_options *o = &origin->options;
    uint64_t delay = o->latency_ns;
    if (o->jitter_ns > 0)
        delay += hl_body_hash(path, o->seed + 1000) % (o->jitter_ns + 1);
    return delay;
}

/* Bytes that the bandwidth allows by now, ahead by one tick. */
static uint64_t allowed(const struct answer *answer)
{
    uint64_t passed = uv_hrtime() - answer->begun_ns + TICK_NS;
    double bytes = (double)passed / 1e9 * (double)answer->bandwidth;
    return bytes > 1 ? (uint64_t)bytes : 1;
}

static ssize_t end_early(const struct answer *answer)
{
    if (answer->fault == HL_FAULT_STALL &&
        hl_waker_suspend(answer->origin->waker, answer->connection,
                         UINT64_MAX) == 0)
        return 0;
    if (answer->fault == HL_FAULT_RESET) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(
            answer->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        const struct linger now = {.l_onoff = 1};
        if (info != NULL)
            setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER, &now,
                       sizeof(now));
    }
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

static ssize_t on_mhd_read(void *arg, uint64_t position, char *out, size_t max)
{
    struct answer *answer = arg;
    uint64_t end = answer->end;
    if (position >= end)
        return end_early(answer);
    if (answer->bandwidth > 0) {
        uint64_t may = allowed(answer);
        if (position >= may)
            return hl_waker_suspend(answer->origin->waker, answer->connection,
                                    uv_hrtime() + TICK_NS) == 0
                       ? 0
                       : MHD_CONTENT_READER_END_WITH_ERROR;
        end = may < end ? may : end;
    }
    size_t size = end - position < max ? (size_t)(end - position) : max;
    ssize_t n =
        hl_body_read(&answer->body, answer->first + position, out, size);
    return n > 0 ? n : MHD_CONTENT_READER_END_WITH_ERROR;
}

static enum MHD_Result queue(struct MHD_Connection *connection, unsigned status,
                             struct MHD_Response *response)
{
    enum MHD_Result r = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return r;
}

static enum MHD_Result send_error(struct MHD_Connection *connection,
                                  unsigned status)
{
    char text[32];
    int n = snprintf(text, sizeof(text), "%u\n", status);
    struct MHD_Response *response =
        MHD_create_response_from_buffer((size_t)n, text, MHD_RESPMEM_MUST_COPY);
    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", "text/plain");
    if (status == 503 || status == 429)
        MHD_add_response_header(response, "Retry-After", "1");
    return queue(connection, status, response);
}

static void http_date(char out[40], time_t when)
{
    struct tm tm;
    gmtime_r(&when, &tm);
    strftime(out, 40, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

static const char *header(const struct answer *answer, const char *name)
{
    return MHD_lookup_connection_value(answer->connection, MHD_HEADER_KIND,
                                       name);
}

/* Does a validator of the request name what we have? */
static bool matches(const struct answer *answer, const char *value)
{
    char date[40];
    http_date(date, answer->body.modified);
    return strcmp(value, answer->body.etag) == 0 || strcmp(value, date) == 0 ||
           strcmp(value, "*") == 0;
}

enum range { RANGE_NONE, RANGE_PART, RANGE_UNSATISFIED };

/* One range of bytes, as "5-", "5-9" or "-3". */
static enum range read_range(struct answer *answer)
{
    const char *value = header(answer, "Range");
    const char *if_range = header(answer, "If-Range");
    uint64_t total = answer->body.size;
    uint64_t last = total - 1;
    char *end;
    if (value == NULL || strncmp(value, "bytes=", 6) != 0 ||
        strchr(value, ',') != NULL ||
        (if_range != NULL && !matches(answer, if_range)))
        return RANGE_NONE;
    value += 6;
    if (value[0] == '-') {
        uint64_t tail = strtoull(value + 1, &end, 10);
        if (*end != '\0' || tail == 0 || total == 0)
            return RANGE_UNSATISFIED;
        answer->first = tail < total ? total - tail : 0;
    } else {
        answer->first = strtoull(value, &end, 10);
        if (end == value || *end != '-')
            return RANGE_NONE;
        if (end[1] != '\0')
            last = strtoull(end + 1, NULL, 10);
        if (answer->first >= total || last < answer->first)
            return RANGE_UNSATISFIED;
    }
    last = last < total ? last : total - 1;
    answer->size = last - answer->first + 1;
    return RANGE_PART;
}

static void add_validators(struct MHD_Response *response,
                           const struct hl_body *body)
{
    char date[40];
    http_date(date, body->modified);
    MHD_add_response_header(response, "ETag", body->etag);
    MHD_add_response_header(response, "Last-Modified", date);
    MHD_add_response_header(response, "Accept-Ranges", "bytes");
}

static enum MHD_Result send_unsatisfied(const struct answer *answer)
{
    char range[64];
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (response == NULL)
        return MHD_NO;
    snprintf(range, sizeof(range), "bytes */%" PRIu64, answer->body.size);
    MHD_add_response_header(response, "Content-Range", range);
    add_validators(response, &answer->body);
    return queue(answer->connection, 416, response);
}

static enum MHD_Result send_unchanged(const struct answer *answer)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (response == NULL)
        return MHD_NO;
    add_validators(response, &answer->body);
    return queue(answer->connection, 304, response);
}

static enum MHD_Result send_body(struct answer *answer, unsigned status)
{
    char range[96];
    bool cut = answer->fault == HL_FAULT_RESET ||
               answer->fault == HL_FAULT_TRUNCATE ||
               answer->fault == HL_FAULT_STALL;
    answer->end = cut ? answer->size / 2 : answer->size;
    answer->bandwidth = answer->fault == HL_FAULT_SLOW
                            ? SLOW_BANDWIDTH
                            : answer->origin->options.bandwidth;
    answer->begun_ns = uv_hrtime();
    size_t block = answer->size < BLOCK_SIZE ? (size_t)answer->size + 1
                                             : (size_t)BLOCK_SIZE;
    struct MHD_Response *response = MHD_create_response_from_callback(
        answer->size, block, on_mhd_read, answer, NULL);
    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", answer->body.type);
    add_validators(response, &answer->body);
    if (status == 206) {
        snprintf(range, sizeof(range), "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64,
                 answer->first, answer->first + answer->size - 1,
                 answer->body.size);
        MHD_add_response_header(response, "Content-Range", range);
    }
    return queue(answer->connection, status, response);
}

static enum MHD_Result send_content(struct answer *answer)
{
    int r = hl_body_open(&answer->body, answer->path, answer->origin->root_fd);
    if (r == UV_ENOENT)
        return send_error(answer->connection, 404);
    if (r < 0)
        return send_error(answer->connection, r == UV_EACCES ? 403 : 500);
    const char *known = header(answer, "If-None-Match");
    if (known == NULL)
        known = header(answer, "If-Modified-Since");
    if (known != NULL && matches(answer, known))
        return send_unchanged(answer);
    answer->size = answer->body.size;
    switch (read_range(answer)) {
    case RANGE_PART:
        return send_body(answer, 206);
    case RANGE_UNSATISFIED:
        return send_unsatisfied(answer);
    case RANGE_NONE:
        break;
    }
    return send_body(answer, 200);
}

static enum MHD_Result send_answer(struct answer *answer)
{
    answer->fault = choose_fault(answer->origin, answer->path);
    switch (answer->fault) {
    case HL_FAULT_503:
        return send_error(answer->connection, 503);
    case HL_FAULT_429:
        return send_error(answer->connection, 429);
    case HL_FAULT_500:
        return send_error(answer->connection, 500);
    case HL_FAULT_404:
        return send_error(answer->connection, 404);
    default:
        return send_content(answer);
    }
}

/* Before libmicrohttpd splits the path from its query and decodes both. */
static void *on_mhd_uri(void *arg, const char *uri,
                        struct MHD_Connection *connection)
{
    struct answer *answer = calloc(1, sizeof(*answer));
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

static enum MHD_Result on_mhd_request(void *arg,
                                      struct MHD_Connection *connection,
                                      const char *url, const char *method,
                                      const char *version, const char *upload,
                                      size_t *upload_size, void **state)
{
    struct answer *answer = *state;
    (void)arg, (void)url, (void)version, (void)upload;
    if (answer == NULL)
        return send_error(connection, 400);
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return send_error(connection, 405);
    *upload_size = 0;
    uint64_t delay = delay_ns(answer->origin, answer->path);
    if (!answer->waited && delay > 0) {
        answer->waited = true;
        if (hl_waker_suspend(answer->origin->waker, connection,
                             uv_hrtime() + delay) == 0)
            return MHD_YES;
    }
    return send_answer(answer);
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
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
        limit.rlim_cur <= 2 * FILES_SPARE)
        return FILES_SPARE;
    return limit.rlim_cur > 1000000 ? 1000000
                                    : (unsigned)limit.rlim_cur - FILES_SPARE;
}

static unsigned backlog(void)
{
    unsigned value = SOMAXCONN;
    FILE *file = fopen("/proc/sys/net/core/somaxconn", "re");
    if (file != NULL) {
        if (fscanf(file, "%u", &value) != 1)
            value = SOMAXCONN;
        fclose(file);
    }
    return value;
}

static int start_daemon(struct hl_origin *origin)
{
    const struct hl_origin_options *o = &origin->options;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)o->port)};
    if (inet_pton(AF_INET, o->bind != NULL ? o->bind : "127.0.0.1",
                  &address.sin_addr) != 1)
        return UV_EINVAL;
    errno = 0;
    origin->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
        on_mhd_request, origin, MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_URI_LOG_CALLBACK, on_mhd_uri, origin,
        MHD_OPTION_NOTIFY_COMPLETED, on_mhd_completed, origin,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_LIMIT, connection_limit(),
        MHD_OPTION_LISTEN_BACKLOG_SIZE, backlog(), MHD_OPTION_END);
    if (origin->daemon == NULL)
        return errno != 0 ? -errno : UV_EADDRINUSE;
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(origin->daemon, MHD_DAEMON_INFO_BIND_PORT);
    origin->port = info != NULL ? info->port : 0;
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
    origin->root_fd = -1;
    int r = 0;
    if (options->root != NULL) {
        origin->root_fd = open(options->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        r = origin->root_fd < 0 ? -errno : 0;
    }
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
    hl_prints_release(&origin->struck);
    if (origin->root_fd >= 0)
        close(origin->root_fd);
    free(origin);
}
