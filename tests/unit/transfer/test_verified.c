/* A chain of certificates that comes again is judged as OpenSSL would judge it
 * anew. */
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
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "transfer/trust.h"
#include "transfer/verified.h"

enum {
    HOUR = 3600,
    CHAINS = 16, /* that are kept */
    EXTRAS = 64, /* more than 16 KiB of certificates */
};

enum key { ROOT_KEY, MIDDLE_KEY, LEAF_KEY, FOREIGN_KEY, KEYS };

enum which { ROOT, MIDDLE, LEAF, OTHER, FORGED, SELF, FOREIGN, COUNT };

/* Hours from the start of the test; the root is trusted. */
static const struct made {
    const char *subject, *issuer;
    enum key key, issuer_key;
    int from, until;
    long serial;
} made[COUNT] = {
    [ROOT] = {"root", "root", ROOT_KEY, ROOT_KEY, -9, 9, 1},
    [MIDDLE] = {"middle", "root", MIDDLE_KEY, ROOT_KEY, -2, 4, 2},
    [LEAF] = {"leaf", "middle", LEAF_KEY, MIDDLE_KEY, -1, 2, 3},
    [OTHER] = {"leaf", "middle", LEAF_KEY, MIDDLE_KEY, -6, 6, 4},
    /* As LEAF is, but for the signature. */
    [FORGED] = {"leaf", "middle", LEAF_KEY, FOREIGN_KEY, -1, 2, 3},
    [SELF] = {"leaf", "leaf", LEAF_KEY, LEAF_KEY, -1, 2, 3},
    [FOREIGN] = {"root", "root", FOREIGN_KEY, FOREIGN_KEY, -9, 9, 1},
};

static EVP_PKEY *keys[KEYS];
static X509 *certificates[COUNT];
static X509_STORE *store;
static time_t now;
static char path[] = "/tmp/haul-verified-XXXXXX";

/* Which allocation fails from now on; 0: none. */
static unsigned failing;

static bool fails(void)
{
    return failing > 0 && --failing == 0;
}

void *__wrap_calloc(size_t count, size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__real_realloc(void *old, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

static void *allocate(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return fails() ? NULL : malloc(size);
}

static void *reallocate(void *old, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return fails() ? NULL : __real_realloc(old, size);
}

static void release(void *old, const char *file, int line)
{
    (void)file, (void)line;
    free(old);
}

/* In place of the C library's, for OpenSSL too. */
__attribute__((visibility("default"))) time_t time(time_t *out)
{
    if (out != NULL)
        *out = now;
    return now;
}

static void set_name(X509_NAME *name, const char *text)
{
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               (const unsigned char *)text, -1, -1, 0);
}

static X509 *make(const struct made *one)
{
    X509 *x509 = X509_new();
    bool is_leaf = one->key == LEAF_KEY;
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(
        NULL, NULL, NID_basic_constraints, is_leaf ? "CA:FALSE" : "CA:TRUE");
    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), one->serial);
    set_name(X509_get_subject_name(x509), one->subject);
    set_name(X509_get_issuer_name(x509), one->issuer);
    X509_gmtime_adj(X509_getm_notBefore(x509), (long)one->from * HOUR);
    X509_gmtime_adj(X509_getm_notAfter(x509), (long)one->until * HOUR);
    X509_set_pubkey(x509, keys[one->key]);
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
    assert_true(X509_sign(x509, keys[one->issuer_key], EVP_sha256()) > 0);
    return x509;
}

static int set_up(void **state)
{
    (void)state;
    now = 1700000000;
    for (int i = 0; i < KEYS; i++)
        keys[i] = EVP_EC_gen("P-256");
    for (int i = 0; i < COUNT; i++)
        certificates[i] = make(&made[i]);
    store = X509_STORE_new();
    X509_STORE_set_flags(store,
                         X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
    X509_STORE_add_cert(store, certificates[ROOT]);
    return mkstemp(path) < 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < KEYS; i++)
        EVP_PKEY_free(keys[i]);
    for (int i = 0; i < COUNT; i++)
        X509_free(certificates[i]);
    X509_STORE_free(store);
    return unlink(path);
}

/* What a connection may ask for beside. */
struct terms {
    unsigned long flags;
    const char *host;
    int level, depth;
    time_t at;
};

static const struct terms usual = {.level = 1, .depth = 100};

/* Calls for the certificates of the last check: OpenSSL tells of each. */
static int told;

static int on_told(int is_good, X509_STORE_CTX *check)
{
    told++;
    assert_non_null(X509_STORE_CTX_get_current_cert(check));
    return is_good;
}

static void set_terms(X509_STORE_CTX *check, const struct terms *terms)
{
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(check);
    X509_VERIFY_PARAM_set_auth_level(param, terms->level);
    X509_VERIFY_PARAM_set_depth(param, terms->depth);
    X509_VERIFY_PARAM_set_flags(param, terms->flags);
    if (terms->host != NULL)
        X509_VERIFY_PARAM_set1_host(param, terms->host, 0);
    if (terms->at != 0)
        X509_VERIFY_PARAM_set_time(param, terms->at);
    X509_STORE_CTX_set_verify_cb(check, on_told);
}

/* @return what is said of a server that sends this; -1: nothing. */
static int check_sent(struct hl_verified *verified, STACK_OF(X509) * sent,
                      const struct terms *terms)
{
    int error = -1;
    X509_STORE_CTX *check = X509_STORE_CTX_new();
    told = 0;
    if (check != NULL &&
        X509_STORE_CTX_init(check, store, sk_X509_value(sent, 0), sent) == 1 &&
        X509_STORE_CTX_set_default(check, "ssl_server") == 1) {
        set_terms(check, terms);
        bool is_good = hl_verified_check(verified, check) == 1;
        error = X509_STORE_CTX_get_error(check);
        if (!is_good && error == X509_V_OK)
            error = -1;
        if (is_good)
            assert_int_equal(sk_X509_num(X509_STORE_CTX_get0_chain(check)), 3);
        assert_true(is_good == (error == X509_V_OK));
    }
    X509_STORE_CTX_free(check);
    return error;
}

/* A server sends copies, and the issuer's certificate with its own. */
static STACK_OF(X509) * sent_by(X509 *leaf)
{
    STACK_OF(X509) *sent = sk_X509_new_null();
    sk_X509_push(sent, X509_dup(leaf));
    sk_X509_push(sent, X509_dup(certificates[MIDDLE]));
    return sent;
}

static int check_on(struct hl_verified *verified, enum which leaf,
                    const struct terms *terms)
{
    unsigned kept = failing;
    failing = 0;
    STACK_OF(X509) *sent = sent_by(certificates[leaf]);
    failing = kept;
    int error = check_sent(verified, sent, terms);
    sk_X509_pop_free(sent, X509_free);
    return error;
}

static int check(struct hl_verified *verified, enum which leaf)
{
    return check_on(verified, leaf, &usual);
}

/* As the next check has found; the last was good. */
static void assert_known(bool is_known)
{
    assert_int_equal(told, is_known ? 1 : 3);
}

static void a_chain_that_comes_again_is_good_again(void **state)
{
    struct hl_verified verified = {.chains = NULL};
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(check(&verified, LEAF), X509_V_OK);
        assert_known(i > 0);
    }
    hl_verified_release(&verified);
    assert_int_equal(check(&verified, LEAF), X509_V_OK);
    assert_known(false);
    hl_verified_release(&verified);
}

static void another_certificate_of_the_issuer_is_checked(void **state)
{
    struct hl_verified verified = {.chains = NULL};
    (void)state;
    assert_int_equal(check(&verified, LEAF), X509_V_OK);
    assert_int_equal(check(&verified, OTHER), X509_V_OK);
    assert_known(false);
    /* No verdict against a certificate is kept, and none is overlooked. */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(check(&verified, FORGED),
                         X509_V_ERR_CERT_SIGNATURE_FAILURE);
        assert_int_equal(check(&verified, SELF),
                         X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
    }
    assert_int_equal(check(&verified, LEAF), X509_V_OK);
    assert_known(true);
    hl_verified_release(&verified);
}

static void what_is_sent_beside_counts(void **state)
{
    struct hl_verified verified = {.chains = NULL};
    STACK_OF(X509) *sent = sent_by(certificates[LEAF]);
    (void)state;
    assert_int_equal(check(&verified, LEAF), X509_V_OK);
    X509_free(sk_X509_pop(sent));
    assert_int_equal(check_sent(&verified, sent, &usual),
                     X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    sk_X509_push(sent, X509_dup(certificates[FOREIGN]));
    assert_int_equal(check_sent(&verified, sent, &usual),
                     X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    sk_X509_pop_free(sent, X509_free);
    hl_verified_release(&verified);
}

/* Hours from the start, of a chain that was good at the start. */
static const struct {
    enum which leaf;
    int hour, error;
} times[] = {
    {LEAF, 1, X509_V_OK},
    {LEAF, 3, X509_V_ERR_CERT_HAS_EXPIRED},
    {LEAF, -2, X509_V_ERR_CERT_NOT_YET_VALID},
    {OTHER, 3, X509_V_OK},
    {OTHER, 5, X509_V_ERR_CERT_HAS_EXPIRED}, /* of the issuer */
    {OTHER, -3, X509_V_ERR_CERT_NOT_YET_VALID},
    {OTHER, 10, X509_V_ERR_CERT_HAS_EXPIRED},
};

static void a_certificate_ends_when_it_says(void **state)
{
    time_t start = now;
    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
        struct hl_verified verified = {.chains = NULL};
        assert_int_equal(check(&verified, times[i].leaf), X509_V_OK);
        now = start + times[i].hour * HOUR;
        for (int n = 0; n < 2; n++)
            assert_int_equal(check(&verified, times[i].leaf), times[i].error);
        now = start;
        assert_int_equal(check(&verified, times[i].leaf), X509_V_OK);
        assert_known(true);
        hl_verified_release(&verified);
    }
}

static void a_verdict_holds_under_its_terms_only(void **state)
{
    const struct {
        struct terms terms;
        int error;
    } rows[] = {
        {{.level = 5, .depth = 100}, X509_V_ERR_EE_KEY_TOO_SMALL},
        {{.level = 1, .depth = 0}, X509_V_ERR_CERT_CHAIN_TOO_LONG},
        {{.level = 1, .depth = 100, .host = "other.example"},
         X509_V_ERR_HOSTNAME_MISMATCH},
        {{.level = 1, .depth = 100, .flags = X509_V_FLAG_CRL_CHECK},
         X509_V_ERR_UNABLE_TO_GET_CRL},
        {{.level = 1, .depth = 100, .at = now + 3 * (time_t)HOUR},
         X509_V_ERR_CERT_HAS_EXPIRED},
    };
    struct hl_verified verified = {.chains = NULL};
    (void)state;
    assert_int_equal(check(&verified, LEAF), X509_V_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        assert_int_equal(check_on(&verified, LEAF, &rows[i].terms),
                         rows[i].error);
    /* What is good at another time is not kept for now. */
    struct terms then = usual;
    then.at = now;
    now += 3 * (time_t)HOUR;
    assert_int_equal(check_on(&verified, LEAF, &then), X509_V_OK);
    assert_known(false);
    assert_int_equal(check(&verified, LEAF), X509_V_ERR_CERT_HAS_EXPIRED);
    now -= 3 * (time_t)HOUR;
    /* Nor for a third time. */
    assert_int_equal(check_on(&verified, LEAF, &then), X509_V_OK);
    then.at = now + 3 * (time_t)HOUR;
    assert_int_equal(check_on(&verified, LEAF, &then),
                     X509_V_ERR_CERT_HAS_EXPIRED);
    hl_verified_release(&verified);
}

static void as_many_are_kept_as_there_is_room_for(void **state)
{
    struct hl_verified verified = {.chains = NULL};
    struct made one = made[LEAF];
    (void)state;
    for (int i = 0; i <= CHAINS; i++) {
        one.serial = 100 + i;
        X509 *leaf = make(&one);
        STACK_OF(X509) *sent = sent_by(leaf);
        for (int n = 0; n < 2; n++) {
            assert_int_equal(check_sent(&verified, sent, &usual), X509_V_OK);
            assert_known(n > 0);
        }
        sk_X509_pop_free(sent, X509_free);
        X509_free(leaf);
        if (i == 0)
            assert_int_equal(check(&verified, LEAF), X509_V_OK);
    }
    assert_int_equal(check(&verified, LEAF), X509_V_OK);
    assert_known(false);
    hl_verified_release(&verified);
}

static void a_chain_that_is_huge_is_not_kept(void **state)
{
    struct hl_verified verified = {.chains = NULL};
    STACK_OF(X509) *sent = sent_by(certificates[LEAF]);
    (void)state;
    for (int i = 0; i < EXTRAS; i++)
        sk_X509_push(sent, X509_dup(certificates[FOREIGN]));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(check_sent(&verified, sent, &usual), X509_V_OK);
        assert_known(false);
    }
    assert_null(verified.chains);
    sk_X509_pop_free(sent, X509_free);
    hl_verified_release(&verified);
}

static void without_memory_nobody_is_trusted(void **state)
{
    bool has_failed = true;
    (void)state;
    for (unsigned n = 1; has_failed; n++) {
        struct hl_verified verified = {.chains = NULL};
        has_failed = false;
        const enum which order[] = {FORGED, LEAF, LEAF, FORGED, SELF};
        for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
            failing = n;
            int error = check(&verified, order[i]);
            bool is_short = failing == 0;
            failing = 0;
            has_failed = has_failed || is_short;
            assert_true(error != X509_V_OK || order[i] == LEAF);
            assert_true(error == X509_V_OK || order[i] != LEAF || is_short);
            ERR_clear_error();
        }
        assert_int_equal(check(&verified, FORGED),
                         X509_V_ERR_CERT_SIGNATURE_FAILURE);
        assert_int_equal(check(&verified, LEAF), X509_V_OK);
        hl_verified_release(&verified);
    }
}

static void trust_in(enum which root)
{
    FILE *file = fopen(path, "w");
    PEM_write_X509(file, certificates[root]);
    fclose(file);
}

static SSL *client_of(struct hl_trust *trust)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, on_told);
    assert_int_equal(hl_trust_use(trust, context, path), CURLE_OK);
    SSL *client = SSL_new(context);
    SSL_CTX_free(context);
    SSL_set_connect_state(client);
    told = 0;
    return client;
}

/* Of a server that has LEAF. Frees client. @return X509_V_OK or another. */
static int shake_hands(SSL *client)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(context, certificates[LEAF]);
    SSL_CTX_add1_chain_cert(context, certificates[MIDDLE]);
    SSL_CTX_use_PrivateKey(context, keys[LEAF_KEY]);
    SSL *server = SSL_new(context);
    BIO *ends[2];
    BIO_new_bio_pair(&ends[0], 0, &ends[1], 0);
    SSL_set_bio(client, ends[0], ends[0]);
    SSL_set_bio(server, ends[1], ends[1]);
    SSL_set_accept_state(server);
    for (int i = 0; i < 4; i++) {
        (void)SSL_do_handshake(client);
        (void)SSL_do_handshake(server);
    }
    int error = (int)SSL_get_verify_result(client);
    assert_true(SSL_is_init_finished(client) == (error == X509_V_OK));
    SSL_free(client);
    SSL_free(server);
    SSL_CTX_free(context);
    ERR_clear_error();
    return error;
}

static void a_file_that_is_read_again_is_asked_again(void **state)
{
    struct hl_trust trust = {.store = NULL};
    const uint64_t day_ns = UINT64_C(86400) * 1000000000u;
    (void)state;
    trust_in(ROOT);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(shake_hands(client_of(&trust)), X509_V_OK);
        assert_known(i > 0);
    }
    SSL *earlier = client_of(&trust);
    trust_in(FOREIGN);
    trust.read_ns = uv_hrtime() - day_ns;
    SSL *later = client_of(&trust);
    /* This one began with the store of before; its verdict is not kept. */
    assert_int_equal(shake_hands(earlier), X509_V_OK);
    assert_known(false);
    assert_int_not_equal(shake_hands(later), X509_V_OK);
    hl_trust_release(&trust);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_that_comes_again_is_good_again),
        cmocka_unit_test(another_certificate_of_the_issuer_is_checked),
        cmocka_unit_test(what_is_sent_beside_counts),
        cmocka_unit_test(a_certificate_ends_when_it_says),
        cmocka_unit_test(a_verdict_holds_under_its_terms_only),
        cmocka_unit_test(as_many_are_kept_as_there_is_room_for),
        cmocka_unit_test(a_chain_that_is_huge_is_not_kept),
        cmocka_unit_test(without_memory_nobody_is_trusted),
        cmocka_unit_test(a_file_that_is_read_again_is_asked_again),
    };
    CRYPTO_set_mem_functions(allocate, reallocate, release);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
