/*
 * The certificates that a run trusts: those in one file in PEM.
 *
 * OpenSSL decodes a whole file of certificates before it verifies the first
 * server: 33 ms of CPU for Debian's 140. A run needs one or two of them. Here
 * the file is read, and a certificate is decoded when OpenSSL looks for a
 * certificate with its subject. A certificate that turns out to be damaged then
 * is not trusted, and the others are; OpenSSL would refuse the whole file.
 *
 * Owned by whoever runs libcurl: a loop's glue, or a transfer that blocks. Used
 * on the owner's thread. Zeroed: nothing is read yet.
 */
#ifndef HL_TRANSFER_TRUST_H
#define HL_TRANSFER_TRUST_H

#include <curl/curl.h>
#include <openssl/ssl.h>
#include <stdint.h>

#include "transfer/verified.h"

struct hl_trust {
    X509_STORE *store; /* NULL: the file has not been read */
    uint64_t read_ns;  /* uv_hrtime() when it was */
    struct hl_verified verified;
};

/* Makes the connections of context trust the certificates in the file, which
 * is read at the first call and again after a day. trust must outlive them.
 * @return CURLE_OK, CURLE_SSL_CACERT_BADFILE or CURLE_OUT_OF_MEMORY. */
CURLcode hl_trust_use(struct hl_trust *trust, SSL_CTX *context,
                      const char *path);
void hl_trust_release(struct hl_trust *trust);

#endif
