#include "util/url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PARSE_FLAGS = CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE };

/* What CURLU would let pass and HTTP would not. */
static const char *objection(const char *text)
{
    size_t length = strlen(text);
    if (length == 0)
        return "empty URL";
    if (length > HL_URL_MAX)
        return "URL longer than 8192 bytes";
    for (const char *p = text; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        if (c < 0x20 || c == 0x7f)
            return "control character in URL";
        if (c == ' ')
            return "space in URL (write %20)";
    }
    if (strstr(text, "://") == NULL)
        return "no URL: it has no scheme, as http://";
    if (strncasecmp(text, "http://", 7) != 0 &&
        strncasecmp(text, "https://", 8) != 0)
        return "only http and https URLs can be fetched";
    return NULL;
}

static const char *reason(CURLUcode code)
{
    switch (code) {
    case CURLUE_NO_HOST:
    case CURLUE_BAD_HOSTNAME:
        return "URL without a usable host";
    case CURLUE_BAD_PORT_NUMBER:
        return "URL with a bad port number";
    case CURLUE_BAD_IPV6:
        return "URL with a bad IPv6 address";
    case CURLUE_OUT_OF_MEMORY:
        return "out of memory";
    default:
        return "malformed URL";
    }
}

/* A copy by malloc(), so that a struct hl_url has one kind of memory. */
static char *part(CURLU *handle, CURLUPart what, unsigned flags)
{
    char *text = NULL;
    if (curl_url_get(handle, what, &text, flags) != CURLUE_OK)
        return NULL;
    char *copy = strdup(text);
    curl_free(text);
    return copy;
}

static char *user_of(CURLU *handle)
{
    char *name = part(handle, CURLUPART_USER, CURLU_URLDECODE);
    char *password = part(handle, CURLUPART_PASSWORD, CURLU_URLDECODE);
    char *out = NULL;
    if (name != NULL &&
        asprintf(&out, "%s:%s", name, password != NULL ? password : "") < 0)
        out = NULL;
    free(name);
    free(password);
    return out;
}

static void to_lower(char *text)
{
    for (; text != NULL && *text != '\0'; text++)
        *text = (char)tolower((unsigned char)*text);
}

static int split(struct hl_url *out, CURLU *handle)
{
    char *port = part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    out->user = user_of(handle);
    curl_url_set(handle, CURLUPART_USER, NULL, 0);
    curl_url_set(handle, CURLUPART_PASSWORD, NULL, 0);
    curl_url_set(handle, CURLUPART_FRAGMENT, NULL, 0);
    out->host = part(handle, CURLUPART_HOST, 0);
    to_lower(out->host);
    if (out->host != NULL)
        curl_url_set(handle, CURLUPART_HOST, out->host, 0);
    out->scheme = part(handle, CURLUPART_SCHEME, 0);
    out->path = part(handle, CURLUPART_PATH, 0);
    out->query = part(handle, CURLUPART_QUERY, 0);
    out->text = part(handle, CURLUPART_URL, CURLU_NO_DEFAULT_PORT);
    out->port = port != NULL ? (uint16_t)strtoul(port, NULL, 10) : 0;
    free(port);
    return out->host == NULL || out->scheme == NULL || out->path == NULL ||
                   out->text == NULL
               ? -ENOMEM
               : 0;
}

int hl_url_parse(struct hl_url *out, const char *text, const char **why)
{
    *out = (struct hl_url){0};
    *why = objection(text);
    if (*why != NULL)
        return -EINVAL;
    CURLU *handle = curl_url();
    *why = "out of memory";
    if (handle == NULL)
        return -ENOMEM;
    CURLUcode code = curl_url_set(handle, CURLUPART_URL, text, PARSE_FLAGS);
    int r = 0;
    if (code != CURLUE_OK) {
        *why = reason(code);
        r = code == CURLUE_OUT_OF_MEMORY ? -ENOMEM : -EINVAL;
    } else {
        r = split(out, handle);
    }
    curl_url_cleanup(handle);
    if (r < 0)
        hl_url_release(out);
    return r;
}

void hl_url_release(struct hl_url *url)
{
    free(url->text);
    free(url->scheme);
    free(url->host);
    free(url->path);
    free(url->query);
    free(url->user);
    *url = (struct hl_url){0};
}

int hl_url_join(char **out, const char *base, const char *location)
{
    CURLU *handle = curl_url();
    *out = NULL;
    if (handle == NULL)
        return -ENOMEM;
    if (curl_url_set(handle, CURLUPART_URL, base, PARSE_FLAGS) == CURLUE_OK &&
        curl_url_set(handle, CURLUPART_URL, location, PARSE_FLAGS) == CURLUE_OK)
        *out = part(handle, CURLUPART_URL, 0);
    curl_url_cleanup(handle);
    if (*out != NULL && objection(*out) == NULL)
        return 0;
    free(*out);
    *out = NULL;
    return -EINVAL;
}

int hl_url_origin(char *out, size_t size, const struct hl_url *url)
{
    int n =
        snprintf(out, size, "%s://%s:%u", url->scheme, url->host, url->port);
    return n < 0 || (size_t)n >= size ? -ENOBUFS : 0;
}

uint64_t hl_url_print(const char *text)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    uint64_t print = 0;
    SHA256((const unsigned char *)text, strlen(text), digest);
    for (int i = 0; i < 8; i++)
        print = print << 8 | digest[i];
    return print;
}

void hl_url_hash16(char out[HL_HASH16_SIZE], const char *text)
{
    snprintf(out, HL_HASH16_SIZE, "%016" PRIx64, hl_url_print(text));
}
