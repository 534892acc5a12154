#include "transfer/curl_code.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

static bool is_tunnel(const struct hl_curl_hints *hints)
{
    return hints->tls && hints->tunnel >= 200 && hints->tunnel < 300;
}

static bool is_about_tls(int curl_code)
{
    return curl_code == CURLE_SSL_CONNECT_ERROR ||
           curl_code == CURLE_PEER_FAILED_VERIFICATION;
}

bool hl_curl_is_proxys(int curl_code, const struct hl_curl_hints *hints)
{
    enum hl_proxy_kind kind =
        hints->proxy != NULL ? hints->proxy->kind : HL_PROXY_NONE;
    if (kind == HL_PROXY_NONE || hints->answered)
        return false;
    if (hints->requested)
        return !hints->tls && kind != HL_PROXY_SOCKS;
    if (!hints->connected)
        return true;
    return kind == HL_PROXY_SOCKS ? !is_about_tls(curl_code)
                                  : !is_tunnel(hints);
}

/* CURLE_SSL_CONNECT_ERROR is also a peer that hung up during the handshake,
 * which passes, unlike a certificate that is not trusted. */
static enum haul_error of_handshake(const struct hl_curl_hints *hints)
{
    bool says = strstr(hints->text, "SSL_ERROR_SYSCALL") != NULL ||
                strstr(hints->text, "Broken pipe") != NULL ||
                strstr(hints->text, "reset by peer") != NULL ||
                strstr(hints->text, "unexpected eof") != NULL;
    /* Where OpenSSL finds fault with the server's bytes the connection may be
     * reset too: then what OpenSSL says counts. */
    bool reset = (hints->os_errno == ECONNRESET || hints->os_errno == EPIPE) &&
                 strstr(hints->text, "SSL routines:") == NULL;
    return says || reset ? HAUL_ERR_CONNECT : HAUL_ERR_TLS;
}

/* A server of TLS 1.3 judges the client's certificate after the handshake has
 * ended for the client, and says what it thinks of it in an alert. */
bool hl_curl_refuses_certificate(const struct hl_curl_hints *hints)
{
    const char *alert = strstr(hints->text, " alert ");
    return alert != NULL && !hints->answered &&
           (strstr(alert, "certificate") != NULL ||
            strstr(alert, "unknown ca") != NULL ||
            strstr(alert, "access denied") != NULL);
}

bool hl_curl_is_refusal(long status)
{
    return status >= 400 && status < 500 && status != 408 && status != 425 &&
           status != 429;
}

/* CURLE_RECV_ERROR is also a chunk whose size is no number, and, depending on
 * libcurl's version, what a proxy answers to CONNECT. */
static enum haul_error of_broken(int curl_code,
                                 const struct hl_curl_hints *hints)
{
    if (strstr(hints->text, "in chunked-encoding") != NULL)
        return HAUL_ERR_PROTOCOL;
    if (hl_curl_refuses_certificate(hints))
        return HAUL_ERR_TLS;
    if (hl_curl_is_refusal(hints->tunnel) && !hints->requested)
        return HAUL_ERR_PROXY;
    if (hints->tunnel >= 300)
        return HAUL_ERR_CONNECT;
    if (hl_curl_is_proxys(curl_code, hints) && !hints->heard)
        return HAUL_ERR_PROXY;
    return hints->answered || hints->requested ? HAUL_ERR_TRUNCATED
                                               : HAUL_ERR_CONNECT;
}

static enum haul_error of_connect(const struct hl_curl_hints *hints)
{
    if (hl_curl_is_refusal(hints->tunnel))
        return HAUL_ERR_PROXY;
    return hints->tunnel == 0 && hl_curl_is_proxys(CURLE_COULDNT_CONNECT, hints)
               ? HAUL_ERR_PROXY
               : HAUL_ERR_CONNECT;
}

/* A SOCKS proxy says that the host cannot be reached, or does not work itself.
 */
static enum haul_error of_socks(const struct hl_curl_hints *hints)
{
    switch (hints->socks) {
    case CURLPX_REPLY_CONNECTION_REFUSED:
    case CURLPX_REPLY_GENERAL_SERVER_FAILURE:
    case CURLPX_REPLY_HOST_UNREACHABLE:
    case CURLPX_REPLY_NETWORK_UNREACHABLE:
    case CURLPX_REPLY_TTL_EXPIRED:
    case CURLPX_REQUEST_FAILED:
        return HAUL_ERR_CONNECT;
    case CURLPX_RESOLVE_HOST:
        return HAUL_ERR_DNS;
    default:
        return HAUL_ERR_PROXY;
    }
}

static enum haul_error of_tls(int curl_code, const struct hl_curl_hints *hints)
{
    if (hl_curl_is_proxys(curl_code, hints))
        return HAUL_ERR_PROXY;
    return curl_code == CURLE_SSL_CONNECT_ERROR ? of_handshake(hints)
                                                : HAUL_ERR_TLS;
}

bool hl_curl_is_no_http(int curl_code, const struct hl_curl_hints *hints)
{
    return (curl_code == CURLE_UNSUPPORTED_PROTOCOL ||
            curl_code == CURLE_WEIRD_SERVER_REPLY) &&
           strstr(hints->text, "HTTP/0.9") != NULL;
}

/* After the request it is the answer's protocol that is meant. */
static enum haul_error of_url(int curl_code, const struct hl_curl_hints *hints)
{
    if (hl_curl_is_no_http(curl_code, hints) &&
        hl_curl_is_proxys(curl_code, hints))
        return HAUL_ERR_PROXY;
    return hints->requested ? HAUL_ERR_PROTOCOL : HAUL_ERR_NAME;
}

/* libcurl's word for a header line that is too long, too. */
static enum haul_error of_memory(const struct hl_curl_hints *hints)
{
    return hints->heading ? HAUL_ERR_PROTOCOL : HAUL_ERR_IO;
}

enum haul_error hl_error_of_curl(int curl_code,
                                 const struct hl_curl_hints *hints)
{
    switch ((CURLcode)curl_code) {
    case CURLE_OK:
        return HAUL_OK;
    case CURLE_COULDNT_RESOLVE_HOST:
        return HAUL_ERR_DNS;
    case CURLE_COULDNT_RESOLVE_PROXY:
        return HAUL_ERR_PROXY;
    case CURLE_COULDNT_CONNECT:
        return of_connect(hints);
    case CURLE_PROXY:
        return of_socks(hints);
    case CURLE_INTERFACE_FAILED:
        return HAUL_ERR_CONNECT;
    case CURLE_OPERATION_TIMEDOUT:
        return !hints->requested && hl_curl_is_proxys(curl_code, hints)
                   ? HAUL_ERR_PROXY
                   : HAUL_ERR_TIMEOUT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
        return of_tls(curl_code, hints);
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_CRL_BADFILE:
        return HAUL_ERR_TLS;
    case CURLE_PARTIAL_FILE:
        return hints->heading ? HAUL_ERR_TRUNCATED
                              : of_broken(curl_code, hints);
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
        return of_broken(curl_code, hints);
    case CURLE_TOO_MANY_REDIRECTS:
        return HAUL_ERR_REDIRECT;
    case CURLE_FILESIZE_EXCEEDED:
        return HAUL_ERR_TOO_LARGE;
    case CURLE_ABORTED_BY_CALLBACK:
        return HAUL_ERR_CANCELLED;
    case CURLE_OUT_OF_MEMORY:
        return of_memory(hints);
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return of_url(curl_code, hints);
    default:
        return HAUL_ERR_PROTOCOL;
    }
}
