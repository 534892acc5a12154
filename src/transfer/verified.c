#include "transfer/verified.h"

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"

enum {
    CHAINS = 16,
    KEY_MAX = 16 * 1024, /* a longer chain is checked each time */
};

/* All that a verdict depends on beside the store and the time. */
struct hl_verified_chain {
    struct hl_buf key;      /* the terms, and the certificates in DER, as the
                               server sent them */
    STACK_OF(X509) * chain; /* from the server's to the one that is trusted;
                               NULL: this place is free */
};

/* The store's. Under others a verdict depends on more than the key has: on
 * lists of revoked certificates, or on a time that is not now. */
static const unsigned long usual_flags =
    X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN;

/* @return false: the terms of this check are such that its verdict must not be
 * kept. */
static bool put_terms(struct hl_buf *out, X509_STORE_CTX *check)
{
    X509_VERIFY_PARAM *terms = X509_STORE_CTX_get0_param(check);
    const int numbers[] = {
        X509_VERIFY_PARAM_get_auth_level(terms),
        X509_VERIFY_PARAM_get_depth(terms),
    };
    hl_buf_add(out, (const char *)numbers, sizeof(numbers));
    return X509_VERIFY_PARAM_get_flags(terms) == usual_flags &&
           X509_VERIFY_PARAM_get0_host(terms, 0) == NULL;
}

static bool put_certificate(struct hl_buf *out, const X509 *certificate)
{
    unsigned char *der = NULL;
    int size = i2d_X509(certificate, &der);
    if (size > 0)
        hl_buf_add(out, (char *)der, (size_t)size);
    OPENSSL_free(der);
    return size > 0 && out->used <= KEY_MAX;
}

/* @return false: the verdict must neither be looked up nor be kept. */
static bool put_key(struct hl_buf *out, X509_STORE_CTX *check)
{
    const STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(check);
    if (sk_X509_num(sent) < 1 ||
        sk_X509_value(sent, 0) != X509_STORE_CTX_get0_cert(check) ||
        !put_terms(out, check))
        return false;
    for (int i = 0; i < sk_X509_num(sent); i++)
        if (!put_certificate(out, sk_X509_value(sent, i)))
            return false;
    return !out->failed;
}

/* NULL: there is none. */
static struct hl_verified_chain *find(struct hl_verified *verified,
                                      const struct hl_buf *key)
{
    for (size_t i = 0; verified->chains != NULL && i < CHAINS; i++) {
        struct hl_verified_chain *one = &verified->chains[i];
        if (one->chain != NULL && one->key.used == key->used &&
            memcmp(one->key.data, key->data, key->used) == 0)
            return one;
    }
    return NULL;
}

/* Each certificate has begun to be valid and has not ended. */
static bool is_valid_now(const STACK_OF(X509) * chain)
{
    for (int i = 0; i < sk_X509_num(chain); i++) {
        const X509 *one = sk_X509_value(chain, i);
        if (X509_cmp_current_time(X509_get0_notBefore(one)) >= 0 ||
            X509_cmp_current_time(X509_get0_notAfter(one)) <= 0)
            return false;
    }
    return true;
}

/* Leaves check as X509_verify_cert() does, and calls the callback for the
 * server's certificate. */
static int pass(X509_STORE_CTX *check, STACK_OF(X509) * chain)
{
    X509_STORE_CTX_set0_verified_chain(check, chain);
    X509_STORE_CTX_set_error(check, X509_V_OK);
    X509_STORE_CTX_set_error_depth(check, 0);
    X509_STORE_CTX_set_current_cert(check, sk_X509_value(chain, 0));
    return X509_STORE_CTX_get_verify_cb(check)(1, check) == 1;
}

static void forget(struct hl_verified_chain *one)
{
    hl_buf_release(&one->key);
    sk_X509_pop_free(one->chain, X509_free);
    *one = (struct hl_verified_chain){.chain = NULL};
}

/* Takes the key and the chain over. */
static void keep(struct hl_verified *verified, struct hl_buf *key,
                 STACK_OF(X509) * chain)
{
    struct hl_verified_chain *one = find(verified, key);
    if (verified->chains == NULL)
        verified->chains = calloc(CHAINS, sizeof(*verified->chains));
    if (chain == NULL || verified->chains == NULL) {
        hl_buf_release(key);
        sk_X509_pop_free(chain, X509_free);
        return;
    }
    if (one == NULL)
        one = &verified->chains[verified->added++ % CHAINS];
    forget(one);
    *one = (struct hl_verified_chain){*key, chain};
}

int hl_verified_check(struct hl_verified *verified, X509_STORE_CTX *check)
{
    struct hl_buf key = {.data = NULL};
    bool has_key = put_key(&key, check);
    struct hl_verified_chain *known = has_key ? find(verified, &key) : NULL;
    STACK_OF(X509) *chain = known != NULL && is_valid_now(known->chain)
                                ? X509_chain_up_ref(known->chain)
                                : NULL;
    if (chain != NULL) {
        hl_buf_release(&key);
        return pass(check, chain);
    }
    bool is_good = X509_verify_cert(check) == 1;
    if (has_key && is_good && X509_STORE_CTX_get_error(check) == X509_V_OK)
        keep(verified, &key, X509_STORE_CTX_get1_chain(check));
    else
        hl_buf_release(&key);
    return is_good;
}

void hl_verified_release(struct hl_verified *verified)
{
    for (size_t i = 0; verified->chains != NULL && i < CHAINS; i++)
        forget(&verified->chains[i]);
    free(verified->chains);
    *verified = (struct hl_verified){.chains = NULL};
}
