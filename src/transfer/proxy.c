#include "transfer/proxy.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The uppercase of the first would be set by a request to a CGI program. */
static const char *const for_http[] = {"http_proxy", "all_proxy", "ALL_PROXY",
                                       NULL};
static const char *const for_https[] = {"https_proxy", "HTTPS_PROXY",
                                        "all_proxy", "ALL_PROXY", NULL};

/* As libcurl reads it: an empty value is none. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* The name of the first of these that is set; NULL: none is. */
static const char *set_among(const char *const *names)
{
    for (; *names != NULL; names++)
        if (variable(*names) != NULL)
            return *names;
    return NULL;
}

bool hl_proxy_is_possible(const struct haul_options *o)
{
    if (o->proxy != NULL)
        return o->proxy[0] != '\0';
    return set_among(for_http) != NULL || set_among(for_https) != NULL;
}

enum { ADDRESS_BYTES = 16 };

/* Does host lie in the network that token, "ADDRESS/BITS", names? */
static bool is_in_network(const char *token, size_t size, const char *host)
{
    char text[INET6_ADDRSTRLEN + 1];
    uint8_t network[ADDRESS_BYTES];
    uint8_t address[ADDRESS_BYTES];
    const char *slash = memchr(token, '/', size);
    size_t length = slash != NULL ? (size_t)(slash - token) : size;
    int family = memchr(token, ':', length) != NULL ? AF_INET6 : AF_INET;
    unsigned most = family == AF_INET6 ? 128 : 32;
    unsigned bits =
        slash != NULL ? (unsigned)strtoul(slash + 1, NULL, 10) : most;
    if (length >= sizeof(text) || bits > most)
        return false;
    memcpy(text, token, length);
    text[length] = '\0';
    if (inet_pton(family, text, network) != 1 ||
        inet_pton(family, host, address) != 1)
        return false;
    unsigned whole = bits / 8;
    unsigned rest = bits % 8;
    unsigned mask = (0xff00u >> rest) & 0xffu;
    return memcmp(network, address, whole) == 0 &&
           (rest == 0 || ((network[whole] ^ address[whole]) & mask) == 0);
}

/* A token matches the host of this name, and those below it. */
static bool is_at_or_below(const char *token, size_t size, const char *host,
                           size_t length)
{
    if (size > 0 && token[size - 1] == '.')
        size--;
    if (size > 0 && token[0] == '.') {
        token++;
        size--;
    }
    if (size == 0 || size > length)
        return false;
    const char *end = host + length - size;
    return strncasecmp(token, end, size) == 0 &&
           (size == length || end[-1] == '.');
}

bool hl_proxy_is_skipped(const char *list, const char *host)
{
    char name[256];
    size_t length = strcspn(host + (host[0] == '['), "]");
    if (list == NULL || length >= sizeof(name))
        return false;
    memcpy(name, host + (host[0] == '['), length);
    name[length] = '\0';
    if (strcmp(list, "*") == 0)
        return true;
    if (length > 0 && name[length - 1] == '.')
        name[--length] = '\0';
    for (;;) {
        list += strspn(list, ", \t");
        size_t size = strcspn(list, ", \t");
        if (size == 0)
            return false;
        if (is_at_or_below(list, size, name, length) ||
            is_in_network(list, size, name))
            return true;
        list += size;
    }
}

static enum hl_proxy_kind kind_of(const char *scheme)
{
    static const char *const socks[] = {"socks5h", "socks5", "socks4a",
                                        "socks4", "socks"};
    if (strcasecmp(scheme, "http") == 0)
        return HL_PROXY_HTTP;
    if (strcasecmp(scheme, "https") == 0)
        return HL_PROXY_HTTPS;
    for (size_t i = 0; i < sizeof(socks) / sizeof(*socks); i++)
        if (strcasecmp(scheme, socks[i]) == 0)
            return HL_PROXY_SOCKS;
    return HL_PROXY_NONE;
}

/* libcurl's ports where the URL of a proxy has none. */
static const char *default_port(enum hl_proxy_kind kind)
{
    return kind == HL_PROXY_HTTPS ? "443" : "1080";
}

static void read_parts(struct hl_proxy *out, CURLU *url)
{
    char *scheme = NULL;
    char *host = NULL;
    char *port = NULL;
    char *user = NULL;
    if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
        (void)curl_url_get(url, CURLUPART_PORT, &port, 0);
        (void)curl_url_get(url, CURLUPART_USER, &user, 0);
        out->kind = kind_of(scheme);
        out->has_user = user != NULL;
        snprintf(out->place, sizeof(out->place), "%s:%s", host,
                 port != NULL ? port : default_port(out->kind));
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_free(user);
}

/* Reads the URL of a proxy as libcurl does. HL_PROXY_NONE: it cannot be used.
 */
static void read_url(struct hl_proxy *out, const char *text)
{
    CURLU *url = curl_url();
    *out = (struct hl_proxy){.kind = HL_PROXY_NONE};
    if (url != NULL && curl_url_set(url, CURLUPART_URL, text,
                                    CURLU_NON_SUPPORT_SCHEME |
                                        CURLU_GUESS_SCHEME) == CURLUE_OK)
        read_parts(out, url);
    curl_url_cleanup(url);
}

static const char *noproxy_of(const struct haul_options *o)
{
    const char *lower = variable("no_proxy");
    if (o->noproxy != NULL)
        return o->noproxy;
    return lower != NULL ? lower : variable("NO_PROXY");
}

void hl_proxy_find(struct hl_proxy *out, const struct haul_options *o,
                   const char *scheme, const char *host)
{
    const char *text = o->proxy;
    *out = (struct hl_proxy){.kind = HL_PROXY_NONE};
    if (text == NULL) {
        bool tls = strcasecmp(scheme, "https") == 0;
        const char *name = set_among(tls ? for_https : for_http);
        text = name != NULL ? variable(name) : NULL;
    }
    if (text == NULL || text[0] == '\0' ||
        hl_proxy_is_skipped(noproxy_of(o), host))
        return;
    read_url(out, text);
}

bool hl_proxy_is_sound(const char *text)
{
    struct hl_proxy proxy;
    read_url(&proxy, text);
    return proxy.kind != HL_PROXY_NONE;
}

const char *hl_proxy_bad_variable(const struct haul_options *o)
{
    const char *const names[] = {set_among(for_http), set_among(for_https)};
    const char *skipped = noproxy_of(o);
    if (o->proxy != NULL || (skipped != NULL && strcmp(skipped, "*") == 0))
        return NULL;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (names[i] != NULL && !hl_proxy_is_sound(variable(names[i])))
            return names[i];
    return NULL;
}
