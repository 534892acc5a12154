/*
 * The short way through a URL. A list of ten million lines is parsed more
 * than once, and CURLU takes some 20,000 instructions a URL; what is plain
 * enough that CURLU would change nothing is sliced here. Whatever could be
 * read in two ways, or differently by another libcurl, is left to CURLU.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/url_parts.h"

enum {
    HOST_MAX = 253,

    HOST = 1,  /* a lower case letter, a digit or '-' */
    DIGIT = 2, /* a decimal digit */
    PATH = 4,  /* what a path keeps as it is */
    QUERY = 8, /* what only a query and a fragment keep */
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

/* Four decimal numbers as they are written out: no other form of an IPv4
 * address is normal. */
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

/* Labels of letters, digits and inner hyphens, with single dots between. */
static bool is_plain_host(const struct hl_slice *host)
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

/* "8080", as a number is written: what follows it, or NULL. */
static const char *read_port(const char *p, uint16_t *port)
{
    uint32_t value = 0;
    if (*p == '0')
        return NULL;
    for (; is(*p, DIGIT) && value <= UINT16_MAX; p++)
        value = value * 10 + (uint32_t)(*p - '0');
    *port = (uint16_t)value;
    return value > 0 && value <= UINT16_MAX ? p : NULL;
}

/* "http://host:port": the path that follows it, or NULL. A port that goes
 * without saying is left out of the text. */
static const char *read_authority(struct hl_url_parts *parts, const char *text)
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
    parts->host = (struct hl_slice){host, (size_t)(p - host)};
    parts->port = standard;
    if (*p == ':')
        p = read_port(p + 1, &parts->port);
    if (p == NULL || *p != '/' || !is_plain_host(&parts->host))
        return NULL;
    if (parts->port != standard)
        end = p;
    parts->front = (struct hl_slice){text, (size_t)(end - text)};
    return p;
}

/* Passes over what is kept as it is, or gives NULL: a dot, plain or encoded,
 * behind a slash may be a dot segment. */
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

/* The path, the query, and a fragment, which is left out. */
static const char *read_rest(struct hl_url_parts *parts, const char *path)
{
    const char *p = skip_path(path, PATH);
    if (p == NULL)
        return NULL;
    parts->path = (struct hl_slice){path, (size_t)(p - path)};
    if (*p == '?') {
        const char *query = p + 1;
        p = skip_path(query, PATH | QUERY);
        if (p == NULL)
            return NULL;
        parts->query = (struct hl_slice){query, (size_t)(p - query)};
    }
    parts->back = (struct hl_slice){path, (size_t)(p - path)};
    return *p == '#' ? skip_path(p + 1, PATH | QUERY) : p;
}

int hl_url_parse_plain(struct hl_url *out, const char *text)
{
    struct hl_url_parts parts = {0};
    const char *p = read_authority(&parts, text);
    if (p != NULL)
        p = read_rest(&parts, p);
    if (p == NULL || *p != '\0' || p - text > HL_URL_MAX)
        return 0;
    int r = hl_url_pack(out, &parts);
    return r < 0 ? r : 1;
}

/* Copies slices one behind the other, each closed by a NUL. */
static const char *put(char **to, const struct hl_slice *front,
                       const struct hl_slice *back)
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

int hl_url_pack(struct hl_url *out, const struct hl_url_parts *parts)
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
