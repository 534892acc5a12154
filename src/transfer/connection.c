/*
 * The connection that an attempt uses: how it is opened, whether one that was
 * kept may be used again, and how it is closed. libcurl's callbacks.
 */
#include <errno.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transfer/address.h"
#include "transfer/xfer_parts.h"

static void note_opened(struct hl_xfer *xfer, int fd)
{
    xfer->opened[xfer->opened_count++ % HL_OPENED_MAX] = fd;
    if (xfer->hooks.socket != NULL)
        xfer->hooks.socket(xfer->hooks.arg, fd);
}

/* haul opens sockets itself, as libcurl 7.88 sets no close-on-exec. This is
 * also the last place that sees the address, after redirects and lookups. */
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
    xfer->family = address->family;
    int fd = socket(address->family,
                    address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    address->protocol);
    if (fd < 0) {
        xfer->sys_errno = errno;
        return CURL_SOCKET_BAD;
    }
    note_opened(xfer, fd);
    return fd;
}

/* For a handle that blocks. The loop's glue closes the sockets of its own
 * handles. */
static int on_curl_close_socket(void *arg, curl_socket_t fd)
{
    struct hl_xfer *xfer = arg;
    hl_sockets_closing(&xfer->own_sockets, fd);
    return close(fd);
}

/* NULL: the connection is not OpenSSL's. */
static SSL *tls_of(CURL *easy)
{
    const struct curl_tlssessioninfo *tls = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &tls) != CURLE_OK ||
        tls == NULL || tls->backend != CURLSSLBACKEND_OPENSSL)
        return NULL;
    return tls->internals;
}

/* Adds the connection that this try has just made to the table. */
static void note_made(struct hl_xfer *xfer, const struct hl_socket_ends *ends)
{
    SSL *tls = tls_of(xfer->easy);
    if (tls != NULL)
        hl_flood_watch(xfer->flood, xfer->shared->stop, tls);
    unsigned count = xfer->opened_count < HL_OPENED_MAX
                         ? xfer->opened_count
                         : (unsigned)HL_OPENED_MAX;
    xfer->fd = hl_sockets_add(xfer->sockets, xfer->opened, (int)count, ends);
}

/* libcurl reads no more of a body than its length, and TLS comes in records:
 * what one held behind the body's end is in OpenSSL, not on the socket. */
static bool tls_has_more(CURL *easy)
{
    SSL *tls = tls_of(easy);
    return tls != NULL && SSL_has_pending(tls) == 1;
}

/*
 * libcurl has a connection and is about to send the request. An unread byte on
 * a kept connection belongs to no request: libcurl would take what it begins
 * for the answer to this one.
 */
static int on_curl_prerequest(void *arg, char *remote, char *local,
                              int remote_port, int local_port)
{
    struct hl_xfer *xfer = arg;
    long connects = 0;
    const struct hl_socket_ends ends = {remote, local_port};
    (void)local, (void)remote_port;
    xfer->connection = hl_sockets_key(&ends);
    curl_easy_getinfo(xfer->easy, CURLINFO_NUM_CONNECTS, &connects);
    if (connects > 0) {
        note_made(xfer, &ends);
    } else if (hl_sockets_has_unread(xfer->sockets, &ends,
                                     tls_has_more(xfer->easy))) {
        xfer->connection_lost = true;
        hl_xfer_fail(xfer, HAUL_ERR_CONNECT,
                     "the server sent more than it was asked for");
        return CURL_PREREQFUNC_ABORT;
    }
    if (hl_easy_add_cookies(xfer->easy, xfer->job->cookies) != CURLE_OK) {
        hl_xfer_fail_local(xfer, UV_ENOMEM);
        return CURL_PREREQFUNC_ABORT;
    }
    xfer->requested = true;
    xfer->requested_ns = uv_hrtime();
    hl_speed_begin(&xfer->speed, xfer->received, xfer->requested_ns);
    hl_xfer_trace(xfer, HL_EV_TRANSFER_SENT, connects == 0);
    return CURL_PREREQFUNC_OK;
}

void hl_connection_heard(struct hl_xfer *xfer, const char *line, size_t size)
{
    if (size > strlen("HTTP/1") &&
        memcmp(line, "HTTP/1", strlen("HTTP/1")) == 0)
        hl_sockets_speaks_http_1(xfer->sockets, xfer->fd);
    xfer->fd = -1;
}

/* A server may close a kept connection just when it is used again. */
bool hl_connection_was_lost(const struct hl_xfer *xfer, int curl_code)
{
    long connects = 0;
    switch (curl_code) {
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        break;
    /* What came is not HTTP: it is left over from an earlier request on this
     * connection. */
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        if (xfer->requested)
            break;
        return false;
    default:
        return false;
    }
    curl_easy_getinfo(xfer->easy, CURLINFO_NUM_CONNECTS, &connects);
    return connects == 0 && !xfer->heard;
}

bool hl_connection_went_away(const struct hl_xfer *xfer, int curl_code)
{
    return curl_code == CURLE_HTTP2 && xfer->requested && !xfer->heard;
}

void hl_connection_give_up(struct hl_xfer *xfer)
{
    uint64_t waited = (uv_hrtime() - xfer->requested_ns) / 1000000;
    uint64_t patience = (uint64_t)xfer->shared->options->speed_time_s * 1000;
    if (!xfer->requested)
        return;
    curl_easy_setopt(xfer->easy, CURLOPT_FORBID_REUSE, 1L);
    hl_sockets_end_silent(xfer->sockets, xfer->connection,
                          waited < patience ? waited : patience);
}

CURLcode hl_connection_set_callbacks(struct hl_xfer *xfer)
{
    CURL *easy = xfer->easy;
    CURLcode codes[] = {
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_curl_open_socket),
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, xfer),
        curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION,
                         on_curl_close_socket),
        curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, xfer),
        curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_curl_prerequest),
        curl_easy_setopt(easy, CURLOPT_PREREQDATA, xfer),
    };
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
        if (codes[i] != CURLE_OK)
            return codes[i];
    return CURLE_OK;
}
