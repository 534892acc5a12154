#include "util/url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/idn.h"
#include "util/text.h"
#include "util/url_parts.h"

enum { PARSE_FLAGS = CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE };

bool hl_url_has_empty_query(const char *text)
{
    size_t length = strcspn(text, "?#");
    return text[length] == '?' &&
           (text[length + 1] == '\0' || text[length + 1] == '#');
}

/* The host, as CURLU finds it: without user and port. */
static struct hl_slice find_host(const char *text)
{
    const char *scheme = strstr(text, "://");
    const char *authority = scheme != NULL ? scheme + 3 : text;
    authority += strspn(authority, "/"); /* CURLU takes "http:///host" */
    size_t length = strcspn(authority, "/?#");
    const char *at = memrchr(authority, '@', length);
    const char *host = at != NULL ? at + 1 : authority;
    length -= (size_t)(host - authority);
    const char *colon = *host != '[' ? memchr(host, ':', length) : NULL;
    if (colon != NULL)
        length = (size_t)(colon - host);
    return (struct hl_slice){host, length};
}

/* A zone in brackets is no such host. */
static bool is_beyond_ascii(const struct hl_slice *host)
{
    for (size_t i = 0; host->at[0] != '[' && i < host->length; i++)
        if ((unsigned char)host->at[i] >= 0x80 || host->at[i] == '%')
            return true;
    return false;
}

/* CURLU must not see a percent sign in a host: it decodes one once it has seen
 * that the host is no number, and so would not know its own result again. Its
 * own IDNA needs a locale. */
int hl_url_to_ascii(char **out, const char *text, const char **why)
{
    char ascii[HL_IDN_SIZE];
    struct hl_slice host = find_host(text);
    *out = NULL;
    if (!is_beyond_ascii(&host))
        return 0;
    int r = hl_idn_to_ascii(ascii, host.at, host.length, why);
    if (r < 0)
        return r;
    if (asprintf(out, "%.*s%s%s", (int)(host.at - text), text, ascii,
                 host.at + host.length) >= 0)
        return 0;
    *out = NULL;
    *why = "out of memory";
    return -ENOMEM;
}

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

/* NULL in *out when the URL has no such part. */
static CURLUcode get(char **out, CURLU *handle, CURLUPart what, unsigned flags)
{
    *out = NULL;
    CURLUcode code = curl_url_get(handle, what, out, flags);
    bool is_none = code == CURLUE_NO_USER || code == CURLUE_NO_PASSWORD ||
                   code == CURLUE_NO_QUERY || code == CURLUE_NO_ZONEID;
    return is_none ? CURLUE_OK : code;
}

/* "name:password", by malloc(); NULL when the URL has none. */
static CURLUcode get_user(char **out, CURLU *handle)
{
    char *name;
    char *password = NULL;
    CURLUcode code = get(&name, handle, CURLUPART_USER, CURLU_URLDECODE);
    *out = NULL;
    if (code == CURLUE_OK && name != NULL)
        code = get(&password, handle, CURLUPART_PASSWORD, CURLU_URLDECODE);
    if (code == CURLUE_OK && name != NULL &&
        asprintf(out, "%s:%s", name, password != NULL ? password : "") < 0) {
        *out = NULL;
        code = CURLUE_OUT_OF_MEMORY;
    }
    curl_free(name);
    curl_free(password);
    return code;
}

/* The host with its zone, which only the address of a link has. */
static char *with_zone(const char *host, const char *zone)
{
    char *out;
    if (zone == NULL)
        return strdup(host);
    int n = asprintf(&out, "%.*s%%25%s]", (int)strcspn(host, "]"), host, zone);
    return n >= 0 ? out : NULL;
}

/* Names of interfaces have no other characters. A percent sign would be written
 * in another way each time that the URL is read. */
static bool is_zone(const char *zone)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    return zone == NULL || strspn(zone, letters) == strlen(zone);
}

/* The host in lower case, by malloc(). To set it takes the zone away. */
static CURLUcode get_host(char **out, CURLU *handle)
{
    char *host = NULL;
    char *zone = NULL;
    CURLUcode code = get(&host, handle, CURLUPART_HOST, 0);
    *out = NULL;
    for (char *p = host; p != NULL && *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
    if (code == CURLUE_OK)
        code = get(&zone, handle, CURLUPART_ZONEID, 0);
    if (code == CURLUE_OK && !is_zone(zone))
        code = CURLUE_BAD_IPV6;
    if (code == CURLUE_OK)
        code = curl_url_set(handle, CURLUPART_HOST, host, 0);
    if (code == CURLUE_OK && zone != NULL)
        code = curl_url_set(handle, CURLUPART_ZONEID, zone, 0);
    if (code == CURLUE_OK && (*out = with_zone(host, zone)) == NULL)
        code = CURLUE_OUT_OF_MEMORY;
    curl_free(host);
    curl_free(zone);
    return code;
}

/* Takes away what a server does not see. */
static CURLUcode strip(CURLU *handle)
{
    CURLUcode code = curl_url_set(handle, CURLUPART_USER, NULL, 0);
    if (code == CURLUE_OK)
        code = curl_url_set(handle, CURLUPART_PASSWORD, NULL, 0);
    if (code == CURLUE_OK)
        code = curl_url_set(handle, CURLUPART_FRAGMENT, NULL, 0);
    return code;
}

static struct hl_slice slice(const char *text)
{
    return (struct hl_slice){text, text != NULL ? strlen(text) : 0};
}

static CURLUcode pack(struct hl_url *out, CURLU *handle, const char *text,
                      const char *user, const char *host)
{
    enum { SCHEME, PORT, PATH, QUERY, TEXT, COUNT };
    static const struct {
        CURLUPart what;
        unsigned flags;
    } wanted[COUNT] = {
        [SCHEME] = {CURLUPART_SCHEME, 0},
        [PORT] = {CURLUPART_PORT, CURLU_DEFAULT_PORT},
        [PATH] = {CURLUPART_PATH, 0},
        [QUERY] = {CURLUPART_QUERY, 0},
        [TEXT] = {CURLUPART_URL, CURLU_NO_DEFAULT_PORT},
    };
    char *got[COUNT] = {0};
    CURLUcode code = CURLUE_OK;
    for (int i = 0; i < COUNT && code == CURLUE_OK; i++)
        code = get(&got[i], handle, wanted[i].what, wanted[i].flags);
    if (code == CURLUE_OK) {
        bool empty_query = hl_url_has_empty_query(text);
        const struct hl_url_parts parts = {
            .is_https = strcmp(got[SCHEME], "https") == 0,
            .port = (uint16_t)strtoul(got[PORT], NULL, 10),
            .front = slice(got[TEXT]),
            .back = slice(empty_query ? "?" : NULL),
            .host = slice(host),
            .path = slice(got[PATH]),
            .query = slice(empty_query ? "" : got[QUERY]),
            .user = slice(user),
        };
        if (hl_url_pack(out, &parts) < 0)
            code = CURLUE_OUT_OF_MEMORY;
    }
    for (int i = 0; i < COUNT; i++)
        curl_free(got[i]);
    return code;
}

static CURLUcode read_with(CURLU *handle, struct hl_url *out, const char *text)
{
    char *user = NULL;
    char *host = NULL;
    CURLUcode code = curl_url_set(handle, CURLUPART_URL, text, PARSE_FLAGS);
    if (code == CURLUE_OK)
        code = get_user(&user, handle);
    if (code == CURLUE_OK)
        code = get_host(&host, handle);
    if (code == CURLUE_OK)
        code = strip(handle);
    if (code == CURLUE_OK)
        code = pack(out, handle, text, user, host);
    free(host);
    free(user);
    return code;
}

static CURLUcode read_any(struct hl_url *out, const char *text)
{
    CURLU *handle = curl_url();
    CURLUcode code =
        handle != NULL ? read_with(handle, out, text) : CURLUE_OUT_OF_MEMORY;
    curl_url_cleanup(handle);
    return code;
}

int hl_url_parse_any(struct hl_url *out, const char *text, const char **why)
{
    char *ascii = NULL;
    *out = (struct hl_url){0};
    *why = objection(text);
    if (*why != NULL)
        return -EINVAL;
    int r = hl_url_to_ascii(&ascii, text, why);
    if (r < 0)
        return r;
    CURLUcode code = read_any(out, ascii != NULL ? ascii : text);
    free(ascii);
    /* A host or a path may have grown. */
    *why = code == CURLUE_OK ? objection(out->text) : reason(code);
    if (*why == NULL)
        return 0;
    hl_url_release(out);
    return code == CURLUE_OUT_OF_MEMORY ? -ENOMEM : -EINVAL;
}

int hl_url_parse(struct hl_url *out, const char *text, const char **why)
{
    int r = hl_url_parse_plain(out, text);
    if (r == 0)
        return hl_url_parse_any(out, text, why);
    *why = r < 0 ? reason(CURLUE_OUT_OF_MEMORY) : NULL;
    return r < 0 ? r : 0;
}

void hl_url_release(struct hl_url *url)
{
    free(url->block);
    *url = (struct hl_url){0};
}

int hl_url_origin(char *out, size_t size, const struct hl_url *url)
{
    char digits[HL_TEXT_NUMBER_MAX];
    char *end = digits + sizeof(digits);
    const char *port = hl_text_digits(end, url->port);
    const struct hl_slice parts[] = {
        slice(url->scheme),           {"://", 3}, slice(url->host), {":", 1},
        {port, (size_t)(end - port)},
    };
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        if (parts[i].length >= size)
            return -ENOBUFS;
        memcpy(out, parts[i].at, parts[i].length);
        out += parts[i].length;
        size -= parts[i].length;
    }
    *out = '\0';
    return 0;
}
