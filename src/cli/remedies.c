#include "cli/remedies.h"

#include <stddef.h>

static const char *const by_why[HAUL_WHY_COUNT] = {
    [HAUL_WHY_HTTPS_TO_HTTP] = "--proto-redir =http,https allows it",
    [HAUL_WHY_REDIRECT_REFUSED] = "--proto-redir =http,https allows it",
    [HAUL_WHY_REDIRECT_BODY] = "ask that origin itself",
    [HAUL_WHY_REDIRECTS] = "--max-redirs N follows more",
    [HAUL_WHY_NO_HOST] = "is the name right?",
    [HAUL_WHY_NO_DNS] = "is the network up, and /etc/resolv.conf right?",
    [HAUL_WHY_REFUSED] = "is its server running, and the port right?",
    [HAUL_WHY_NO_ROUTE] = "is the network up?",
    [HAUL_WHY_CERT_EXPIRED] = "-k fetches without this check",
    [HAUL_WHY_CERT_EARLY] =
        "is this machine's clock right? -k fetches without this check",
    [HAUL_WHY_CERT_HOST] = "-k fetches without this check",
    [HAUL_WHY_CERT_ISSUER] =
        "--cacert FILE trusts its certificate, -k fetches without this check",
    [HAUL_WHY_CERT_BAD] = "-k fetches without this check",
    [HAUL_WHY_CLIENT_CERT] = "--cert FILE --key FILE sends one",
    [HAUL_WHY_CLIENT_CERT_BAD] = "--cert FILE --key FILE sends another",
    [HAUL_WHY_NO_TLS] = "http:// may be right",
    [HAUL_WHY_WANTS_TLS] = "https:// is right",
    [HAUL_WHY_NO_HTTP] = "https:// may be right",
    [HAUL_WHY_HTTP_2] = "--http 1.1 does without HTTP/2",
    [HAUL_WHY_CONNECT_TIME] = "--connect-timeout S waits longer",
    [HAUL_WHY_MAX_TIME] = "--max-time S allows more",
    [HAUL_WHY_PROXY_DOWN] = "--noproxy '*' goes without a proxy",
    [HAUL_WHY_PROXY_USER] = "--proxy http://NAME:PASSWORD@HOST:PORT",
};

static const char *of_status(long status)
{
    switch (status) {
    case 401:
        return "-u NAME:PASSWORD or --netrc, with --retry-failed";
    case 429:
        return "--rate-per-host N/s asks less often";
    default:
        return NULL;
    }
}

const char *hl_remedy(enum haul_error error, long http_status,
                      enum haul_why why)
{
    if ((unsigned)why < HAUL_WHY_COUNT && by_why[why] != NULL)
        return by_why[why];
    switch (error) {
    case HAUL_ERR_HTTP:
        if (why == HAUL_WHY_EITHER)
            return NULL;
        return of_status(http_status);
    case HAUL_ERR_STALLED:
        return "--speed-time S waits longer";
    case HAUL_ERR_TYPE:
        return "--accept-type LIST says what is accepted";
    case HAUL_ERR_BLOCKED:
        return "--block-private refuses it";
    default:
        return NULL;
    }
}
