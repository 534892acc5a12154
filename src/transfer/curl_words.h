/* What went wrong in a transfer that libcurl has ended, in words for people,
 * who need not know libcurl or OpenSSL. Pure. */
#ifndef HL_TRANSFER_CURL_WORDS_H
#define HL_TRANSFER_CURL_WORDS_H

#include "transfer/curl_code.h"

enum { HL_FAULT_SIZE = 320 };

struct hl_fault {
    enum haul_error error;
    enum haul_why why;
    long tunnel;   /* the proxy's answer to CONNECT, which is the cause; 0 */
    bool hopeless; /* another attempt in this run would fail in the same way */
    char text[HL_FAULT_SIZE]; /* may have any bytes but NUL */
};

/* hints->server must be set. */
void hl_fault_of_curl(struct hl_fault *out, int curl_code,
                      const struct hl_curl_hints *hints);

/* The proxy wants a name and a password, or others, as its status says. */
void hl_fault_wants_user(struct hl_fault *out, const struct hl_proxy *proxy,
                         long status);

#endif
