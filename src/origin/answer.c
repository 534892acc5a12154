#include "origin/answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "origin/body.h"
#include "origin/mhd.h"
#include "origin/pace.h"
#include "util/date.h"
#include "util/parse.h"

enum {
    BLOCK_SIZE = 32 * 1024,
    SHARED_BLOCK = 16 * 1024, /* that a body sends in its turn */
    SLOW_BANDWIDTH = 1000,
    PATH_SIZE = 4096,
};

/* One request, from its head to its end. Owned by its connection. */
struct answer {
    struct hl_service *service;
    struct hl_sleeper sleeper;
    char *path;  /* with the query */
    bool seen;   /* libmicrohttpd has called once */
    bool waited; /* the latency is over */
    bool sent;   /* an answer was handed over */
    enum hl_fault fault;
    struct hl_body body;
    uint64_t first; /* offset of the first byte that is sent */
    uint64_t size;  /* bytes that are announced */
    uint64_t end;   /* bytes that are sent before the fault; else size */
    struct hl_pace pace;
    uint64_t turn_end; /* offset of the end of the body's turn among all */
    uint64_t turn_ns;  /* when that turn is */
};

static ssize_t end_early(struct answer *answer)
{
    if (answer->fault == HL_FAULT_STALL &&
        hl_delays_suspend(answer->service->waker, &answer->sleeper,
                          UINT64_MAX) == 0)
        return 0;
    if (answer->fault == HL_FAULT_RESET) {
        const union MHD_ConnectionInfo *info = hl_mhd.get_connection_info(
            answer->sleeper.connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
        /* Resets the connection at once. Closing it with SO_LINGER would be too
         * late: libmicrohttpd shuts the connection down first, and so ends it
         * in order. */
        if (info != NULL)
            (void)connect(info->connect_fd, &nobody, sizeof(nobody));
    }
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

static ssize_t wait_until(struct answer *answer, uint64_t due_ns)
{
    return hl_delays_suspend(answer->service->waker, &answer->sleeper,
                             due_ns) == 0
               ? 0
               : MHD_CONTENT_READER_END_WITH_ERROR;
}

/* The end of what may be sent now of the bandwidth that all share; position:
 * nothing, until answer->turn_ns. */
static uint64_t shared_end(struct answer *answer, uint64_t position,
                           uint64_t end, uint64_t now_ns)
{
    struct hl_total_pace *total = &answer->service->total;
    if (total->bandwidth == 0)
        return end;
    if (position >= answer->turn_end) {
        answer->turn_end =
            end - position > SHARED_BLOCK ? position + SHARED_BLOCK : end;
        answer->turn_ns =
            hl_total_pace_take(total, answer->turn_end - position, now_ns);
    }
    return answer->turn_ns <= now_ns ? answer->turn_end : position;
}

static ssize_t on_mhd_read(void *arg, uint64_t position, char *out, size_t max)
{
    struct answer *answer = arg;
    uint64_t turn_ns = 0;
    if (position >= answer->end)
        return end_early(answer);
    uint64_t now = uv_hrtime();
    uint64_t end =
        hl_pace_grant(&answer->pace, position, answer->end, now, &turn_ns);
    if (position >= end)
        return wait_until(answer, turn_ns);
    end = shared_end(answer, position, end, now);
    if (position >= end)
        return wait_until(answer, answer->turn_ns);
    size_t size = end - position < max ? (size_t)(end - position) : max;
    ssize_t n =
        hl_body_read(&answer->body, answer->first + position, out, size);
    return n > 0 ? n : MHD_CONTENT_READER_END_WITH_ERROR;
}

static enum MHD_Result queue(struct MHD_Connection *connection, unsigned status,
                             struct MHD_Response *response)
{
    enum MHD_Result r = hl_mhd.queue_response(connection, status, response);
    hl_mhd.destroy_response(response);
    return r;
}

/* retry_after: seconds; NULL: the answer does not say. */
static enum MHD_Result send_status(struct MHD_Connection *connection,
                                   unsigned status, const char *retry_after)
{
    char text[32];
    int n = snprintf(text, sizeof(text), "%u\n", status);
    struct MHD_Response *response = hl_mhd.create_response_from_buffer(
        (size_t)n, text, MHD_RESPMEM_MUST_COPY);
    if (response == NULL)
        return MHD_NO;
    hl_mhd.add_response_header(response, "Content-Type", "text/plain");
    if (retry_after != NULL)
        hl_mhd.add_response_header(response, "Retry-After", retry_after);
    return queue(connection, status, response);
}

static enum MHD_Result send_error(struct MHD_Connection *connection,
                                  unsigned status)
{
    bool busy = status == 503 || status == 429;
    return send_status(connection, status, busy ? "1" : NULL);
}

static const char *header(const struct answer *answer, const char *name)
{
    return hl_mhd.lookup_connection_value(answer->sleeper.connection,
                                          MHD_HEADER_KIND, name);
}

/* Is value the ETag or the date of the body? */
static bool matches(const struct answer *answer, const char *value)
{
    char date[HL_DATE_SIZE];
    hl_date_format(date, answer->body.modified);
    return strcmp(value, answer->body.etag) == 0 || strcmp(value, date) == 0 ||
           strcmp(value, "*") == 0;
}

enum range { RANGE_NONE, RANGE_PART, RANGE_UNSATISFIED };

/* Reads one range of bytes, such as "5-", "5-9" or "-3". */
static enum range read_range(struct answer *answer)
{
    const char *value = header(answer, "Range");
    const char *if_range = header(answer, "If-Range");
    uint64_t total = answer->body.size;
    uint64_t last = total - 1;
    uint64_t tail;
    const char *end;
    if (value == NULL || strncmp(value, "bytes=", 6) != 0 ||
        strchr(value, ',') != NULL ||
        (if_range != NULL && !matches(answer, if_range)))
        return RANGE_NONE;
    value += 6;
    if (value[0] == '-') {
        if (hl_parse_count(value + 1, UINT64_MAX, &tail) < 0 || tail == 0 ||
            total == 0)
            return RANGE_UNSATISFIED;
        answer->first = tail < total ? total - tail : 0;
    } else {
        end = hl_parse_digits(value, UINT64_MAX, &answer->first);
        if (end == NULL || *end != '-' ||
            (end[1] != '\0' && hl_parse_count(end + 1, UINT64_MAX, &last) < 0))
            return RANGE_NONE;
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
    char date[HL_DATE_SIZE];
    hl_date_format(date, body->modified);
    hl_mhd.add_response_header(response, "ETag", body->etag);
    hl_mhd.add_response_header(response, "Last-Modified", date);
    hl_mhd.add_response_header(response, "Accept-Ranges", "bytes");
}

/* An answer without a body: 304, or 416 for a range that the body does not
 * have. */
static enum MHD_Result send_empty(const struct answer *answer, unsigned status)
{
    char range[64];
    struct MHD_Response *response =
        hl_mhd.create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (response == NULL)
        return MHD_NO;
    snprintf(range, sizeof(range), "bytes */%" PRIu64, answer->body.size);
    if (status == 416)
        hl_mhd.add_response_header(response, "Content-Range", range);
    add_validators(response, &answer->body);
    return queue(answer->sleeper.connection, status, response);
}

static uint64_t bandwidth_of(const struct answer *answer)
{
    uint64_t bandwidth = answer->service->bandwidth;
    bool is_slower = bandwidth == 0 || bandwidth > SLOW_BANDWIDTH;
    return answer->fault == HL_FAULT_SLOW && is_slower ? SLOW_BANDWIDTH
                                                       : bandwidth;
}

static enum MHD_Result send_body(struct answer *answer, unsigned status)
{
    char range[96];
    bool cut = answer->fault == HL_FAULT_RESET ||
               answer->fault == HL_FAULT_TRUNCATE ||
               answer->fault == HL_FAULT_STALL;
    answer->end = cut ? answer->size / 2 : answer->size;
    answer->pace.bandwidth = bandwidth_of(answer);
    answer->pace.begun_ns = uv_hrtime();
    size_t block = answer->size < BLOCK_SIZE ? (size_t)answer->size + 1
                                             : (size_t)BLOCK_SIZE;
    struct MHD_Response *response = hl_mhd.create_response_from_callback(
        answer->size, block, on_mhd_read, answer, NULL);
    if (response == NULL)
        return MHD_NO;
    hl_mhd.add_response_header(response, "Content-Type", answer->body.type);
    add_validators(response, &answer->body);
    if (status == 206) {
        snprintf(range, sizeof(range), "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64,
                 answer->first, answer->first + answer->size - 1,
                 answer->body.size);
        hl_mhd.add_response_header(response, "Content-Range", range);
    }
    return queue(answer->sleeper.connection, status, response);
}

static enum MHD_Result send_content(struct answer *answer)
{
    int r = hl_body_open(&answer->body, answer->path, answer->service->root_fd);
    if (r == UV_ENOENT)
        return send_error(answer->sleeper.connection, 404);
    if (r < 0)
        return send_error(answer->sleeper.connection,
                          r == UV_EACCES ? 403 : 500);
    const char *known = header(answer, "If-None-Match");
    if (known == NULL)
        known = header(answer, "If-Modified-Since");
    if (known != NULL && matches(answer, known))
        return send_empty(answer, 304);
    answer->size = answer->body.size;
    switch (read_range(answer)) {
    case RANGE_PART:
        return send_body(answer, 206);
    case RANGE_UNSATISFIED:
        return send_empty(answer, 416);
    case RANGE_NONE:
        break;
    }
    return send_body(answer, 200);
}

/* Where the disk is full, the origin still serves. A line is written by one
 * call, so that a reader sees only whole lines. */
static void log_request(const struct answer *answer)
{
    const char *range = header(answer, "Range");
    char *line = NULL;
    if (answer->service->log_fd < 0)
        return;
    int n = asprintf(&line, "%s\t%s\t%s\n", answer->path,
                     range != NULL ? range : "-", hl_fault_word(answer->fault));
    if (n > 0)
        (void)!write(answer->service->log_fd, line, (size_t)n);
    if (n >= 0)
        free(line);
}

static enum MHD_Result send_answer(struct answer *answer)
{
    answer->fault = hl_fault_choose(&answer->service->faults, answer->path);
    log_request(answer);
    switch (answer->fault) {
    case HL_FAULT_503:
        return send_error(answer->sleeper.connection, 503);
    case HL_FAULT_429:
        return send_error(answer->sleeper.connection, 429);
    case HL_FAULT_500:
        return send_error(answer->sleeper.connection, 500);
    case HL_FAULT_404:
        return send_error(answer->sleeper.connection, 404);
    default:
        return send_content(answer);
    }
}

static void answer_free(struct answer *answer)
{
    if (answer == NULL)
        return;
    answer->service->requests--;
    hl_body_close(&answer->body);
    free(answer->path);
    free(answer);
}

static uint64_t delay_ns(const struct hl_service *service, const char *path)
{
    uint64_t jitter_ns = service->jitter_ns;
    uint64_t hash = hl_body_hash(path, service->faults.seed + 1000);
    uint64_t ns =
        service->latency_ns + (jitter_ns > 0 ? hash % (jitter_ns + 1) : 0);
    if (service->slow_above == 0 || service->requests <= service->slow_above)
        return ns;
    double crowd = (double)service->requests / service->slow_above;
    return (uint64_t)((double)ns * crowd * crowd);
}

/* Called before libmicrohttpd splits the path from its query and decodes
 * both. */
void *hl_answer_on_uri(void *arg, const char *uri,
                       struct MHD_Connection *connection)
{
    struct answer *answer = calloc(1, sizeof(*answer));
    if (answer == NULL)
        return NULL;
    answer->service = arg;
    answer->service->requests++;
    answer->sleeper.connection = connection;
    answer->body.fd = -1;
    answer->fault = HL_FAULT_NONE;
    answer->path = strndup(uri, PATH_SIZE);
    if (answer->path == NULL || answer->path[0] != '/') {
        answer_free(answer);
        return NULL;
    }
    return answer;
}

/* NOLINTNEXTLINE(readability-function-size): the library's parameters. */
enum MHD_Result hl_answer_on_request(void *arg,
                                     struct MHD_Connection *connection,
                                     const char *url, const char *method,
                                     const char *version, const char *upload,
                                     size_t *upload_size, void **state)
{
    struct answer *answer = *state;
    (void)arg, (void)version, (void)upload;
    /* hl_answer_on_uri() refused the path, or had no memory. */
    if (answer == NULL)
        return send_error(connection, url[0] == '/' ? 503 : 400);
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return send_error(connection, 405);
    *upload_size = 0;
    /* libmicrohttpd calls first when the head is there. An answer by then,
     * before the end of the request was looked for, makes it close the
     * connection. */
    if (!answer->seen) {
        answer->seen = true;
        return MHD_YES;
    }
    const struct hl_service *service = answer->service;
    if (!answer->waited && service->busy_above > 0 &&
        service->requests > service->busy_above) {
        answer->sent = true;
        return send_status(connection, 503, NULL);
    }
    uint64_t delay = delay_ns(service, answer->path);
    if (!answer->waited && delay > 0) {
        answer->waited = true;
        if (hl_delays_suspend(answer->service->waker, &answer->sleeper,
                              uv_hrtime() + delay) == 0)
            return MHD_YES;
    }
    /* While its daemon stops, libmicrohttpd drops an answer, reports success,
     * and asks for another one. */
    if (answer->sent)
        return MHD_NO;
    answer->sent = true;
    return send_answer(answer);
}

void hl_answer_on_completed(void *arg, struct MHD_Connection *connection,
                            void **state, enum MHD_RequestTerminationCode code)
{
    (void)arg, (void)connection, (void)code;
    answer_free(*state);
    *state = NULL;
}
