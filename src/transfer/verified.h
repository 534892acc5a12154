/*
 * Chains of certificates that OpenSSL has found good. The servers of one host
 * send the same chain with each connection, and to check the signatures in it
 * is a tenth of what a connection costs. When a server sends the same bytes
 * again, under the same security level, the verdict of the first check holds as
 * long as each certificate up to the trusted one is valid. Only good verdicts
 * are kept.
 *
 * Each handshake still proves, to OpenSSL, that the server has the key of its
 * certificate. libcurl still compares the certificate with the host's name.
 *
 * Owned by a struct hl_trust, and about its store only. Zeroed: empty.
 */
#ifndef HL_TRANSFER_VERIFIED_H
#define HL_TRANSFER_VERIFIED_H

#include <openssl/x509_vfy.h>

struct hl_verified_chain;

struct hl_verified {
    struct hl_verified_chain *chains; /* NULL: none was good yet */
    unsigned added; /* the next takes the place of the oldest */
};

/* Like X509_verify_cert(). @return 1: the chain is good; 0: it is not. */
int hl_verified_check(struct hl_verified *verified, X509_STORE_CTX *check);
void hl_verified_release(struct hl_verified *verified);

#endif
