#include "transfer/flood.h"

#include <openssl/ssl.h>
#include <uv.h>

enum {
    RECORDS_A_LOOK = 128, /* between looks at the clock and at the stop */
    RECORDS_MIN = 1024,   /* more than come between two pieces of any body */
};

static const uint64_t patience_ns = 300000000u;

static bool is_flooded(struct hl_flood *flood)
{
    if (flood->records++ == 0)
        flood->since_ns = uv_hrtime();
    if (flood->records < RECORDS_MIN || flood->records % RECORDS_A_LOOK != 0)
        return false;
    return uv_hrtime() - flood->since_ns > patience_ns ||
           hl_stop_now(flood->stop);
}

/* Does what OpenSSL does when the server sends a close_notify: the next read
 * finds the connection at its end. To shut the socket down for reading would
 * not help, as Linux still hands over all that comes. */
/* NOLINTNEXTLINE(readability-function-size): OpenSSL's parameters */
static void on_tls_message(int sent, int version, int type, const void *bytes,
                           size_t size, SSL *ssl, void *arg)
{
    (void)version, (void)bytes, (void)size;
    if (sent == 0 && type == SSL3_RT_HEADER && is_flooded(arg))
        SSL_set_shutdown(ssl, SSL_get_shutdown(ssl) | SSL_RECEIVED_SHUTDOWN);
}

void hl_flood_watch(struct hl_flood *flood, struct hl_stop *stop, void *ssl)
{
    flood->stop = stop;
    SSL_set_msg_callback(ssl, on_tls_message);
    SSL_set_msg_callback_arg(ssl, flood);
}
