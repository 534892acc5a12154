/* What a CURLcode means: which error of haul's it is. Pure. */
#ifndef HL_TRANSFER_CURL_CODE_H
#define HL_TRANSFER_CURL_CODE_H

#include <stdbool.h>
#include <stdint.h>

#include "haul/haul.h"
#include "transfer/proxy.h"
#include "transfer/tls.h"

/* What is known of a failed transfer beside its code. All zero is nothing, but
 * for text. */
struct hl_curl_hints {
    const char *text; /* libcurl's error text; "" none */
    int os_errno;     /* of the last connect; 0 unknown */
    bool tls;         /* the URL is https */
    bool connected;   /* a connection was made, to the server or the proxy */
    bool requested;   /* a request had been sent */
    bool heading;     /* and the head of its answer was not complete */
    bool heard;       /* a byte of the answer came */
    bool answered;    /* the head of the final answer was complete */
    bool http_2;
    bool certified;      /* it had a client certificate to send */
    long tunnel;         /* the status of a proxy's answer to CONNECT; 0 none */
    long socks;          /* CURLINFO_PROXY_ERROR */
    long verify;         /* OpenSSL's verdict on a certificate; 0 none */
    uint32_t connect_ms; /* time limits; 0 none */
    uint32_t max_ms;
    const char *server;             /* "host", or "host:port"; or NULL */
    const struct hl_proxy *proxy;   /* or NULL */
    const struct hl_tls_peer *peer; /* what TLS told; or NULL */
};

enum haul_error hl_error_of_curl(int curl_code,
                                 const struct hl_curl_hints *hints);
/* Was it the proxy that failed, not the server? For what went wrong before an
 * answer came. */
bool hl_curl_is_proxys(int curl_code, const struct hl_curl_hints *hints);
/* Does this status of a proxy's answer to CONNECT refuse to connect, as opposed
 * to one that tried and failed? */
bool hl_curl_is_refusal(long status);
/* Did the server, after a handshake, refuse the client's certificate or the
 * want of one? */
bool hl_curl_refuses_certificate(const struct hl_curl_hints *hints);

/* What came is no head of an answer. */
bool hl_curl_is_no_http(int curl_code, const struct hl_curl_hints *hints);

#endif
