#include "transfer/curl_code.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

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
static bool refuses_certificate(const struct hl_curl_hints *hints)
{
    const char *alert = strstr(hints->text, " alert ");
    return alert != NULL && !hints->answered &&
           (strstr(alert, "certificate") != NULL ||
            strstr(alert, "unknown ca") != NULL ||
            strstr(alert, "access denied") != NULL);
}

/* Does the proxy refuse to connect, as opposed to one that tried and failed? */
static bool is_refused_by_proxy(long status)
{
    return status >= 400 && status < 500 && status != 408 && status != 425 &&
           status != 429;
}

/* CURLE_RECV_ERROR is also a chunk whose size is no number, and, depending on
 * libcurl's version, what a proxy answers to CONNECT. */
static enum haul_error of_broken(const struct hl_curl_hints *hints)
{
    if (strstr(hints->text, "in chunked-encoding") != NULL)
        return HAUL_ERR_PROTOCOL;
    if (refuses_certificate(hints))
        return HAUL_ERR_TLS;
    if (is_refused_by_proxy(hints->tunnel) && !hints->requested)
        return HAUL_ERR_HTTP;
    return hints->answered ? HAUL_ERR_TRUNCATED : HAUL_ERR_CONNECT;
}

/* After the request it is the answer's protocol that is meant. */
static enum haul_error of_url(const struct hl_curl_hints *hints)
{
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
    case CURLE_COULDNT_RESOLVE_PROXY:
        return HAUL_ERR_DNS;
    case CURLE_COULDNT_CONNECT:
        return is_refused_by_proxy(hints->tunnel) ? HAUL_ERR_HTTP
                                                  : HAUL_ERR_CONNECT;
    case CURLE_PROXY:
    case CURLE_INTERFACE_FAILED:
        return HAUL_ERR_CONNECT;
    case CURLE_OPERATION_TIMEDOUT:
        return HAUL_ERR_TIMEOUT;
    case CURLE_SSL_CONNECT_ERROR:
        return of_handshake(hints);
    case CURLE_PEER_FAILED_VERIFICATION:
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
        return hints->heading ? HAUL_ERR_TRUNCATED : of_broken(hints);
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
        return of_broken(hints);
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
        return of_url(hints);
    default:
        return HAUL_ERR_PROTOCOL;
    }
}
