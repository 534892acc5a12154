#include "transfer/fault.h"

#include <stdio.h>
#include <string.h>

#include "transfer/xfer_struct.h"
#include "util/url.h"

enum { SERVER_SIZE = 264 };

/* Of a URL: "h:8080", or "h" where the port is the scheme's own; and the proxy
 * for it. */
static void find_places(const struct hl_xfer *xfer, char server[SERVER_SIZE],
                        struct hl_proxy *proxy)
{
    struct hl_url url;
    const char *why;
    server[0] = '\0';
    *proxy = (struct hl_proxy){.kind = HL_PROXY_NONE};
    if (hl_url_parse(&url, xfer->job->url, &why) < 0)
        return;
    bool is_own = url.port == (strcmp(url.scheme, "https") == 0 ? 443 : 80);
    (void)snprintf(server, SERVER_SIZE, is_own ? "%s" : "%s:%u", url.host,
                   url.port);
    hl_proxy_find(proxy, xfer->shared->options, url.scheme, url.host);
    hl_url_release(&url);
}

static long long_of(const struct hl_xfer *xfer, CURLINFO info)
{
    long value = 0;
    curl_easy_getinfo(xfer->easy, info, &value);
    return value;
}

/* libcurl 7.88 does not tell the time of a connect where what follows fails. */
static bool is_connected(const struct hl_xfer *xfer)
{
    return xfer->requested || long_of(xfer, CURLINFO_LOCAL_PORT) > 0;
}

void hl_fault_find(struct hl_fault *out, const struct hl_xfer *xfer, int code)
{
    const struct haul_options *o = xfer->shared->options;
    const struct hl_head *head = &xfer->head;
    char server[SERVER_SIZE];
    struct hl_proxy proxy;
    bool answered = head->complete && head->status >= 200;
    find_places(xfer, server, &proxy);
    struct hl_curl_hints hints = {
        .text = xfer->try.curl_text,
        .os_errno = xfer->try.sys_errno,
        .tls = strncmp(xfer->job->url, "https:", 6) == 0,
        .connected = is_connected(xfer),
        .requested = xfer->requested,
        .heading = xfer->requested && !answered,
        .heard = xfer->try.heard,
        .answered = answered,
        .http_2 = xfer->try.in_http_2,
        .certified = o->cert != NULL && xfer->job->secrets,
        .tunnel = long_of(xfer, CURLINFO_HTTP_CONNECTCODE),
        .socks = long_of(xfer, CURLINFO_PROXY_ERROR),
        .verify = long_of(xfer, CURLINFO_SSL_VERIFYRESULT),
        .connect_ms = o->connect_timeout_ms,
        .max_ms = o->max_time_ms,
        .server = server,
        .proxy = &proxy,
        .peer = &xfer->tls.peer,
    };
    if (hl_curl_is_proxys(code, &hints))
        hints.verify = long_of(xfer, CURLINFO_PROXY_SSL_VERIFYRESULT);
    hl_fault_of_curl(out, code, &hints);
}

/* The page of the error says what is wrong. */
static void put_page(struct hl_fault *out, const struct hl_xfer *xfer,
                     const char *server)
{
    const struct haul_options *o = xfer->shared->options;
    bool sent = o->cert != NULL && xfer->job->secrets;
    out->why = xfer->try.page_says;
    if (out->why == HAUL_WHY_WANTS_TLS) {
        snprintf(out->text, sizeof(out->text),
                 "HTTP 400: %s wants TLS at this port", server);
        return;
    }
    out->error = HAUL_ERR_TLS;
    out->why = sent ? HAUL_WHY_CLIENT_CERT_BAD : HAUL_WHY_CLIENT_CERT;
    snprintf(out->text, sizeof(out->text),
             sent ? "HTTP 400: %s does not accept the client certificate"
                  : "HTTP 400: %s wants a client certificate",
             server);
}

/* The proxy answers a request without TLS itself, so that nobody can tell its
 * answers from the server's, but for 407. */
static void put_either(struct hl_fault *out, const struct hl_proxy *proxy,
                       long status)
{
    if (status == 407) {
        hl_fault_wants_user(out, proxy, status);
        return;
    }
    out->why = HAUL_WHY_EITHER;
    snprintf(out->text, sizeof(out->text),
             "HTTP %d, from the server or from the proxy %s", (int)status,
             proxy->place);
}

/* Can what the page says be meant for this request? Only a request without TLS
 * can lack it, and only TLS can ask for a certificate. Anybody may write such
 * words, and a server behind another may mean that one. */
static bool has_page(const struct hl_xfer *xfer, bool is_plain)
{
    enum haul_why says = xfer->try.page_says;
    return says != HAUL_WHY_NONE && (says == HAUL_WHY_WANTS_TLS) == is_plain;
}

void hl_fault_of_status(struct hl_fault *out, const struct hl_xfer *xfer,
                        bool is_redirect)
{
    char server[SERVER_SIZE];
    struct hl_proxy proxy;
    long status = xfer->head.status;
    bool is_plain = strncmp(xfer->job->url, "http:", 5) == 0;
    *out = (struct hl_fault){.error = HAUL_ERR_HTTP};
    find_places(xfer, server, &proxy);
    if (is_redirect)
        snprintf(out->text, sizeof(out->text),
                 "HTTP %ld, a redirect that does not say where to", status);
    else if (has_page(xfer, is_plain))
        put_page(out, xfer, server);
    else if (status >= 400 && is_plain &&
             (proxy.kind == HL_PROXY_HTTP || proxy.kind == HL_PROXY_HTTPS))
        put_either(out, &proxy, status);
    else
        snprintf(out->text, sizeof(out->text), "HTTP %ld", status);
}
