#include "transfer/cookie_lines.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "haul/haul.h"

#define HTTP_ONLY "#HttpOnly_"

struct cookie {
    const char *line; /* in the list */
    const char *domain;
    size_t domain_length;
};

/* Owned by the session. */
struct hl_cookie_lines {
    struct curl_slist *list;
    struct cookie *cookies; /* by domain, and as they came within one */
    size_t count;
};

/* Names no file: it only switches libcurl's cookies on. */
static const char no_file[] = "";

static int read_by_curl(struct curl_slist **out, CURL *easy,
                        const char *const *lines)
{
    if (curl_easy_setopt(easy, CURLOPT_COOKIEFILE, no_file) != CURLE_OK)
        return UV_ENOMEM;
    for (; *lines != NULL; lines++)
        if (curl_easy_setopt(easy, CURLOPT_COOKIELIST, *lines) ==
            CURLE_OUT_OF_MEMORY)
            return UV_ENOMEM;
    return curl_easy_getinfo(easy, CURLINFO_COOKIELIST, out) == CURLE_OK
               ? 0
               : UV_ENOMEM;
}

static struct cookie cookie_of(const char *line)
{
    const char *domain = line;
    if (strncmp(domain, HTTP_ONLY, strlen(HTTP_ONLY)) == 0)
        domain += strlen(HTTP_ONLY);
    domain += domain[0] == '.';
    return (struct cookie){line, domain, strcspn(domain, "\t")};
}

static int compare_domains(const char *a, size_t a_length, const char *b,
                           size_t b_length)
{
    size_t least = a_length < b_length ? a_length : b_length;
    int order = strncasecmp(a, b, least);
    return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

static int compare(const void *a, const void *b)
{
    const struct cookie *one = a;
    const struct cookie *two = b;
    return compare_domains(one->domain, one->domain_length, two->domain,
                           two->domain_length);
}

static int index_list(struct hl_cookie_lines *cookies)
{
    size_t count = 0;
    for (const struct curl_slist *at = cookies->list; at; at = at->next)
        count++;
    cookies->cookies = calloc(count + 1, sizeof(*cookies->cookies));
    if (cookies->cookies == NULL)
        return UV_ENOMEM;
    for (const struct curl_slist *at = cookies->list; at; at = at->next)
        cookies->cookies[cookies->count++] = cookie_of(at->data);
    qsort(cookies->cookies, count, sizeof(*cookies->cookies), compare);
    return 0;
}

int hl_cookie_lines_new(struct hl_cookie_lines **out, const char *const *lines)
{
    *out = NULL;
    if (lines == NULL)
        return 0;
    struct hl_cookie_lines *cookies = calloc(1, sizeof(*cookies));
    CURL *easy = curl_easy_init();
    int r = cookies != NULL && easy != NULL ? 0 : UV_ENOMEM;
    if (r == 0)
        r = read_by_curl(&cookies->list, easy, lines);
    if (r == 0)
        r = index_list(cookies);
    curl_easy_cleanup(easy);
    if (r < 0)
        hl_cookie_lines_free(cookies);
    else
        *out = cookies;
    return r;
}

void hl_cookie_lines_free(struct hl_cookie_lines *cookies)
{
    if (cookies == NULL)
        return;
    curl_slist_free_all(cookies->list);
    free(cookies->cookies);
    free(cookies);
}

/* The first cookie that does not come before the domain. */
static size_t find(const struct hl_cookie_lines *cookies, const char *domain,
                   size_t length)
{
    size_t low = 0;
    size_t high = cookies->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct cookie *at = &cookies->cookies[middle];
        if (compare_domains(at->domain, at->domain_length, domain, length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void add_domain(const struct hl_cookie_lines *cookies,
                       const char *domain, size_t length, struct hl_buf *out)
{
    for (size_t i = find(cookies, domain, length); i < cookies->count; i++) {
        const struct cookie *at = &cookies->cookies[i];
        if (compare_domains(at->domain, at->domain_length, domain, length) != 0)
            return;
        if (out->used > 0)
            hl_buf_text(out, "\n");
        hl_buf_text(out, at->line);
    }
}

void hl_cookie_lines_of(const struct hl_cookie_lines *cookies,
                        const char *origin, struct hl_buf *out)
{
    const char *host = strstr(origin, "://");
    if (cookies == NULL || cookies->count == 0 || host == NULL)
        return;
    host += strlen("://");
    bool is_v6 = host[0] == '[';
    host += is_v6;
    const char *end = host + strcspn(host, is_v6 ? "]" : ":/");
    for (const char *domain = host; domain != NULL && domain < end;) {
        add_domain(cookies, domain, (size_t)(end - domain), out);
        domain = memchr(domain, '.', (size_t)(end - domain));
        domain = domain != NULL ? domain + 1 : NULL;
    }
}

bool hl_cookie_lines_has(const char *text, const char *line, size_t length)
{
    while (text != NULL && *text != '\0') {
        size_t n = strcspn(text, "\n");
        if (n == length && strncmp(text, line, n) == 0)
            return true;
        text += n + (text[n] == '\n');
    }
    return false;
}
