#include "transfer/easy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "transfer/curl_version.h"
#include "transfer/proxy.h"
#include "util/decoder.h"
#include "util/url.h"

enum {
    FEW = 4, /* transfers in flight */
    SOME = 64,
    MANY = 1000,
    BUFFER_OF_FEW = 512 * 1024, /* libcurl takes no larger one */
    BUFFER_OF_SOME = 64 * 1024,
    BUFFER_OF_MANY = 16 * 1024,
    BUFFER_OF_CROWD = 4 * 1024,
    HEADER_MAX = 2048, /* of a header with a validator */
};

static CURLcode add_all(struct curl_slist **list, const char *const *items)
{
    for (; items != NULL && *items != NULL; items++) {
        struct curl_slist *next = curl_slist_append(*list, *items);
        if (next == NULL)
            return CURLE_OUT_OF_MEMORY;
        *list = next;
    }
    return CURLE_OK;
}

static CURLcode set_limits(CURL *easy, const struct haul_options *o)
{
    HL_SET(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)o->connect_timeout_ms);
    HL_SET(easy, CURLOPT_TIMEOUT_MS, (long)o->max_time_ms);
    return CURLE_OK;
}

static CURLcode set_connection(CURL *easy, const struct hl_shared *shared,
                               struct hl_easy_lists *lists)
{
    const struct haul_options *o = shared->options;
    bool may_be_proxied = hl_proxy_is_possible(o);
    if (o->proxy != NULL)
        HL_SET(easy, CURLOPT_PROXY, o->proxy);
    /* Without "*" libcurl looks for a proxy in the environment at each
     * transfer. */
    HL_SET(easy, CURLOPT_NOPROXY, may_be_proxied ? o->noproxy : "*");
    HL_SET(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (!hl_file_budget_keeps_five(&shared->files))
        HL_SET(easy, CURLOPT_MAXCONNECTS, 1L);
    /* libcurl walks all of its cache of addresses at the end of each transfer.
     * It needs no cache where jobs bring their addresses, that is without a
     * proxy. With options->resolve it must have one: there the entries are. */
    if (o->resolve == NULL && !may_be_proxied)
        HL_SET(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    HL_TRY(add_all(&lists->resolve, o->resolve));
    return CURLE_OK;
}

/*
 * CAPATH is NULL because libcurl caches the parsed CA store only then: 1.5
 * instead of 42 ms of CPU for each new connection (lib/vtls/openssl.c,
 * cache_criteria_met). Debian's bundle holds the same certificates.
 */
static CURLcode set_tls(CURL *easy, const struct haul_options *o)
{
    HL_SET(easy, CURLOPT_CAPATH, NULL);
    if (o->cacert != NULL)
        HL_SET(easy, CURLOPT_CAINFO, o->cacert);
    HL_SET(easy, CURLOPT_SSL_VERIFYPEER, o->insecure ? 0L : 1L);
    HL_SET(easy, CURLOPT_SSL_VERIFYHOST, o->insecure ? 0L : 2L);
    HL_SET(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    /* The same for a proxy that speaks TLS. */
    HL_SET(easy, CURLOPT_PROXY_CAPATH, NULL);
    if (o->cacert != NULL)
        HL_SET(easy, CURLOPT_PROXY_CAINFO, o->cacert);
    HL_SET(easy, CURLOPT_PROXY_SSL_VERIFYPEER, o->insecure ? 0L : 1L);
    HL_SET(easy, CURLOPT_PROXY_SSL_VERIFYHOST, o->insecure ? 0L : 2L);
    return CURLE_OK;
}

/* The certificate tells a server who the user is, so it is one of the secrets.
 */
static CURLcode set_certificate(CURL *easy, const struct haul_options *o,
                                bool secrets)
{
    if (o->cert == NULL)
        return CURLE_OK;
    HL_SET(easy, CURLOPT_SSLCERT, secrets ? o->cert : NULL);
    HL_SET(easy, CURLOPT_SSLKEY, secrets ? o->key : NULL);
    return CURLE_OK;
}

CURLcode hl_easy_set_run(CURL *easy, const struct hl_shared *shared,
                         struct hl_easy_lists *lists)
{
    const struct haul_options *o = shared->options;
    HL_SET(easy, CURLOPT_NOSIGNAL, 1L);
    /* Without this, a timeout during a lookup waits for the lookup's thread. */
    HL_SET(easy, CURLOPT_QUICK_EXIT, 1L);
    HL_SET(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    HL_SET(easy, CURLOPT_FOLLOWLOCATION, 0L);
    /* Names no file: it only switches libcurl's cookies on. */
    HL_SET(easy, CURLOPT_COOKIEFILE, "");
    HL_SET(easy, CURLOPT_USERAGENT, o->user_agent);
    HL_SET(easy, CURLOPT_NETRC,
           (long)(o->netrc ? CURL_NETRC_OPTIONAL : CURL_NETRC_IGNORED));
    HL_TRY(add_all(&lists->own, o->headers));
    HL_TRY(set_limits(easy, o));
    HL_TRY(set_connection(easy, shared, lists));
    HL_TRY(set_tls(easy, o));
    return CURLE_OK;
}

/* Adds "NAME: VALUE". value may be NULL: then nothing is added. */
static CURLcode add_header(struct curl_slist **list, const char *name,
                           const char *value)
{
    char line[HEADER_MAX];
    if (value == NULL)
        return CURLE_OK;
    int n = snprintf(line, sizeof(line), "%s: %s", name, value);
    if (n < 0 || (size_t)n >= sizeof(line))
        return CURLE_BAD_FUNCTION_ARGUMENT;
    return add_all(list, (const char *const[]){line, NULL});
}

/* The offsets of a range count bytes of the body as it is sent: a part is
 * resumed only without a coding. */
static CURLcode add_resume(struct curl_slist **list, const struct hl_job *job)
{
    HL_TRY(add_header(list, "If-Range",
                      job->etag != NULL ? job->etag : job->last_modified));
    return add_header(list, "Accept-Encoding", "identity");
}

static bool has_own_headers(const struct hl_job *job,
                            const struct hl_easy_try *how)
{
    return how->resume_from > 0 || how->sends_once || job->if_etag != NULL ||
           job->if_modified != NULL || (job->secrets && job->headers != NULL);
}

static CURLcode set_headers(CURL *easy, const struct haul_options *o,
                            struct hl_easy_lists *lists,
                            const struct hl_job *job,
                            const struct hl_easy_try *how)
{
    curl_slist_free_all(lists->job);
    lists->job = NULL;
    if (!has_own_headers(job, how)) {
        HL_SET(easy, CURLOPT_HTTPHEADER, job->secrets ? lists->own : NULL);
        return CURLE_OK;
    }
    HL_TRY(add_all(&lists->job, job->secrets ? o->headers : NULL));
    HL_TRY(add_all(&lists->job, job->secrets ? job->headers : NULL));
    HL_TRY(add_header(&lists->job, "If-None-Match", job->if_etag));
    HL_TRY(add_header(&lists->job, "If-Modified-Since", job->if_modified));
    if (how->resume_from > 0)
        HL_TRY(add_resume(&lists->job, job));
    /* libcurl would wait a second for a server's leave to send a long body. */
    if (how->sends_once)
        HL_TRY(add_all(&lists->job, (const char *const[]){"Expect:", NULL}));
    HL_SET(easy, CURLOPT_HTTPHEADER, lists->job);
    return CURLE_OK;
}

static CURLcode set_range(CURL *easy, uint64_t resume_from)
{
    char range[32];
    if (resume_from > 0)
        snprintf(range, sizeof(range), "%" PRIu64 "-", resume_from);
    HL_SET(easy, CURLOPT_RANGE, resume_from > 0 ? range : NULL);
    return CURLE_OK;
}

/* Connects to the job's address. The empty host and port stand for any: a
 * handle asks for one URL, and follows no redirect. libcurl does not copy the
 * list. */
static CURLcode set_address(CURL *easy, struct hl_easy_lists *lists,
                            const char *address)
{
    char line[HEADER_MAX];
    curl_slist_free_all(lists->connect_to);
    lists->connect_to = NULL;
    if (address != NULL) {
        bool v6 = strchr(address, ':') != NULL;
        snprintf(line, sizeof(line), v6 ? "::[%s]:" : "::%s:", address);
        HL_TRY(add_all(&lists->connect_to, (const char *const[]){line, NULL}));
    }
    HL_SET(easy, CURLOPT_CONNECT_TO, lists->connect_to);
    return CURLE_OK;
}

/* haul decodes the body itself: libcurl takes encoded data that is cut short
 * for complete. A HEAD asks for the length of the file, which the length of an
 * encoded body does not tell. */
static CURLcode set_codings(CURL *easy, const struct haul_options *o, bool head)
{
    if (!o->compressed)
        return CURLE_OK;
    HL_SET(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    HL_SET(easy, CURLOPT_ACCEPT_ENCODING,
           head ? "identity" : HL_DECODER_CODINGS);
    return CURLE_OK;
}

/* Does a request with this method say how long its body is, if it has none? */
static bool has_body(const struct haul_options *o)
{
    static const char *const methods[] = {"POST", "PUT", "PATCH"};
    const char *method = o->method != NULL ? o->method : "POST";
    bool has = o->data_size > 0;
    for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++)
        has = has || strcmp(method, methods[i]) == 0;
    return has;
}

static CURLcode set_once(CURL *easy, const struct hl_shared *shared)
{
    const struct haul_options *o = shared->options;
    if (has_body(o)) {
        HL_SET(easy, CURLOPT_POST, 1L);
        HL_SET(easy, CURLOPT_POSTFIELDS, o->data_size > 0 ? shared->body : "");
        HL_SET(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)o->data_size);
    } else {
        HL_SET(easy, CURLOPT_HTTPGET, 1L);
    }
    HL_SET(easy, CURLOPT_CUSTOMREQUEST, o->method);
    return CURLE_OK;
}

static CURLcode set_method(CURL *easy, const struct hl_shared *shared,
                           bool head, bool sends_once)
{
    if (shared->options->method != NULL)
        HL_SET(easy, CURLOPT_CUSTOMREQUEST, NULL);
    if (head)
        HL_SET(easy, CURLOPT_NOBODY, 1L);
    else if (sends_once)
        HL_TRY(set_once(easy, shared));
    else
        HL_SET(easy, CURLOPT_HTTPGET, 1L);
    return CURLE_OK;
}

CURLcode hl_easy_add_cookies(CURL *easy, const char *cookies)
{
    char line[HL_COOKIES_MAX];
    while (cookies != NULL && *cookies != '\0') {
        size_t length = strcspn(cookies, "\n");
        if (length < sizeof(line)) {
            memcpy(line, cookies, length);
            line[length] = '\0';
            HL_SET(easy, CURLOPT_COOKIELIST, line);
        }
        cookies += length + (cookies[length] == '\n');
    }
    return CURLE_OK;
}

static CURLcode forget_cookies(CURL *easy, const struct hl_easy_try *how)
{
    if (how->had_cookies)
        HL_SET(easy, CURLOPT_COOKIELIST, "ALL");
    return CURLE_OK;
}

static long version_of(const struct haul_options *o, const char *url,
                       bool http_1)
{
    bool tls = strncmp(url, "https:", 6) == 0;
    if (http_1)
        return CURL_HTTP_VERSION_1_1;
    if (tls && o->http != HAUL_HTTP_1_1)
        return CURL_HTTP_VERSION_2TLS;
    return o->http == HAUL_HTTP_2 ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
                                  : CURL_HTTP_VERSION_1_1;
}

/* PIPEWAIT only where HTTP/2 is possible: elsewhere the first requests to a
 * host would wait for each other, for nothing. */
static CURLcode set_version(CURL *easy, long version)
{
    HL_SET(easy, CURLOPT_HTTP_VERSION, version);
    HL_SET(easy, CURLOPT_PIPEWAIT, version == CURL_HTTP_VERSION_1_1 ? 0L : 1L);
    return CURLE_OK;
}

/* In a request to a proxy libcurl leaves out a "?" at the end of the URL, so
 * the whole URL is set as the target. Where no proxy is used after all, servers
 * accept a whole URL too. A user, which only the URL of a mirror has, must not
 * be in the target. */
static CURLcode set_target(CURL *easy, const struct haul_options *o,
                           const char *url)
{
    bool wanted = strncmp(url, "http:", 5) == 0 &&
                  hl_url_has_empty_query(url) && strpbrk(url, "@#") == NULL &&
                  hl_proxy_is_possible(o);
    HL_SET(easy, CURLOPT_REQUEST_TARGET, wanted ? url : NULL);
    return CURLE_OK;
}

bool hl_easy_is_older(unsigned version)
{
    return hl_curl_version()->version_num < version;
}

/*
 * Before 8.0 libcurl begins HTTP/2 a second time on a connection without TLS
 * that is used again (curl issue 10634). So each request gets a connection of
 * its own there.
 */
static bool must_be_alone(long version)
{
    return version == CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE &&
           hl_easy_is_older(0x080000);
}

static CURLcode set_reuse(CURL *easy, const struct hl_job *job, long version,
                          const struct hl_easy_try *how)
{
    bool alone = must_be_alone(version) || how->sends_once;
    HL_SET(easy, CURLOPT_FORBID_REUSE, job->close_after || alone ? 1L : 0L);
    HL_SET(easy, CURLOPT_FRESH_CONNECT, how->fresh || alone ? 1L : 0L);
    /* The default, which hl_xfer_keep_nothing() changes. */
    HL_SET(easy, CURLOPT_MAXAGE_CONN, 118L);
    return CURLE_OK;
}

/* libcurl reads as much at once as its buffer holds, and the larger the reads,
 * the less a long body costs. */
static long buffer_size(uint32_t in_flight)
{
    if (in_flight <= FEW)
        return BUFFER_OF_FEW;
    if (in_flight <= SOME)
        return BUFFER_OF_SOME;
    return in_flight <= MANY ? BUFFER_OF_MANY : BUFFER_OF_CROWD;
}

/* libcurl takes the list once, into the cache of the multi handle that the
 * transfer is in; the next transfer may be in another one. */
static CURLcode set_resolve(CURL *easy, const struct hl_easy_lists *lists)
{
    if (lists->resolve != NULL)
        HL_SET(easy, CURLOPT_RESOLVE, lists->resolve);
    return CURLE_OK;
}

CURLcode hl_easy_set_job(CURL *easy, const struct hl_shared *shared,
                         struct hl_easy_lists *lists, const struct hl_job *job,
                         const struct hl_easy_try *how)
{
    const struct haul_options *o = shared->options;
    long version = version_of(o, job->url, how->http_1);
    HL_SET(easy, CURLOPT_URL, job->url);
    /* libcurl refuses that where the handle has its buffer still: after a try
     * that was broken off. */
    (void)curl_easy_setopt(easy, CURLOPT_BUFFERSIZE,
                           buffer_size(how->in_flight));
    HL_SET(easy, CURLOPT_USERPWD, job->user);
    HL_SET(easy, CURLOPT_COOKIE, job->secrets ? o->cookie : NULL);
    HL_TRY(set_certificate(easy, o, job->secrets));
    HL_TRY(set_method(easy, shared, job->head, how->sends_once));
    HL_TRY(set_codings(easy, o, job->head));
    HL_TRY(set_target(easy, o, job->url));
    HL_TRY(forget_cookies(easy, how));
    HL_TRY(set_resolve(easy, lists));
    HL_TRY(set_reuse(easy, job, version, how));
    HL_TRY(set_version(easy, version));
    HL_TRY(set_address(easy, lists, job->address));
    HL_TRY(set_range(easy, how->resume_from));
    HL_TRY(set_headers(easy, o, lists, job, how));
    return CURLE_OK;
}

void hl_easy_lists_release(struct hl_easy_lists *lists)
{
    curl_slist_free_all(lists->own);
    curl_slist_free_all(lists->job);
    curl_slist_free_all(lists->resolve);
    curl_slist_free_all(lists->connect_to);
    *lists = (struct hl_easy_lists){0};
}
