/*
 * URLs by three ways. What the short way takes, the long one reads the same; a
 * normal form is its own normal form; and where haul takes a URL, libcurl by
 * itself would contact the same host and port and ask for the same path. A URL
 * is also read as the Location of a redirect.
 */
#include <ctype.h>
#include <curl/curl.h>

#include "fuzz/check.h"
#include "util/url.h"

/* As libcurl parses the URL of a transfer. */
enum { CURL_FLAGS = CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME };

static char *part_of(CURLU *handle, CURLUPart what, unsigned flags)
{
    char *text = NULL;
    return curl_url_get(handle, what, &text, flags) == CURLUE_OK ? text : NULL;
}

static void lower(char *text)
{
    for (; text != NULL && *text != '\0'; text++)
        *text = (char)tolower((unsigned char)*text);
}

/* The host without what belongs to this machine alone. */
static void check_host(const char *host, const struct hl_url *url)
{
    char own[HL_URL_MAX + 1];
    const char *zone = strstr(url->host, "%25");
    snprintf(own, sizeof(own), "%s", url->host);
    if (zone != NULL)
        snprintf(own + (zone - url->host), 2, "]");
    check_same(own, host, "the host that is contacted");
}

static void check_contacted(CURLU *handle, const struct hl_url *url)
{
    char *host = part_of(handle, CURLUPART_HOST, 0);
    char *port = part_of(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    char *scheme = part_of(handle, CURLUPART_SCHEME, 0);
    char *path = part_of(handle, CURLUPART_PATH, CURLU_URLENCODE);
    char *query = part_of(handle, CURLUPART_QUERY, 0);
    lower(host);
    check_host(host, url);
    check_same(url->scheme, scheme, "the scheme");
    check(port != NULL && strtoul(port, NULL, 10) == url->port, "the port");
    check_same(url->path, path, "the path that is asked for");
    /* An empty query is none to libcurl. */
    check_same(url->query != NULL ? url->query : "", query != NULL ? query : "",
               "the query that is asked for");
    curl_free(host);
    curl_free(port);
    curl_free(scheme);
    curl_free(path);
    curl_free(query);
}

/* The normal form is what libcurl is given. */
static void check_by_curl(const struct hl_url *url)
{
    CURLU *handle = curl_url();
    check(handle != NULL, "there is memory");
    CURLUcode code = curl_url_set(handle, CURLUPART_URL, url->text, CURL_FLAGS);
    check(code == CURLUE_OK, "libcurl takes the normal form");
    check_contacted(handle, url);
    char *user = part_of(handle, CURLUPART_USER, 0);
    char *fragment = part_of(handle, CURLUPART_FRAGMENT, 0);
    check(user == NULL && fragment == NULL, "no user and no fragment is left");
    curl_url_cleanup(handle);
}

static bool is_ascii(const char *text)
{
    while (*text > 0)
        text++;
    return *text == '\0';
}

/* What libcurl would make of the text itself. It has another view of hosts
 * beyond ASCII, of which haul decodes the percent signs, and of the characters
 * that haul encodes. */
static void check_unchanged(const char *text, const struct hl_url *url)
{
    CURLU *handle = curl_url();
    check(handle != NULL, "there is memory");
    CURLUcode code = curl_url_set(handle, CURLUPART_URL, text, CURL_FLAGS);
    char *host = part_of(handle, CURLUPART_HOST, 0);
    if (code == CURLUE_OK && is_ascii(text) && host != NULL && is_ascii(host) &&
        strchr(host, '%') == NULL && strpbrk(text, "\"<>\\^`{|}") == NULL)
        check_contacted(handle, url);
    curl_free(host);
    curl_url_cleanup(handle);
}

static void check_shape(const struct hl_url *url)
{
    char origin[HL_URL_MAX + 32];
    check(!strcmp(url->scheme, "http") || !strcmp(url->scheme, "https"),
          "a scheme there is");
    check(url->path[0] == '/' && url->host[0] != '\0', "a path and a host");
    check(strchr(url->text, '#') == NULL, "no fragment");
    check(strlen(url->text) <= HL_URL_MAX, "a length");
    check(strpbrk(url->text, " \t\r\n") == NULL, "one word of one line");
    check(strstr(url->path, "/../") == NULL, "no dots that lead up");
    check(hl_url_origin(origin, sizeof(origin), url) == 0, "an origin");
}

static void check_plain(const char *text, const struct hl_url *any,
                        const char *why)
{
    struct hl_url plain = {0};
    int is_plain = hl_url_parse_plain(&plain, text);
    check(is_plain >= 0, "there is memory");
    if (is_plain == 1) {
        check_same(why, NULL, "the verdict of the long way");
        check_same(plain.text, any->text, "the text");
        check_same(plain.scheme, any->scheme, "the scheme");
        check_same(plain.host, any->host, "the host");
        check_same(plain.path, any->path, "the path");
        check_same(plain.query, any->query, "the query");
        check_same(plain.user, any->user, "the user");
        check(plain.port == any->port, "the port");
    }
    hl_url_release(&plain);
}

static void check_again(const struct hl_url *url)
{
    struct hl_url again = {0};
    const char *why;
    check(hl_url_parse(&again, url->text, &why) == 0, "a normal form is a URL");
    check_same(again.text, url->text, "the normal form of a normal form");
    check_same(again.host, url->host, "its host");
    check(again.port == url->port, "its port");
    hl_url_release(&again);
}

static void check_text(const char *text)
{
    struct hl_url any = {0};
    const char *why = NULL;
    int r = hl_url_parse_any(&any, text, &why);
    check((r == 0) == (why == NULL), "a URL, or a reason");
    check_plain(text, &any, why);
    if (r == 0) {
        check_shape(&any);
        check_again(&any);
        check_by_curl(&any);
        check_unchanged(text, &any);
    }
    hl_url_release(&any);
}

/* As libcurl makes the target of a redirect. */
static void follow(const char *location)
{
    CURLU *handle = curl_url();
    check(handle != NULL, "there is memory");
    CURLUcode code =
        curl_url_set(handle, CURLUPART_URL, "https://h.example/a/b?c", 0);
    if (code == CURLUE_OK)
        code = curl_url_set(handle, CURLUPART_URL, location,
                            CURLU_URLENCODE | CURLU_ALLOW_SPACE);
    char *url = code == CURLUE_OK ? part_of(handle, CURLUPART_URL, 0) : NULL;
    if (url != NULL)
        check_text(url);
    (void)hl_url_has_empty_query(location);
    curl_free(url);
    curl_url_cleanup(handle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const prefixes[] = {"", "http://", "https://h/"};
    char *text = text_of(data, size);
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
        size_t length = strlen(prefixes[i]) + strlen(text) + 1;
        char *whole = malloc(length);
        check(whole != NULL, "there is memory");
        snprintf(whole, length, "%s%s", prefixes[i], text);
        check_text(whole);
        free(whole);
    }
    follow(text);
    free(text);
    return 0;
}
