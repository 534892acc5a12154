/*
 * OpenSSL has two callbacks for a connection. on_tls_message() is called for
 * each message of a handshake and for the header of each record; its argument
 * is NULL during the handshake, and then the struct hl_flood. on_bio() is
 * called for each read; its argument is the number of messages, and whether the
 * connection has ended.
 */
#include "transfer/tls.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "transfer/curl_version.h"
#include "transfer/easy.h"

enum {
    /* A handshake has about ten messages. OpenSSL reads on as long as messages
     * come, and libcurl does not look at its time limits meanwhile. */
    MESSAGES_MAX = 1000,
    ENDED = 1,            /* the last read found the end of the connection */
    MESSAGE = 2,          /* the bits above are the number of messages */
    RECORDS_A_LOOK = 128, /* between looks at the clock and at the stop */
    RECORDS_MIN = 1024,   /* more than come between two pieces of any body */
};

static const uint64_t patience_ns = 300000000u;

static uintptr_t state_of(BIO *bio)
{
    return (uintptr_t)BIO_get_callback_arg(bio);
}

static void set_state(BIO *bio, uintptr_t state)
{
    BIO_set_callback_arg(bio, (char *)state);
}

/* Notes the end of the connection, of which libcurl's own BIO does not tell
 * OpenSSL. Otherwise a connection that breaks would pass for the end of a body
 * without a length, though the server has not said by a close_notify that this
 * is all (RFC 9112, 9.8). */
static long on_read(BIO *bio, int result, size_t size)
{
    if (result <= 0 && size == 0 && !BIO_should_retry(bio))
        set_state(bio, state_of(bio) | ENDED);
    return result;
}

/* NOLINTNEXTLINE(readability-function-size): OpenSSL's parameters */
static long on_bio(BIO *bio, int event, const char *data, size_t size,
                   int command, long number, int result, size_t *processed)
{
    (void)data, (void)size, (void)number;
    switch (event) {
    case BIO_CB_READ:
        if (state_of(bio) / MESSAGE <= MESSAGES_MAX)
            return result;
        BIO_clear_retry_flags(bio);
        set_state(bio, state_of(bio) | ENDED);
        return 0;
    case BIO_CB_READ | BIO_CB_RETURN:
        return on_read(bio, result, *processed);
    case BIO_CB_CTRL | BIO_CB_RETURN:
        return command == BIO_CTRL_EOF ? (long)(state_of(bio) & ENDED) : result;
    default:
        return result;
    }
}

static bool is_flooded(struct hl_flood *flood)
{
    if (flood->records++ == 0)
        flood->since_ns = uv_hrtime();
    if (flood->records < RECORDS_MIN || flood->records % RECORDS_A_LOOK != 0)
        return false;
    return uv_hrtime() - flood->since_ns > patience_ns ||
           hl_stop_is_due(flood->stop);
}

/* Ends a connection that is flooded as a close_notify of the server does: the
 * next read finds the end of the connection. To shut the socket down for
 * reading would not help: Linux still hands over all that comes. */
static void on_record(SSL *ssl, struct hl_flood *flood)
{
    if (is_flooded(flood))
        SSL_set_shutdown(ssl, SSL_get_shutdown(ssl) | SSL_RECEIVED_SHUTDOWN);
}

/* NULL: nobody listens, or no more. */
static struct hl_tls_peer *peer_of(const SSL *ssl)
{
    return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}

/* The first message of a handshake is sent by the client, so on_bio() is set
 * before anything is read. */
static void on_handshake(SSL *ssl, int sent, const unsigned char *data,
                         size_t size)
{
    BIO *bio = SSL_get_rbio(ssl);
    struct hl_tls_peer *peer = peer_of(ssl);
    if (peer != NULL && !sent && size > 0 &&
        data[0] == SSL3_MT_CERTIFICATE_REQUEST)
        peer->asked = true;
    /* Whatever a server, or a proxy, sends later is no more about the transfer,
     * which the connection may outlive. */
    if (sent && size > 0 && data[0] == SSL3_MT_FINISHED)
        SSL_CTX_set_app_data(SSL_get_SSL_CTX(ssl), NULL);
    if (bio == NULL)
        return;
    if (BIO_get_callback_ex(bio) == NULL)
        BIO_set_callback_ex(bio, on_bio);
    if (!sent)
        set_state(bio, state_of(bio) + MESSAGE);
}

/* NOLINTNEXTLINE(readability-function-size): OpenSSL's parameters */
static void on_tls_message(int sent, int version, int type, const void *data,
                           size_t size, SSL *ssl, void *flood)
{
    (void)version;
    if (flood != NULL && sent == 0 && type == SSL3_RT_HEADER)
        on_record(ssl, flood);
    if (flood == NULL && type == SSL3_RT_HANDSHAKE)
        on_handshake(ssl, sent, data, size);
}

static void put_day(char out[HL_TLS_DAY_SIZE], const ASN1_TIME *time)
{
    struct tm tm;
    if (time != NULL && ASN1_TIME_to_tm(time, &tm) == 1)
        strftime(out, HL_TLS_DAY_SIZE, "%Y-%m-%d", &tm);
}

/* The common name, else the organization. */
static void put_name(char *out, size_t size, X509_NAME *name)
{
    int wanted[] = {NID_commonName, NID_organizationName};
    out[0] = '\0';
    for (size_t i = 0; i < 2 && out[0] == '\0'; i++)
        (void)X509_NAME_get_text_by_NID(name, wanted[i], out, (int)size);
}

/* Adds a name of a certificate, where there is room. */
static void add_name(struct hl_tls_peer *peer, const GENERAL_NAME *name)
{
    char address[INET6_ADDRSTRLEN] = "";
    const char *text = address;
    int size = 0;
    size_t used = strlen(peer->names);
    const ASN1_OCTET_STRING *ip = name->d.iPAddress;
    if (name->type == GEN_DNS) {
        text = (const char *)ASN1_STRING_get0_data(name->d.dNSName);
        size = ASN1_STRING_length(name->d.dNSName);
    } else if (name->type == GEN_IPADD) {
        int family = ASN1_STRING_length(ip) == 4 ? AF_INET : AF_INET6;
        if (ASN1_STRING_length(ip) == 4 || ASN1_STRING_length(ip) == 16)
            inet_ntop(family, ASN1_STRING_get0_data(ip), address,
                      sizeof(address));
        size = (int)strlen(address);
    }
    if (size > 0 && used + (size_t)size + 3 < sizeof(peer->names))
        (void)snprintf(peer->names + used, sizeof(peer->names) - used, "%s%.*s",
                       used > 0 ? ", " : "", size, text);
}

static void put_names(struct hl_tls_peer *peer, X509 *certificate)
{
    GENERAL_NAMES *names =
        X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    peer->names[0] = '\0';
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        add_name(peer, sk_GENERAL_NAME_value(names, i));
    GENERAL_NAMES_free(names);
    if (peer->names[0] == '\0')
        put_name(peer->names, sizeof(peer->names),
                 X509_get_subject_name(certificate));
}

/* Called for each certificate of a chain, and for each objection to one. Notes
 * whom they are for, and lets OpenSSL decide. */
static int on_verify(int is_good, X509_STORE_CTX *store)
{
    const SSL *ssl =
        X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    X509 *certificate = X509_STORE_CTX_get_current_cert(store);
    struct hl_tls_peer *peer = ssl != NULL ? peer_of(ssl) : NULL;
    if (peer == NULL || certificate == NULL)
        return is_good;
    if (X509_STORE_CTX_get_error_depth(store) == 0)
        put_names(peer, certificate);
    if (is_good)
        return 1;
    peer->issuers = X509_STORE_CTX_get_error_depth(store) > 0;
    put_name(peer->issuer, sizeof(peer->issuer),
             X509_get_issuer_name(certificate));
    put_day(peer->from, X509_get0_notBefore(certificate));
    put_day(peer->until, X509_get0_notAfter(certificate));
    return 0;
}

static CURLcode on_curl_ssl_context(CURL *easy, void *context, void *arg)
{
    struct hl_tls *tls = arg;
    (void)easy;
    tls->peer = (struct hl_tls_peer){.asked = false};
    SSL_CTX_set_msg_callback(context, on_tls_message);
    SSL_CTX_set_app_data(context, &tls->peer);
    SSL_CTX_set_verify(context, SSL_CTX_get_verify_mode(context), on_verify);
    return tls->cacert != NULL ? hl_trust_use(tls->trust, context, tls->cacert)
                               : CURLE_OK;
}

/* The file of the certificates to trust: of the options, else libcurl's own.
 * NULL: nobody checks certificates, or libcurl knows better, or says better
 * what is wrong with the file. */
static const char *cacert_of(CURL *easy, const struct haul_options *o)
{
    char *own = NULL;
    (void)curl_easy_getinfo(easy, CURLINFO_CAINFO, &own);
    const char *path = o->cacert != NULL ? o->cacert : own;
    bool is_there = path != NULL && access(path, R_OK) == 0;
    return is_there && !o->insecure ? path : NULL;
}

CURLcode hl_tls_set(CURL *easy, struct hl_tls *tls,
                    const struct haul_options *options)
{
    const char *library = hl_curl_version()->ssl_version;
    if (library == NULL || strncmp(library, "OpenSSL/", 8) != 0)
        return CURLE_OK;
    HL_SET(easy, CURLOPT_SSL_CTX_FUNCTION, on_curl_ssl_context);
    HL_SET(easy, CURLOPT_SSL_CTX_DATA, tls);
    tls->cacert = cacert_of(easy, options);
    if (tls->cacert == NULL)
        return CURLE_OK;
    /* libcurl need not read the file too. */
    HL_SET(easy, CURLOPT_CAINFO, NULL);
    HL_SET(easy, CURLOPT_PROXY_CAINFO, NULL);
    return CURLE_OK;
}

/* NULL: the connection is not OpenSSL's. */
static SSL *tls_of(CURL *easy)
{
    const struct curl_tlssessioninfo *tls = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &tls) != CURLE_OK ||
        tls == NULL || tls->backend != CURLSSLBACKEND_OPENSSL)
        return NULL;
    return tls->internals;
}

bool hl_tls_has_more(CURL *easy)
{
    SSL *ssl = tls_of(easy);
    return ssl != NULL && SSL_has_pending(ssl) == 1;
}

void hl_tls_watch_flood(CURL *easy, struct hl_flood *flood,
                        struct hl_stop *stop)
{
    SSL *ssl = tls_of(easy);
    if (ssl == NULL)
        return;
    flood->stop = stop;
    SSL_set_msg_callback(ssl, on_tls_message);
    SSL_set_msg_callback_arg(ssl, flood);
}
