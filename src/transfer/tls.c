/*
 * Connections over TLS to servers that are not honest. OpenSSL tells each
 * message of a handshake to a callback, and each read of the connection to
 * another. The state of a connection is in the argument of the latter.
 */
#include "transfer/tls.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <string.h>

enum {
    /* A handshake has about ten. OpenSSL reads on as long as they come, and
     * libcurl never looks at its time limits meanwhile. What comes after the
     * handshake is flood.c's. */
    MESSAGES_MAX = 1000,
    ENDED = 1,   /* the last read found the end of the connection */
    MESSAGE = 2, /* the bits above are the number of messages */
};

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

/* The first message of a handshake is sent by the client, so on_bio() is set
 * before anything is read. */
/* NOLINTNEXTLINE(readability-function-size): OpenSSL's parameters */
static void on_message(int sent, int version, int type, const void *data,
                       size_t size, SSL *ssl, void *arg)
{
    BIO *bio = SSL_get_rbio(ssl);
    (void)version, (void)data, (void)size, (void)arg;
    if (type != SSL3_RT_HANDSHAKE || bio == NULL)
        return;
    if (BIO_get_callback_ex(bio) == NULL)
        BIO_set_callback_ex(bio, on_bio);
    if (!sent)
        set_state(bio, state_of(bio) + MESSAGE);
}

static CURLcode on_curl_ssl_context(CURL *easy, void *context, void *arg)
{
    (void)easy, (void)arg;
    SSL_CTX_set_msg_callback(context, on_message);
    return CURLE_OK;
}

CURLcode hl_tls_set(CURL *easy)
{
    const char *library = curl_version_info(CURLVERSION_NOW)->ssl_version;
    if (library == NULL || strncmp(library, "OpenSSL/", 8) != 0)
        return CURLE_OK;
    return curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION,
                            on_curl_ssl_context);
}
