#include "transfer/curl_words.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/x509_vfy.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHO_SIZE = 600 };

__attribute__((format(printf, 3, 4))) static void
say(struct hl_fault *out, enum haul_why why, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(out->text, sizeof(out->text), format, args);
    va_end(args);
    out->why = why;
}

static bool has(const struct hl_curl_hints *hints, const char *part)
{
    return strstr(hints->text, part) != NULL;
}

/* Not by os_errno, which libcurl keeps from the handle's transfer before. */
static bool is_reset(const struct hl_curl_hints *hints)
{
    return has(hints, "reset by peer") || has(hints, "Broken pipe") ||
           has(hints, "getpeername() failed");
}

/* What has no words of its own: libcurl's. */
static void say_as_curl(struct hl_fault *out, int code,
                        const struct hl_curl_hints *hints)
{
    if (hints->text[0] != '\0')
        say(out, HAUL_WHY_NONE, "%s", hints->text);
    else
        say(out, HAUL_WHY_NONE, "%s", curl_easy_strerror((CURLcode)code));
}

/* Puts who has failed: "h:8080" or "the proxy p:3128". */
static void put_who(char out[WHO_SIZE], bool is_proxys,
                    const struct hl_curl_hints *hints)
{
    bool proxied = hints->proxy != NULL && hints->proxy->kind != HL_PROXY_NONE;
    if (is_proxys)
        snprintf(out, WHO_SIZE, "the proxy %s", hints->proxy->place);
    else if (proxied)
        snprintf(out, WHO_SIZE, "%s (through the proxy %s)", hints->server,
                 hints->proxy->place);
    else
        snprintf(out, WHO_SIZE, "%s", hints->server);
}

static void say_unconnected(struct hl_fault *out, const char *who,
                            const struct hl_curl_hints *hints)
{
    bool is_proxys = out->error == HAUL_ERR_PROXY;
    enum haul_why why = is_proxys ? HAUL_WHY_PROXY_DOWN : HAUL_WHY_NONE;
    switch (hints->os_errno) {
    case ECONNREFUSED:
        say(out, is_proxys ? why : HAUL_WHY_REFUSED, "%s refuses connections",
            who);
        break;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EADDRNOTAVAIL:
        say(out, is_proxys ? why : HAUL_WHY_NO_ROUTE,
            "this machine has no route to %s (%s)", who,
            strerror(hints->os_errno));
        break;
    case EACCES:
    case EPERM:
        say(out, why, "this machine does not allow a connection to %s (%s)",
            who, strerror(hints->os_errno));
        break;
    case 0:
        say(out, why, "no connection to %s", who);
        break;
    default:
        say(out, why, "no connection to %s (%s)", who,
            strerror(hints->os_errno));
        break;
    }
}

/* The limit that an attempt ran into, in s. */
static double limit_of(const struct hl_curl_hints *hints)
{
    uint32_t ms = hints->requested ? hints->max_ms : hints->connect_ms;
    if (!hints->requested && hints->max_ms > 0 && hints->max_ms < ms)
        ms = hints->max_ms;
    return (double)ms / 1000;
}

static void say_late(struct hl_fault *out, const char *who,
                     const struct hl_curl_hints *hints)
{
    double limit = limit_of(hints);
    bool is_total = hints->requested ||
                    (hints->max_ms > 0 && hints->max_ms < hints->connect_ms);
    enum haul_why why = is_total ? HAUL_WHY_MAX_TIME : HAUL_WHY_CONNECT_TIME;
    if (out->error == HAUL_ERR_PROXY)
        say(out, HAUL_WHY_PROXY_DOWN, "%s did not answer within %g s", who,
            limit);
    else if (hints->answered)
        say(out, why, "%s did not send all within %g s", who, limit);
    else if (hints->requested)
        say(out, why, "%s did not answer within %g s", who, limit);
    else if (hints->connected && hints->tls)
        say(out, why, "%s did not end the TLS handshake within %g s", who,
            limit);
    else if (has(hints, "Resolving"))
        say(out, why, "%s was not looked up within %g s", who, limit);
    else
        say(out, why, "no connection to %s within %g s", who, limit);
}

/* The connection ended before the answer did. */
static void say_broken(struct hl_fault *out, const char *who,
                       const struct hl_curl_hints *hints)
{
    const char *how =
        is_reset(hints) ? "reset the connection" : "closed the connection";
    const char *left = strstr(hints->text, "closed with ");
    long bytes = left != NULL ? strtol(left + 12, NULL, 10) : 0;
    bool wants = hints->peer != NULL && hints->peer->asked &&
                 !hints->certified && !hints->heard;
    enum haul_why why =
        out->error == HAUL_ERR_PROXY ? HAUL_WHY_PROXY_DOWN : HAUL_WHY_NONE;
    if (bytes > 0)
        say(out, why, "%s %s %ld bytes before the end of the file", who, how,
            bytes);
    else if (hints->answered)
        say(out, why, "%s %s in the midst of the file", who, how);
    else if (hints->heard)
        say(out, why, "%s %s in the midst of its headers", who, how);
    else if (wants && hints->requested)
        say(out, HAUL_WHY_CLIENT_CERT,
            "%s %s without an answer, after it had asked for a client "
            "certificate",
            who, how);
    else if (!hints->requested && hints->tls && out->error != HAUL_ERR_PROXY)
        say(out, why, "%s %s during the TLS handshake", who, how);
    else
        say(out, why, "%s %s without an answer", who, how);
}

void hl_fault_wants_user(struct hl_fault *out, const struct hl_proxy *proxy,
                         long status)
{
    out->error = HAUL_ERR_PROXY;
    out->hopeless = true;
    say(out, HAUL_WHY_PROXY_USER,
        proxy->has_user
            ? "the proxy %s does not accept this name and password (HTTP %ld)"
            : "the proxy %s wants a name and a password (HTTP %ld)",
        proxy->place, status);
}

static void say_tunnel(struct hl_fault *out, const struct hl_curl_hints *hints)
{
    const char *place = hints->proxy->place;
    long status = hints->tunnel;
    out->tunnel = status;
    if (out->error != HAUL_ERR_PROXY)
        say(out, HAUL_WHY_NONE,
            "the proxy %s could not connect to %s (HTTP %ld)", place,
            hints->server, status);
    else if (status == 401 || status == 407)
        hl_fault_wants_user(out, hints->proxy, status);
    else
        say(out, HAUL_WHY_PROXY_DENIES,
            "the proxy %s refuses to connect to %s (HTTP %ld)", place,
            hints->server, status);
    out->hopeless = out->error == HAUL_ERR_PROXY;
}

/* What a SOCKS proxy says of the host; NULL: nothing of it. */
static const char *socks_reply(long code)
{
    switch (code) {
    case CURLPX_REPLY_CONNECTION_REFUSED:
        return "connection refused";
    case CURLPX_REPLY_GENERAL_SERVER_FAILURE:
    case CURLPX_REQUEST_FAILED:
        return "it does not say why";
    case CURLPX_REPLY_HOST_UNREACHABLE:
        return "host unreachable";
    case CURLPX_REPLY_NETWORK_UNREACHABLE:
        return "network unreachable";
    case CURLPX_REPLY_TTL_EXPIRED:
        return "the route is too long";
    default:
        return NULL;
    }
}

static void say_socks(struct hl_fault *out, const char *who,
                      const struct hl_curl_hints *hints)
{
    const char *reply = socks_reply(hints->socks);
    out->hopeless = true;
    switch (hints->socks) {
    case CURLPX_RESOLVE_HOST:
        out->hopeless = false;
        say(out, HAUL_WHY_NONE, "%s cannot be looked up", hints->server);
        break;
    case CURLPX_USER_REJECTED:
        say(out, HAUL_WHY_PROXY_USER,
            "%s does not accept this name and password", who);
        break;
    case CURLPX_NO_AUTH:
        say(out, HAUL_WHY_PROXY_USER, "%s wants a name and a password", who);
        break;
    case CURLPX_REPLY_NOT_ALLOWED:
        say(out, HAUL_WHY_PROXY_DENIES, "%s refuses to connect to %s", who,
            hints->server);
        break;
    case CURLPX_BAD_VERSION:
        say(out, HAUL_WHY_NONE, "%s is no SOCKS proxy of this version", who);
        break;
    case CURLPX_REPLY_ADDRESS_TYPE_NOT_SUPPORTED:
    case CURLPX_REPLY_COMMAND_NOT_SUPPORTED:
        say(out, HAUL_WHY_NONE, "%s cannot connect to such a host as %s", who,
            hints->server);
        break;
    default:
        out->hopeless = false;
        if (reply != NULL)
            say(out, HAUL_WHY_NONE, "%s could not connect to %s (%s)", who,
                hints->server, reply);
        else
            say_broken(out, who, hints);
        break;
    }
}

/* What OpenSSL says, without its numbers: the text behind "routines::". */
static void put_reason(char *out, size_t size, const char *text)
{
    const char *reason = strstr(text, "routines:");
    reason = reason != NULL ? reason + strlen("routines:") : text;
    while (*reason == ':' || *reason == ' ')
        reason++;
    const char *end = strstr(reason, ", errno");
    int length = end != NULL ? (int)(end - reason) : (int)strlen(reason);
    snprintf(out, size, "%.*s", length, reason);
}

static bool is_plain_port(const struct hl_curl_hints *hints)
{
    return has(hints, "wrong version number") ||
           has(hints, "packet length too long") || has(hints, "http request") ||
           has(hints, "unknown protocol") || has(hints, "record layer failure");
}

/* The handshake failed, or the server has objected right after it. */
static void say_handshake(struct hl_fault *out, const char *who,
                          const struct hl_curl_hints *hints)
{
    char reason[HL_FAULT_SIZE];
    bool alert = has(hints, " alert ");
    bool asked = hints->peer != NULL && hints->peer->asked;
    bool is_about_it =
        hl_curl_refuses_certificate(hints) || has(hints, "handshake failure");
    put_reason(reason, sizeof(reason), hints->text);
    if (is_plain_port(hints))
        say(out, HAUL_WHY_NO_TLS, "%s does not speak TLS at this port", who);
    else if (alert && is_about_it && !hints->certified &&
             (asked || has(hints, "certificate required")))
        say(out, HAUL_WHY_CLIENT_CERT, "%s wants a client certificate", who);
    else if (alert && is_about_it && hints->certified && asked)
        say(out, HAUL_WHY_CLIENT_CERT_BAD,
            "%s does not accept the client certificate (%s)", who, reason);
    else if (has(hints, "protocol version") ||
             has(hints, "unsupported protocol"))
        say(out, HAUL_WHY_NONE,
            "%s speaks no version of TLS that is safe (1.2 or newer)", who);
    else if (has(hints, "handshake failure"))
        say(out, HAUL_WHY_NONE,
            "%s and this machine have no TLS cipher in common (%s)", who,
            reason);
    else if (has(hints, "unrecognized name"))
        say(out, HAUL_WHY_NONE, "%s knows no host of this name", who);
    else
        say(out, HAUL_WHY_NONE, "TLS with %s failed: %s", who, reason);
}

/* A certificate, or that of its issuer, whose time is not now. */
static void say_date(struct hl_fault *out, const char *whose, bool expired,
                     const char *day)
{
    const char *what = expired ? "expired" : "is not valid yet";
    if (day[0] == '\0')
        say(out, HAUL_WHY_NONE, "%s %s", whose, what);
    else if (expired)
        say(out, HAUL_WHY_NONE, "%s expired on %s", whose, day);
    else
        say(out, HAUL_WHY_NONE, "%s is valid only from %s on", whose, day);
    out->why = expired ? HAUL_WHY_CERT_EXPIRED : HAUL_WHY_CERT_EARLY;
}

static void say_issuer(struct hl_fault *out, const char *whose,
                       const char *issuer)
{
    if (issuer[0] != '\0')
        say(out, HAUL_WHY_CERT_ISSUER,
            "%s was issued by \"%s\", which is not trusted", whose, issuer);
    else
        say(out, HAUL_WHY_CERT_ISSUER,
            "%s is from an issuer that is not "
            "trusted",
            whose);
}

static void say_name(struct hl_fault *out, const char *who,
                     const struct hl_curl_hints *hints)
{
    const char *names = hints->peer != NULL ? hints->peer->names : "";
    if (names[0] != '\0')
        say(out, HAUL_WHY_CERT_HOST, "the certificate of %s is for %s", who,
            names);
    else
        say(out, HAUL_WHY_CERT_HOST,
            "the certificate of %s is for another "
            "host",
            who);
}

static void say_certificate(struct hl_fault *out, const char *who,
                            const struct hl_curl_hints *hints)
{
    static const struct hl_tls_peer nobody;
    const struct hl_tls_peer *peer =
        hints->peer != NULL ? hints->peer : &nobody;
    char whose[WHO_SIZE + 64];
    snprintf(whose, sizeof(whose), "%s of %s",
             peer->issuers ? "an issuer's certificate" : "the certificate",
             who);
    if (has(hints, "certificate subject name")) {
        say_name(out, who, hints);
        return;
    }
    switch (hints->verify) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        say_date(out, whose, true, peer->until);
        break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        say_date(out, whose, false, peer->from);
        break;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        say(out, HAUL_WHY_CERT_ISSUER, "%s is self-signed", whose);
        break;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
        say_issuer(out, whose, peer->issuer);
        break;
    default:
        say(out, HAUL_WHY_CERT_BAD, "%s is not accepted: %s", whose,
            X509_verify_cert_error_string(hints->verify));
        break;
    }
}

static void say_tls(struct hl_fault *out, int code, const char *who,
                    const struct hl_curl_hints *hints)
{
    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
        say_certificate(out, who, hints);
        break;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        say_handshake(out, who, hints);
        break;
    case CURLE_SSL_CACERT_BADFILE:
        say(out, HAUL_WHY_NONE,
            "the file with the certificates to trust cannot be read");
        break;
    default:
        say_as_curl(out, code, hints);
        break;
    }
}

/* "HTTP/2 stream 1 was not closed cleanly: PROTOCOL_ERROR (err 1)" */
static void say_http_2(struct hl_fault *out, const char *who,
                       const struct hl_curl_hints *hints)
{
    const char *name = strstr(hints->text, "not closed cleanly: ");
    name = name != NULL ? name + strlen("not closed cleanly: ") : NULL;
    if (name != NULL)
        say(out, HAUL_WHY_HTTP_2, "%s broke off the answer in HTTP/2: %.*s",
            who, (int)strcspn(name, " "), name);
    else
        say(out, HAUL_WHY_HTTP_2, "HTTP/2 with %s failed: %s", who,
            hints->text[0] != '\0' ? hints->text : "it broke its rules");
}

static void say_protocol(struct hl_fault *out, int code, const char *who,
                         const struct hl_curl_hints *hints)
{
    if (hl_curl_is_no_http(code, hints))
        say(out, hints->tls ? HAUL_WHY_NONE : HAUL_WHY_NO_HTTP,
            "the answer of %s is not HTTP", who);
    else if (code == CURLE_HTTP2 || code == CURLE_HTTP2_STREAM)
        say_http_2(out, who, hints);
    else if (code == CURLE_OUT_OF_MEMORY)
        say(out, HAUL_WHY_NONE,
            "a header line longer than libcurl has room for");
    else
        say_as_curl(out, code, hints);
}

static bool is_broken(int code, const struct hl_curl_hints *hints)
{
    return code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR ||
           code == CURLE_GOT_NOTHING || code == CURLE_PARTIAL_FILE ||
           (code == CURLE_SSL_CONNECT_ERROR && !has(hints, " alert "));
}

/* The proxy, or the connection to it, has failed; or it says that it could not
 * reach the host. */
static void say_proxys(struct hl_fault *out, int code, const char *who,
                       const struct hl_curl_hints *hints)
{
    struct hl_curl_hints direct = *hints;
    direct.proxy = NULL;
    enum haul_error error = hl_error_of_curl(code, &direct);
    if (hints->tunnel >= 300)
        say_tunnel(out, hints);
    else if (code == CURLE_COULDNT_RESOLVE_PROXY)
        say(out, HAUL_WHY_PROXY_DOWN, "%s cannot be looked up", who);
    else if (code == CURLE_PROXY)
        say_socks(out, who, hints);
    else if (code == CURLE_OPERATION_TIMEDOUT)
        say_late(out, who, hints);
    else if (error == HAUL_ERR_TLS)
        say_tls(out, code, who, hints);
    else if (error == HAUL_ERR_PROTOCOL)
        say(out, HAUL_WHY_NONE, "%s is no HTTP proxy", who);
    else if (code == CURLE_COULDNT_CONNECT && !hints->connected)
        say_unconnected(out, who, hints);
    else
        say_broken(out, who, hints);
    out->hopeless |= error == HAUL_ERR_TLS || error == HAUL_ERR_PROTOCOL;
}

void hl_fault_of_curl(struct hl_fault *out, int code,
                      const struct hl_curl_hints *hints)
{
    char who[WHO_SIZE];
    *out = (struct hl_fault){.error = hl_error_of_curl(code, hints)};
    bool tried =
        hints->proxy != NULL && (hints->tunnel >= 300 || code == CURLE_PROXY);
    bool is_proxys = out->error == HAUL_ERR_PROXY || tried;
    put_who(who, is_proxys && hints->proxy != NULL, hints);
    if (out->error == HAUL_ERR_CANCELLED) {
        say(out, HAUL_WHY_NONE, "%s", haul_error_text(out->error));
    } else if (has(hints, "Unsupported proxy")) {
        /* libcurl's text would show the password that is in the URL. */
        say(out, HAUL_WHY_NONE, "the proxy's URL cannot be used");
        out->error = HAUL_ERR_PROXY;
        out->hopeless = true;
    } else if (is_proxys && hints->proxy != NULL)
        say_proxys(out, code, who, hints);
    else if (code == CURLE_COULDNT_RESOLVE_HOST)
        say(out, HAUL_WHY_NONE, "%s cannot be looked up", who);
    else if (code == CURLE_OPERATION_TIMEDOUT)
        say_late(out, who, hints);
    else if (out->error == HAUL_ERR_TLS)
        say_tls(out, code, who, hints);
    else if (code == CURLE_COULDNT_CONNECT)
        say_unconnected(out, who, hints);
    else if (out->error == HAUL_ERR_PROTOCOL)
        say_protocol(out, code, who, hints);
    else if (is_broken(code, hints))
        say_broken(out, who, hints);
    else
        say_as_curl(out, code, hints);
}
