#include "util/url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/idn.h"
#include "util/parse.h"
#include "util/text.h"

enum { PARSE_FLAGS = CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE };

/* Some bytes of a longer string; at is NULL where there are none. */
struct slice {
    const char *at;
    size_t length;
};

/* What a struct hl_url is packed from. Borrowed. */
struct parts {
    bool is_https;
    uint16_t port;
    struct slice front; /* of the text, up to the path ... */
    struct slice back;  /* ... and from there, when that is apart */
    struct slice host;
    struct slice path;
    struct slice query;
    struct slice user;
};

/* Copies a slice, or two that are one string, and a NUL. */
static const char *put(char **to, const struct slice *front,
                       const struct slice *back)
{
    const char *start = *to;
    if (front->at == NULL)
        return NULL;
    memcpy(*to, front->at, front->length);
    *to += front->length;
    if (back != NULL && back->at != NULL) {
        memcpy(*to, back->at, back->length);
        *to += back->length;
    }
    *(*to)++ = '\0';
    return start;
}

static int pack(struct hl_url *out, const struct parts *parts)
{
    size_t size = parts->front.length + parts->back.length +
                  parts->host.length + parts->path.length +
                  parts->query.length + parts->user.length + 5;
    char *to = malloc(size);
    *out = (struct hl_url){
        .block = to,
        .scheme = parts->is_https ? "https" : "http",
        .port = parts->port,
    };
    if (to == NULL)
        return -ENOMEM;
    out->text = put(&to, &parts->front, &parts->back);
    out->host = put(&to, &parts->host, NULL);
    out->path = put(&to, &parts->path, NULL);
    out->query = put(&to, &parts->query, NULL);
    out->user = put(&to, &parts->user, NULL);
    return 0;
}

/*
 * The short way through a URL. A list of ten million lines is parsed more than
 * once, and CURLU takes some 20,000 instructions a URL. So a URL that is plain
 * enough for CURLU to change nothing is cut into its parts here. Whatever could
 * be read in two ways, or differently by another libcurl, is left to CURLU.
 */

enum {
    HOST_MAX = 253,

    HOST = 1,  /* a lower case letter, a digit or '-' */
    DIGIT = 2, /* a decimal digit */
    PATH = 4,  /* stays as it is in a path */
    QUERY = 8, /* stays as it is in a query and a fragment only */
    HEX = 16,  /* a hexadecimal digit, in upper case */
};

/* clang-format off */
static const unsigned char classes[256] = {
    ['a'] = HOST | PATH, ['b'] = HOST | PATH, ['c'] = HOST | PATH,
    ['d'] = HOST | PATH, ['e'] = HOST | PATH, ['f'] = HOST | PATH,
    ['g'] = HOST | PATH, ['h'] = HOST | PATH, ['i'] = HOST | PATH,
    ['j'] = HOST | PATH, ['k'] = HOST | PATH, ['l'] = HOST | PATH,
    ['m'] = HOST | PATH, ['n'] = HOST | PATH, ['o'] = HOST | PATH,
    ['p'] = HOST | PATH, ['q'] = HOST | PATH, ['r'] = HOST | PATH,
    ['s'] = HOST | PATH, ['t'] = HOST | PATH, ['u'] = HOST | PATH,
    ['v'] = HOST | PATH, ['w'] = HOST | PATH, ['x'] = HOST | PATH,
    ['y'] = HOST | PATH, ['z'] = HOST | PATH,
    ['A'] = PATH | HEX, ['B'] = PATH | HEX, ['C'] = PATH | HEX,
    ['D'] = PATH | HEX, ['E'] = PATH | HEX, ['F'] = PATH | HEX,
    ['G'] = PATH, ['H'] = PATH, ['I'] = PATH, ['J'] = PATH, ['K'] = PATH,
    ['L'] = PATH, ['M'] = PATH, ['N'] = PATH, ['O'] = PATH, ['P'] = PATH,
    ['Q'] = PATH, ['R'] = PATH, ['S'] = PATH, ['T'] = PATH, ['U'] = PATH,
    ['V'] = PATH, ['W'] = PATH, ['X'] = PATH, ['Y'] = PATH, ['Z'] = PATH,
    ['0'] = HOST | DIGIT | PATH | HEX, ['1'] = HOST | DIGIT | PATH | HEX,
    ['2'] = HOST | DIGIT | PATH | HEX, ['3'] = HOST | DIGIT | PATH | HEX,
    ['4'] = HOST | DIGIT | PATH | HEX, ['5'] = HOST | DIGIT | PATH | HEX,
    ['6'] = HOST | DIGIT | PATH | HEX, ['7'] = HOST | DIGIT | PATH | HEX,
    ['8'] = HOST | DIGIT | PATH | HEX, ['9'] = HOST | DIGIT | PATH | HEX,
    ['-'] = HOST | PATH, ['.'] = PATH, ['_'] = PATH, ['~'] = PATH,
    ['!'] = PATH, ['$'] = PATH, ['&'] = PATH, ['\''] = PATH, ['('] = PATH,
    [')'] = PATH, ['*'] = PATH, ['+'] = PATH, [','] = PATH, [';'] = PATH,
    ['='] = PATH, [':'] = PATH, ['@'] = PATH, ['/'] = PATH,
    ['?'] = QUERY,
};
/* clang-format on */

static bool is(char c, unsigned class)
{
    return (classes[(unsigned char)c] & class) != 0;
}

/* Is it four decimal numbers? No other form of an IPv4 address is normal. */
static bool is_dotted_quad(const char *host, size_t length)
{
    unsigned numbers = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned value = 0;
        size_t start = i;
        for (; i < length && is(host[i], DIGIT) && i - start < 3; i++)
            value = value * 10 + (unsigned)(host[i] - '0');
        if (i == start || value > 255 || (host[start] == '0' && i - start > 1))
            return false;
        numbers++;
        if (i < length && (host[i] != '.' || i + 1 == length))
            return false;
    }
    return numbers == 4;
}

/* Is it labels of letters, digits and inner hyphens, with single dots
 * between? */
static bool is_plain_host(const struct slice *host)
{
    const char *at = host->at;
    size_t last = 0; /* where the last label starts */
    if (host->length == 0 || host->length > HOST_MAX)
        return false;
    for (size_t i = 0; i < host->length; i++) {
        if (at[i] == '.') {
            if (i == last || at[i - 1] == '-')
                return false;
            last = i + 1;
        } else if (at[i] == '-' && i == last) {
            return false;
        }
    }
    if (last == host->length || at[host->length - 1] == '-')
        return false;
    return !is(at[last], DIGIT) || is_dotted_quad(at, host->length);
}

/* Reads "8080", without leading zeros. @return what follows it, or NULL. */
static const char *read_port(const char *p, uint16_t *port)
{
    uint64_t value;
    p = *p != '0' ? hl_parse_digits(p, UINT16_MAX, &value) : NULL;
    if (p != NULL)
        *port = (uint16_t)value;
    return p;
}

/* Reads "http://host:port". @return the path that follows, or NULL. The
 * scheme's own port is left out of the text. */
static const char *read_authority(struct parts *parts, const char *text)
{
    parts->is_https = strncmp(text, "https://", 8) == 0;
    if (!parts->is_https && strncmp(text, "http://", 7) != 0)
        return NULL;
    const uint16_t standard = parts->is_https ? 443 : 80;
    const char *host = text + (parts->is_https ? 8 : 7);
    const char *p = host;
    while (is(*p, HOST) || *p == '.')
        p++;
    const char *end = p;
    parts->host = (struct slice){host, (size_t)(p - host)};
    parts->port = standard;
    if (*p == ':')
        p = read_port(p + 1, &parts->port);
    if (p == NULL || *p != '/' || !is_plain_host(&parts->host))
        return NULL;
    if (parts->port != standard)
        end = p;
    parts->front = (struct slice){text, (size_t)(end - text)};
    return p;
}

/* Skips what is kept as it is. @return NULL where there may be a dot segment: a
 * slash and a dot, plain or encoded. */
static const char *skip_path(const char *p, unsigned kept)
{
    for (;; p++) {
        if (is(*p, kept)) {
            if (*p == '/' && p[1] == '.' && kept == PATH)
                return NULL;
            continue;
        }
        if (*p != '%')
            return p;
        if (!is(p[1], HEX) || !is(p[2], HEX) || (p[1] == '2' && p[2] == 'E'))
            return NULL;
        p += 2;
    }
}

/* Reads the path, the query, and a fragment, which is left out. */
static const char *read_rest(struct parts *parts, const char *path)
{
    const char *p = skip_path(path, PATH);
    if (p == NULL)
        return NULL;
    parts->path = (struct slice){path, (size_t)(p - path)};
    if (*p == '?') {
        const char *query = p + 1;
        p = skip_path(query, PATH | QUERY);
        if (p == NULL)
            return NULL;
        parts->query = (struct slice){query, (size_t)(p - query)};
    }
    parts->back = (struct slice){path, (size_t)(p - path)};
    return *p == '#' ? skip_path(p + 1, PATH | QUERY) : p;
}

int hl_url_parse_plain(struct hl_url *out, const char *text)
{
    struct parts parts = {0};
    const char *p = read_authority(&parts, text);
    if (p != NULL)
        p = read_rest(&parts, p);
    if (p == NULL || *p != '\0' || p - text > HL_URL_MAX)
        return 0;
    int r = pack(out, &parts);
    return r < 0 ? r : 1;
}

bool hl_url_has_empty_query(const char *text)
{
    size_t length = strcspn(text, "?#");
    return text[length] == '?' &&
           (text[length + 1] == '\0' || text[length + 1] == '#');
}

/* Finds the host as CURLU does: without user and port. */
static struct slice find_host(const char *text)
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
    return (struct slice){host, length};
}

/* An address in brackets, which may have a zone, is not. */
static bool is_beyond_ascii(const struct slice *host)
{
    for (size_t i = 0; host->at[0] != '[' && i < host->length; i++)
        if ((unsigned char)host->at[i] >= 0x80 || host->at[i] == '%')
            return true;
    return false;
}

/* CURLU must not see a percent sign in a host. It decodes the sign only after
 * it has seen that the host is no number, so a second reading might give
 * another host. CURLU's own IDNA needs a locale. */
int hl_url_to_ascii(char **out, const char *text, const char **why)
{
    char ascii[HL_IDN_SIZE];
    struct slice host = find_host(text);
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

/* What CURLU takes, but HTTP does not. */
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
        return "not a URL: it does not begin with http:// or https://";
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

/* Gives a part of the URL; NULL in *out where the URL has no such part. */
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

/* Names of interfaces have only these characters. A percent sign would be
 * written in another way each time that the URL is read. */
static bool is_zone(const char *zone)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    return zone == NULL || strspn(zone, letters) == strlen(zone);
}

/* Gives the host in lower case, by malloc(). Setting the host removes the zone,
 * so the zone is set again. */
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

/* Removes what a server does not see. */
static CURLUcode strip(CURLU *handle)
{
    CURLUcode code = curl_url_set(handle, CURLUPART_USER, NULL, 0);
    if (code == CURLUE_OK)
        code = curl_url_set(handle, CURLUPART_PASSWORD, NULL, 0);
    if (code == CURLUE_OK)
        code = curl_url_set(handle, CURLUPART_FRAGMENT, NULL, 0);
    return code;
}

static struct slice slice_of(const char *text)
{
    return (struct slice){text, text != NULL ? strlen(text) : 0};
}

static CURLUcode pack_got(struct hl_url *out, CURLU *handle, const char *text,
                          const char *user, const char *host)
{
    enum { GOT_SCHEME, GOT_PORT, GOT_PATH, GOT_QUERY, GOT_TEXT, GOT_COUNT };
    static const struct {
        CURLUPart what;
        unsigned flags;
    } wanted[GOT_COUNT] = {
        [GOT_SCHEME] = {CURLUPART_SCHEME, 0},
        [GOT_PORT] = {CURLUPART_PORT, CURLU_DEFAULT_PORT},
        [GOT_PATH] = {CURLUPART_PATH, 0},
        [GOT_QUERY] = {CURLUPART_QUERY, 0},
        [GOT_TEXT] = {CURLUPART_URL, CURLU_NO_DEFAULT_PORT},
    };
    char *got[GOT_COUNT] = {0};
    CURLUcode code = CURLUE_OK;
    for (int i = 0; i < GOT_COUNT && code == CURLUE_OK; i++)
        code = get(&got[i], handle, wanted[i].what, wanted[i].flags);
    if (code == CURLUE_OK) {
        bool empty_query = hl_url_has_empty_query(text);
        const struct parts parts = {
            .is_https = strcmp(got[GOT_SCHEME], "https") == 0,
            .port = (uint16_t)strtoul(got[GOT_PORT], NULL, 10),
            .front = slice_of(got[GOT_TEXT]),
            .back = slice_of(empty_query ? "?" : NULL),
            .host = slice_of(host),
            .path = slice_of(got[GOT_PATH]),
            .query = slice_of(empty_query ? "" : got[GOT_QUERY]),
            .user = slice_of(user),
        };
        if (pack(out, &parts) < 0)
            code = CURLUE_OUT_OF_MEMORY;
    }
    for (int i = 0; i < GOT_COUNT; i++)
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
        code = pack_got(out, handle, text, user, host);
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
    /* The host or the path may be longer than before. */
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
    const struct slice parts[] = {
        slice_of(url->scheme),        {"://", 3}, slice_of(url->host), {":", 1},
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
