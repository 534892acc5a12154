/* The proxy that a transfer goes through, by the options or the environment.
 * libcurl chooses it, but does not tell which it has chosen. */
#ifndef HL_TRANSFER_PROXY_H
#define HL_TRANSFER_PROXY_H

#include <stdbool.h>

#include "haul/haul.h"

enum hl_proxy_kind {
    HL_PROXY_NONE,
    HL_PROXY_HTTP,
    HL_PROXY_HTTPS, /* speaks TLS itself */
    HL_PROXY_SOCKS,
};

enum { HL_PROXY_PLACE_SIZE = 264 };

struct hl_proxy {
    enum hl_proxy_kind kind;
    bool has_user;                   /* a name and a password are sent */
    char place[HL_PROXY_PLACE_SIZE]; /* "host:port" */
};

/* May any URL go through one, by the options or by the environment? */
bool hl_proxy_is_possible(const struct haul_options *options);
/* Finds the proxy for requests to host, by scheme "http" or "https". As libcurl
 * does, which reads the environment as well. */
void hl_proxy_find(struct hl_proxy *out, const struct haul_options *options,
                   const char *scheme, const char *host);
/* Is text the URL of a proxy that libcurl can use? */
bool hl_proxy_is_sound(const char *text);
/* A variable of the environment that names a proxy which cannot be used, where
 * a run with these options would use it; or NULL. */
const char *hl_proxy_bad_variable(const struct haul_options *options);
/* Does a list as options.noproxy name this host? The list may be NULL. */
bool hl_proxy_is_skipped(const char *list, const char *host);

#endif
