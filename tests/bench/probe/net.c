#include <errno.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "probe.h"

int probe_connect(const struct probe_host *host, int flags)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    struct timeval patience = {.tv_sec = PROBE_PATIENCE};
    if (fd < 0 || ((flags & SOCK_NONBLOCK) == 0 &&
                   setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
                              sizeof(patience)) < 0))
        probe_die("socket");
    const struct sockaddr *at = (const struct sockaddr *)&host->at;
    if (connect(fd, at, sizeof(host->at)) < 0 && errno != EINPROGRESS)
        probe_die(host->authority);
    return fd;
}

SSL *probe_tls(const struct probe *probe, const struct probe_host *host, int fd)
{
    SSL *ssl = SSL_new(probe->tls);
    if (ssl == NULL || SSL_set_fd(ssl, fd) != 1 ||
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host->address) != 1)
        probe_die("SSL_new");
    SSL_set_connect_state(ssl);
    return ssl;
}
