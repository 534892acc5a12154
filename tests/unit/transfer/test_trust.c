/* Certificates that are decoded when they are looked for are trusted exactly as
 * if OpenSSL had read their file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "transfer/trust.h"

enum { KEYS = 4, FILES = 300, MOST = 8 };

/* A certificate of the key, issued by the name and the key. */
struct made {
    const char *subject, *issuer;
    int key, issuer_key;
    bool is_expired, is_leaf, names_key;
    const char *constraint;
};

static const struct made pool[] = {
    {"a", "a", 0, 0, .names_key = false},
    {"a", "a", 1, 1, .names_key = false}, /* another with its name */
    {"a", "a", 0, 0, .names_key = true},
    {"a", "a", 1, 1, .names_key = true},
    {"a", "a", 0, 0, .is_expired = true},
    {"a", "a", 0, 0, .is_expired = true, .names_key = true},
    {"a", "b", 0, 2, .names_key = true}, /* cross-signed */
    {"b", "b", 2, 2, .names_key = true},
    {"b", "a", 2, 0, .names_key = true},
    {"b", "a", 2, 1, .is_expired = true},
    {"a", "a", 0, 0, .names_key = true, .constraint = "permitted;DNS:x.test"},
    {"a", "a", 0, 0, .is_leaf = true}, /* no authority, with the name of one */
    {"A ", "a", 0, 0, .names_key = true}, /* the same name, written otherwise */
    {"leaf", "a", 3, 0, .is_leaf = true},
    {"leaf", "a", 3, 0, .is_leaf = true, .names_key = true},
    {"leaf", "b", 3, 2, .is_leaf = true, .names_key = true},
    {"leaf", "a", 3, 1, .is_leaf = true, .names_key = true},
    {"leaf", "leaf", 3, 3, .is_leaf = true},
    {"leaf", "a", 3, 0, .is_leaf = true, .is_expired = true},
};

enum { POOL = sizeof(pool) / sizeof(*pool), LEAVES = 6 };

static SSL_CTX *context;
static EVP_PKEY *keys[KEYS];
static X509 *certificates[POOL];
static char path[] = "/tmp/haul-trust-XXXXXX";

static void add_extension(X509 *x509, X509V3_CTX *who, int nid,
                          const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, who, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(x509, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void add_extensions(X509 *x509, const struct made *made)
{
    X509V3_CTX who;
    X509 *issuer = X509_new();
    X509_set_pubkey(issuer, keys[made->issuer_key]);
    X509V3_set_ctx(&who, issuer, issuer, NULL, NULL, 0);
    if (made->names_key) {
        add_extension(issuer, &who, NID_subject_key_identifier, "hash");
        add_extension(x509, &who, NID_authority_key_identifier, "keyid");
        X509V3_set_ctx(&who, x509, x509, NULL, NULL, 0);
        add_extension(x509, &who, NID_subject_key_identifier, "hash");
    }
    add_extension(x509, &who, NID_basic_constraints,
                  made->is_leaf ? "CA:FALSE" : "critical,CA:TRUE");
    if (made->is_leaf)
        add_extension(x509, &who, NID_subject_alt_name, "DNS:y.test");
    if (made->constraint != NULL)
        add_extension(x509, &who, NID_name_constraints, made->constraint);
    X509_free(issuer);
}

static X509 *make(const struct made *made, long serial)
{
    X509 *x509 = X509_new();
    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), serial);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                               (const unsigned char *)made->subject, -1, -1, 0);
    X509_NAME_add_entry_by_txt(X509_get_issuer_name(x509), "CN", MBSTRING_ASC,
                               (const unsigned char *)made->issuer, -1, -1, 0);
    X509_gmtime_adj(X509_getm_notBefore(x509), -7200);
    X509_gmtime_adj(X509_getm_notAfter(x509), made->is_expired ? -3600 : 3600);
    X509_set_pubkey(x509, keys[made->key]);
    add_extensions(x509, made);
    assert_true(X509_sign(x509, keys[made->issuer_key], EVP_sha256()) > 0);
    return x509;
}

static int set_up(void **state)
{
    (void)state;
    for (int i = 0; i < KEYS; i++)
        keys[i] = EVP_EC_gen("P-256");
    context = SSL_CTX_new(TLS_client_method());
    for (int i = 0; i < POOL; i++)
        certificates[i] = make(&pool[i], i + 1);
    return mkstemp(path) < 0;
}

static int tear_down(void **state)
{
    (void)state;
    SSL_CTX_free(context);
    for (int i = 0; i < KEYS; i++)
        EVP_PKEY_free(keys[i]);
    for (int i = 0; i < POOL; i++)
        X509_free(certificates[i]);
    return unlink(path);
}

/* NULL: the file trusts nobody. */
static X509_STORE *read_by_openssl(void)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_set_flags(store,
                         X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
    if (X509_STORE_load_file(store, path) == 1)
        return store;
    X509_STORE_free(store);
    return NULL;
}

/* Whom the connections of the context trust. */
static X509_STORE *read_by_haul(struct hl_trust *trust, CURLcode *code)
{
    X509_STORE *store = NULL;
    SSL_CTX_set1_verify_cert_store(context, NULL);
    SSL_CTX_set1_chain_cert_store(context, NULL);
    *code = hl_trust_use(trust, context, path);
    if (*code == CURLE_OK)
        SSL_CTX_get0_verify_cert_store(context, &store);
    return store;
}

/* @return what OpenSSL says of a server's certificate; -1: nothing. */
static int verify(X509_STORE *store, X509 *leaf, STACK_OF(X509) * sent,
                  STACK_OF(X509) * *chain)
{
    int error = -1;
    X509_STORE_CTX *verifier = X509_STORE_CTX_new();
    *chain = NULL;
    if (verifier != NULL &&
        X509_STORE_CTX_init(verifier, store, leaf, sent) == 1 &&
        X509_STORE_CTX_set_default(verifier, "ssl_server") == 1) {
        bool is_good = X509_verify_cert(verifier) == 1;
        error = X509_STORE_CTX_get_error(verifier);
        error = !is_good && error == X509_V_OK ? -1 : error;
        *chain = X509_STORE_CTX_get1_chain(verifier);
    }
    X509_STORE_CTX_free(verifier);
    return error;
}

static void check_alike(X509_STORE *haul, X509_STORE *openssl, X509 *leaf,
                        STACK_OF(X509) * sent)
{
    STACK_OF(X509) * chain, *wanted;
    assert_int_equal(verify(haul, leaf, sent, &chain),
                     verify(openssl, leaf, sent, &wanted));
    assert_int_equal(sk_X509_num(chain), sk_X509_num(wanted));
    for (int i = 0; i < sk_X509_num(wanted); i++)
        assert_int_equal(
            X509_cmp(sk_X509_value(chain, i), sk_X509_value(wanted, i)), 0);
    sk_X509_pop_free(chain, X509_free);
    sk_X509_pop_free(wanted, X509_free);
}

static unsigned next_number(unsigned below)
{
    static uint64_t at = 1;
    at = at * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(at >> 33) % below;
}

static void any_file_trusts_the_same_servers_by_the_same_chains(void **state)
{
    (void)state;
    for (int i = 0; i < FILES; i++) {
        FILE *file = fopen(path, "w");
        for (unsigned n = next_number(MOST) + 1; n > 0; n--)
            PEM_write_X509(file, certificates[next_number(POOL)]);
        fclose(file);
        CURLcode code;
        struct hl_trust trust = {.store = NULL};
        X509_STORE *openssl = read_by_openssl();
        X509_STORE *haul = read_by_haul(&trust, &code);
        STACK_OF(X509) *sent = sk_X509_new_null();
        for (unsigned n = next_number(3); n > 0; n--)
            sk_X509_push(sent, certificates[next_number(POOL)]);
        for (unsigned n = 0; n < 2 * LEAVES; n++)
            check_alike(haul, openssl,
                        certificates[POOL - 1 - next_number(LEAVES)], sent);
        sk_X509_free(sent);
        X509_STORE_free(openssl);
        hl_trust_release(&trust);
    }
}

static int verify_in_file(struct hl_trust *trust, X509 *leaf)
{
    CURLcode code;
    STACK_OF(X509) * chain;
    X509_STORE *store = read_by_haul(trust, &code);
    int error = store != NULL ? verify(store, leaf, NULL, &chain) : -1;
    if (store != NULL)
        sk_X509_pop_free(chain, X509_free);
    return error;
}

static void what_a_file_says_against_a_certificate_counts(void **state)
{
    struct hl_trust trust = {.store = NULL};
    FILE *file = fopen(path, "w");
    X509 *refused = X509_dup(certificates[0]);
    (void)state;
    X509_add1_reject_object(refused, OBJ_nid2obj(NID_server_auth));
    PEM_write_X509(file, certificates[7]);
    PEM_write_X509_AUX(file, refused);
    fclose(file);
    assert_int_equal(verify_in_file(&trust, certificates[13]),
                     X509_V_ERR_CERT_REJECTED);
    assert_int_equal(verify_in_file(&trust, certificates[15]), X509_V_OK);
    X509_free(refused);
    hl_trust_release(&trust);
}

/* The algorithm of the signature is no sequence. */
static void write_broken(FILE *file, X509 *x509)
{
    unsigned char *der = NULL;
    int tag, class, size = i2d_X509(x509, &der);
    long length;
    const unsigned char *at = der;
    ASN1_get_object(&at, &length, &tag, &class, size);
    ASN1_get_object(&at, &length, &tag, &class, length);
    der[at + length - der] = V_ASN1_SET | V_ASN1_CONSTRUCTED;
    PEM_write(file, PEM_STRING_X509, "", der, size);
    OPENSSL_free(der);
}

static void a_certificate_that_is_broken_is_not_trusted(void **state)
{
    struct hl_trust trust = {.store = NULL};
    FILE *file = fopen(path, "w");
    (void)state;
    write_broken(file, certificates[0]);
    PEM_write_X509(file, certificates[7]);
    fclose(file);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(verify_in_file(&trust, certificates[13]),
                         X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
        assert_int_equal(verify_in_file(&trust, certificates[15]), X509_V_OK);
    }
    hl_trust_release(&trust);
}

static void a_file_that_is_cut_short_trusts_nobody(void **state)
{
    CURLcode code;
    struct hl_trust trust = {.store = NULL};
    FILE *file = fopen(path, "w");
    (void)state;
    PEM_write_X509(file, certificates[0]);
    PEM_write_X509(file, certificates[7]);
    long size = ftell(file);
    fclose(file);
    assert_int_equal(truncate(path, size - 40), 0);
    assert_null(read_by_haul(&trust, &code));
    assert_int_equal(code, CURLE_SSL_CACERT_BADFILE);
    assert_int_equal(truncate(path, 0), 0);
    assert_null(read_by_haul(&trust, &code));
    assert_int_equal(code, CURLE_SSL_CACERT_BADFILE);
    hl_trust_release(&trust);
}

/* Which allocation of OpenSSL's fails from now on; 0: none. */
static unsigned failing;

static void *allocate(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return failing > 0 && --failing == 0 ? NULL : malloc(size);
}

static void *reallocate(void *old, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return failing > 0 && --failing == 0 ? NULL : realloc(old, size);
}

static void release(void *old, const char *file, int line)
{
    (void)file, (void)line;
    free(old);
}

static void
without_memory_nobody_is_trusted_who_is_not_in_the_file(void **state)
{
    FILE *file = fopen(path, "w");
    bool has_failed = true;
    (void)state;
    PEM_write_X509(file, certificates[7]);
    PEM_write_X509(file, certificates[0]);
    PEM_write_X509(file, certificates[4]);
    fclose(file);
    for (unsigned n = 1; has_failed; n += 1 + n / 128) {
        struct hl_trust trust = {.store = NULL};
        failing = n;
        int good = verify_in_file(&trust, certificates[13]);
        int bad = verify_in_file(&trust, certificates[17]);
        has_failed = failing == 0;
        failing = 0;
        ERR_clear_error();
        assert_int_not_equal(bad, X509_V_OK);
        assert_true(good == X509_V_OK || has_failed);
        /* The next connection has memory again. What OpenSSL decoded without
         * it may be no good still. */
        assert_int_equal(verify_in_file(&trust, certificates[15]), X509_V_OK);
        assert_int_equal(verify_in_file(&trust, certificates[17]),
                         X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
        hl_trust_release(&trust);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_file_trusts_the_same_servers_by_the_same_chains),
        cmocka_unit_test(what_a_file_says_against_a_certificate_counts),
        cmocka_unit_test(a_certificate_that_is_broken_is_not_trusted),
        cmocka_unit_test(a_file_that_is_cut_short_trusts_nobody),
        cmocka_unit_test(
            without_memory_nobody_is_trusted_who_is_not_in_the_file),
    };
    CRYPTO_set_mem_functions(allocate, reallocate, release);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
