#include "transfer/connection.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transfer/address.h"
#include "transfer/direct.h"
#include "transfer/reply.h"
#include "transfer/timing.h"
#include "transfer/waits.h"
#include "transfer/xfer_struct.h"
#include "util/time_units.h"

static void note_opened(struct hl_xfer *xfer, int fd)
{
    xfer->try.opened[xfer->try.opened_count++ % HL_OPENED_MAX] = fd;
    if (xfer->hooks.socket != NULL)
        xfer->hooks.socket(xfer->hooks.arg, fd);
}

/* haul opens the sockets itself, because libcurl 7.88 does not set
 * close-on-exec. This is also the one place that sees the address that is
 * connected to, after redirects and lookups. */
static curl_socket_t on_curl_open_socket(void *arg, curlsocktype purpose,
                                         struct curl_sockaddr *address)
{
    struct hl_xfer *xfer = arg;
    (void)purpose;
    if (xfer->shared->options->block_private &&
        hl_address_is_private(&address->addr)) {
        hl_xfer_fail(xfer, HAUL_ERR_BLOCKED, "the address is private");
        return CURL_SOCKET_BAD;
    }
    xfer->try.family = address->family;
    hl_timing_opened(xfer);
    int fd = socket(address->family,
                    address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    address->protocol);
    if (fd < 0) {
        xfer->try.sys_errno = errno;
        return CURL_SOCKET_BAD;
    }
    note_opened(xfer, fd);
    return fd;
}

/* For a transfer that blocks. A loop's glue closes the sockets of its own
 * transfers. */
static int on_curl_close_socket(void *arg, curl_socket_t fd)
{
    struct hl_xfer *xfer = arg;
    hl_sockets_closing(&xfer->own_sockets, fd);
    return close(fd);
}

/* Adds the connection that this try has just made to the table. */
static void note_made(struct hl_xfer *xfer, const struct hl_socket_ends *ends)
{
    hl_tls_watch_flood(xfer->easy, xfer->flood, xfer->shared->stop);
    unsigned count = xfer->try.opened_count < HL_OPENED_MAX
                         ? xfer->try.opened_count
                         : (unsigned)HL_OPENED_MAX;
    xfer->try.fd =
        hl_sockets_add(xfer->sockets, xfer->try.opened, (int)count, ends);
}

/*
 * libcurl has a connection and is about to send the request. If a kept
 * connection has an unread byte, the server has sent more than it was asked
 * for, and libcurl would take that for the answer to this request.
 */
static int on_curl_prerequest(void *arg, char *remote, char *local,
                              int remote_port, int local_port)
{
    struct hl_xfer *xfer = arg;
    long connects = 0;
    const struct hl_socket_ends ends = {remote, local_port};
    (void)local;
    xfer->connection = hl_sockets_key(&ends);
    xfer->server = hl_waits_server(remote, remote_port);
    curl_easy_getinfo(xfer->easy, CURLINFO_NUM_CONNECTS, &connects);
    if (connects > 0) {
        note_made(xfer, &ends);
    } else if (hl_sockets_has_unread(xfer->sockets, &ends,
                                     hl_tls_has_more(xfer->easy))) {
        xfer->try.connection_lost = true;
        hl_xfer_fail(xfer, HAUL_ERR_CONNECT,
                     "the server sent more than it was asked for");
        return CURL_PREREQFUNC_ABORT;
    }
    xfer->try.read_before = hl_direct_read_before(xfer, connects > 0);
    /* What a host has set takes the place of what the options have. */
    if (hl_easy_add_cookies(xfer->easy, xfer->job->own_cookies) != CURLE_OK ||
        hl_easy_add_cookies(xfer->easy, xfer->job->cookies) != CURLE_OK) {
        hl_xfer_fail_local(xfer, UV_ENOMEM);
        return CURL_PREREQFUNC_ABORT;
    }
    xfer->requested = true;
    xfer->requested_ns = uv_hrtime();
    hl_timing_requested(xfer, xfer->requested_ns);
    hl_speed_begin(&xfer->try.speed, xfer->received, xfer->requested_ns);
    HL_XFER_TRACE(xfer, HL_EV_TRANSFER_SENT, .value = connects == 0);
    return CURL_PREREQFUNC_OK;
}

void hl_connection_heard(struct hl_xfer *xfer, const char *line, size_t size)
{
    if (size > strlen("HTTP/1") &&
        memcmp(line, "HTTP/1", strlen("HTTP/1")) == 0)
        hl_sockets_speaks_http_1(xfer->sockets, xfer->try.fd);
    xfer->try.fd = -1;
}

void hl_connection_give_up(struct hl_xfer *xfer)
{
    uint64_t waited = (uv_hrtime() - xfer->requested_ns) / HL_NS_PER_MS;
    uint64_t patience = (uint64_t)xfer->shared->options->speed_time_s * 1000;
    if (!xfer->requested)
        return;
    curl_easy_setopt(xfer->easy, CURLOPT_FORBID_REUSE, 1L);
    hl_sockets_end_silent(xfer->sockets, xfer->connection,
                          waited < patience ? waited : patience);
}

/* Bytes of the body that were sent: a long one takes its time. */
static uint64_t uploaded(const struct hl_xfer *xfer)
{
    curl_off_t bytes = 0;
    if (hl_xfer_sends_once(xfer))
        curl_easy_getinfo(xfer->easy, CURLINFO_SIZE_UPLOAD_T, &bytes);
    return bytes > 0 ? (uint64_t)bytes : 0;
}

bool hl_xfer_is_stalled(struct hl_xfer *xfer)
{
    const struct haul_options *o = xfer->shared->options;
    if (!hl_speed_is_stalled(&xfer->try.speed, o,
                             xfer->received + uploaded(xfer), uv_hrtime()))
        return false;
    hl_xfer_fail(xfer, HAUL_ERR_STALLED, "slower than %u bytes/s for %u s",
                 o->speed_limit, o->speed_time_s);
    hl_connection_give_up(xfer);
    return true;
}

static CURLcode set_callbacks(struct hl_xfer *xfer)
{
    CURL *easy = xfer->easy;
    HL_SET(easy, CURLOPT_OPENSOCKETFUNCTION, on_curl_open_socket);
    HL_SET(easy, CURLOPT_OPENSOCKETDATA, xfer);
    HL_SET(easy, CURLOPT_CLOSESOCKETFUNCTION, on_curl_close_socket);
    HL_SET(easy, CURLOPT_CLOSESOCKETDATA, xfer);
    HL_SET(easy, CURLOPT_PREREQFUNCTION, on_curl_prerequest);
    HL_SET(easy, CURLOPT_PREREQDATA, xfer);
    return CURLE_OK;
}

int hl_connection_set_callbacks(struct hl_xfer *xfer)
{
    return (int)set_callbacks(xfer);
}
