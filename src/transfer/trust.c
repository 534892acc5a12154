#include "transfer/trust.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum {
    ROOM = 64, /* certificates, at first */
};

/* What libcurl does by CURLOPT_CA_CACHE_TIMEOUT. */
static const uint64_t day_ns = UINT64_C(86400) * 1000000000u;

struct certificate {
    unsigned char *der; /* NULL: it is in the store */
    long size;
    X509_NAME *subject;
};

/* All certificates of a file. Owned by the store's lookup. */
struct bundle {
    struct certificate *certificates;
    size_t count, room;
};

static void free_bundle(struct bundle *bundle)
{
    if (bundle == NULL)
        return;
    for (size_t i = 0; i < bundle->count; i++) {
        OPENSSL_free(bundle->certificates[i].der);
        X509_NAME_free(bundle->certificates[i].subject);
    }
    free(bundle->certificates);
    free(bundle);
}

/* Goes into the value at *at. @return its tag; -1: there is no whole value. */
static int enter(const unsigned char **at, const unsigned char *end, long *size)
{
    int tag, class;
    int r = ASN1_get_object(at, size, &tag, &class, end - *at);
    return (r & 0x81) != 0 || *size > end - *at ? -1 : tag | (class << 8);
}

static bool skip(const unsigned char **at, const unsigned char *end)
{
    long size;
    if (enter(at, end, &size) < 0)
        return false;
    *at += size;
    return true;
}

/* The subject of a certificate (RFC 5280, 4.1), without decoding the rest.
 * NULL: it is not in the form of a certificate, or there is no memory. */
static X509_NAME *subject_of(const unsigned char *der, long size)
{
    const unsigned char *at = der, *end = der + size;
    long length;
    if (enter(&at, end, &length) != V_ASN1_SEQUENCE || at + length != end ||
        enter(&at, end, &length) != V_ASN1_SEQUENCE)
        return NULL;
    end = at + length;
    const unsigned char *first = at;
    /* The version may be left out. */
    if (enter(&at, end, &length) != (V_ASN1_CONTEXT_SPECIFIC << 8))
        at = first;
    else
        at += length;
    /* Serial number, algorithm, issuer, validity. */
    for (int i = 0; i < 4; i++)
        if (!skip(&at, end))
            return NULL;
    return d2i_X509_NAME(NULL, &at, end - at);
}

/* Takes der over. @return false: the file is not as expected. */
static bool add(struct bundle *bundle, unsigned char *der, long size)
{
    if (bundle->count == bundle->room) {
        size_t room = bundle->room > 0 ? bundle->room * 2 : ROOM;
        struct certificate *more =
            realloc(bundle->certificates, room * sizeof(*more));
        if (more == NULL) {
            OPENSSL_free(der);
            return false;
        }
        bundle->certificates = more;
        bundle->room = room;
    }
    struct certificate *last = &bundle->certificates[bundle->count++];
    *last = (struct certificate){der, size, subject_of(der, size)};
    return last->subject != NULL;
}

static bool is_certificate(const char *label, const char *header)
{
    return header[0] == '\0' && (strcmp(label, PEM_STRING_X509) == 0 ||
                                 strcmp(label, PEM_STRING_X509_OLD) == 0);
}

/* @return false: something else than certificates is in the file, or there is
 * no memory. */
static bool read_all(struct bundle *bundle, BIO *file)
{
    char *label, *header;
    unsigned char *der;
    long size;
    while (PEM_read_bio(file, &label, &header, &der, &size) == 1) {
        bool expected = is_certificate(label, header);
        OPENSSL_free(label);
        OPENSSL_free(header);
        if (!expected)
            OPENSSL_free(der);
        if (!expected || !add(bundle, der, size))
            return false;
    }
    /* At the end of the file, no more begins. */
    return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE &&
           bundle->count > 0;
}

static struct bundle *read_bundle(const char *path)
{
    struct bundle *bundle = calloc(1, sizeof(*bundle));
    BIO *file = BIO_new_file(path, "r");
    bool is_good = bundle != NULL && file != NULL && read_all(bundle, file);
    BIO_free(file);
    ERR_clear_error();
    if (is_good)
        return bundle;
    free_bundle(bundle);
    return NULL;
}

/* Puts a certificate into the store. One that does not get there stays: it may
 * be only memory that was missing. */
static void put(X509_STORE *store, struct certificate *certificate)
{
    const unsigned char *at = certificate->der;
    ERR_set_mark();
    X509 *x509 = d2i_X509(NULL, &at, certificate->size);
    if (x509 != NULL && X509_STORE_add_cert(store, x509) == 1) {
        OPENSSL_free(certificate->der);
        certificate->der = NULL;
    }
    ERR_pop_to_mark();
    X509_free(x509);
}

/* OpenSSL looks for a certificate with this name and has not found it in the
 * store. All that have the name go there: OpenSSL chooses among them, and comes
 * here again only if there is none. */
static int on_lookup(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type,
                     const X509_NAME *name, X509_OBJECT *found)
{
    struct bundle *bundle = X509_LOOKUP_get_method_data(lookup);
    X509_STORE *store = X509_LOOKUP_get_store(lookup);
    if (type != X509_LU_X509)
        return 0;
    for (size_t i = 0; i < bundle->count; i++) {
        struct certificate *one = &bundle->certificates[i];
        if (one->der != NULL && X509_NAME_cmp(one->subject, name) == 0)
            put(store, one);
    }
    X509_OBJECT *first = X509_OBJECT_retrieve_by_subject(
        X509_STORE_get0_objects(store), type, name);
    if (first == NULL ||
        X509_OBJECT_set1_X509(found, X509_OBJECT_get0_X509(first)) != 1)
        return 0;
    /* OpenSSL takes a reference to what is found and never gives back this one
     * (its own by_store_subject() does the same). The store has another. */
    X509_free(X509_OBJECT_get0_X509(first));
    return 1;
}

static void on_free(X509_LOOKUP *lookup)
{
    free_bundle(X509_LOOKUP_get_method_data(lookup));
}

static uv_once_t once = UV_ONCE_INIT;
static X509_LOOKUP_METHOD *method;

static void make_method(void)
{
    method = X509_LOOKUP_meth_new("certificates of a file");
    if (method == NULL)
        return;
    X509_LOOKUP_meth_set_get_by_subject(method, on_lookup);
    X509_LOOKUP_meth_set_free(method, on_free);
}

/* @return false: the file must be read by OpenSSL. */
static bool add_bundle(X509_STORE *store, const char *path)
{
    uv_once(&once, make_method);
    struct bundle *bundle = method != NULL ? read_bundle(path) : NULL;
    X509_LOOKUP *lookup =
        bundle != NULL ? X509_STORE_add_lookup(store, method) : NULL;
    if (lookup == NULL)
        free_bundle(bundle);
    else
        X509_LOOKUP_set_method_data(lookup, bundle);
    return lookup != NULL;
}

static CURLcode make_store(X509_STORE **out, const char *path)
{
    X509_STORE *store = *out = X509_STORE_new();
    if (store == NULL)
        return CURLE_OUT_OF_MEMORY;
    /* As libcurl does. */
    X509_STORE_set_flags(store,
                         X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
    if (add_bundle(store, path) || X509_STORE_load_file(store, path) == 1)
        return CURLE_OK;
    X509_STORE_free(store);
    *out = NULL;
    return CURLE_SSL_CACERT_BADFILE;
}

/* A connection that began before the file was read again has the earlier store.
 * Its verdict is not kept. */
static int on_verify_chain(X509_STORE_CTX *check, void *arg)
{
    struct hl_trust *trust = arg;
    return X509_STORE_CTX_get0_store(check) == trust->store
               ? hl_verified_check(&trust->verified, check)
               : X509_verify_cert(check) == 1;
}

void hl_trust_release(struct hl_trust *trust)
{
    hl_verified_release(&trust->verified);
    X509_STORE_free(trust->store);
    trust->store = NULL;
}

CURLcode hl_trust_use(struct hl_trust *trust, SSL_CTX *context,
                      const char *path)
{
    uint64_t now = uv_hrtime();
    if (trust->store == NULL || now - trust->read_ns >= day_ns) {
        X509_STORE *store;
        CURLcode code = make_store(&store, path);
        if (code != CURLE_OK)
            return code;
        hl_trust_release(trust);
        trust->store = store;
        trust->read_ns = now;
    }
    SSL_CTX_set_cert_verify_callback(context, on_verify_chain, trust);
    /* Not as the context's own store: to that one libcurl adds what it would
     * trust without a file. From the second OpenSSL completes our own chain. */
    bool is_set = SSL_CTX_set1_verify_cert_store(context, trust->store) == 1 &&
                  SSL_CTX_set1_chain_cert_store(context, trust->store) == 1;
    return is_set ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}
