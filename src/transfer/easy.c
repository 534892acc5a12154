#include "transfer/easy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { RECEIVE_BUFFER = 64 * 1024, RECEIVE_BUFFER_MANY = 16 * 1024 };

/* Stops at the first option that libcurl refuses, and keeps its code. */
#define SET(easy, option, value)                                \
    do {                                                        \
        CURLcode code_ = curl_easy_setopt(easy, option, value); \
        if (code_ != CURLE_OK)                                  \
            return code_;                                       \
    } while (0)

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
    SET(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)o->connect_timeout_ms);
    SET(easy, CURLOPT_TIMEOUT_MS, (long)o->max_time_ms);
    /* Below four times its share, a transfer that haul itself holds back
     * would look stalled to libcurl. */
    bool held = o->limit_rate > 0 &&
                o->limit_rate / o->jobs < 4 * (uint64_t)o->speed_limit;
    bool off = o->speed_limit == HAUL_NONE || held;
    SET(easy, CURLOPT_LOW_SPEED_LIMIT, off ? 0L : (long)o->speed_limit);
    SET(easy, CURLOPT_LOW_SPEED_TIME, off ? 0L : (long)o->speed_time_s);
    SET(easy, CURLOPT_BUFFERSIZE,
        (long)(o->jobs > 64 ? RECEIVE_BUFFER_MANY : RECEIVE_BUFFER));
    return CURLE_OK;
}

static CURLcode set_connection(CURL *easy, const struct haul_options *o,
                               struct hl_easy_lists *lists)
{
    if (o->proxy != NULL)
        SET(easy, CURLOPT_PROXY, o->proxy);
    if (o->noproxy != NULL)
        SET(easy, CURLOPT_NOPROXY, o->noproxy);
    SET(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    CURLcode code = add_all(&lists->resolve, o->resolve);
    if (code == CURLE_OK && lists->resolve != NULL)
        code = curl_easy_setopt(easy, CURLOPT_RESOLVE, lists->resolve);
    return code;
}

/*
 * CAPATH is NULL because libcurl caches the parsed CA store only then: 1.5
 * instead of 42 ms of CPU for each new connection (lib/vtls/openssl.c,
 * cache_criteria_met). Debian's bundle holds the same certificates.
 */
static CURLcode set_tls(CURL *easy, const struct haul_options *o)
{
    SET(easy, CURLOPT_CAPATH, NULL);
    if (o->cacert != NULL)
        SET(easy, CURLOPT_CAINFO, o->cacert);
    if (o->cert != NULL)
        SET(easy, CURLOPT_SSLCERT, o->cert);
    if (o->key != NULL)
        SET(easy, CURLOPT_SSLKEY, o->key);
    SET(easy, CURLOPT_SSL_VERIFYPEER, o->insecure ? 0L : 1L);
    SET(easy, CURLOPT_SSL_VERIFYHOST, o->insecure ? 0L : 2L);
    SET(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    return CURLE_OK;
}

CURLcode hl_easy_set_run(CURL *easy, const struct hl_env *env,
                         struct hl_easy_lists *lists)
{
    const struct haul_options *o = env->options;
    SET(easy, CURLOPT_NOSIGNAL, 1L);
    /* Else a timeout in a lookup joins the thread that hangs in it. */
    SET(easy, CURLOPT_QUICK_EXIT, 1L);
    SET(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    SET(easy, CURLOPT_FOLLOWLOCATION, 0L);
    SET(easy, CURLOPT_USERAGENT, o->user_agent);
    SET(easy, CURLOPT_NETRC,
        (long)(o->netrc ? CURL_NETRC_OPTIONAL : CURL_NETRC_IGNORED));
    CURLcode code = add_all(&lists->own, o->headers);
    if (code == CURLE_OK)
        code = set_limits(easy, o);
    if (code == CURLE_OK)
        code = set_connection(easy, o, lists);
    if (code == CURLE_OK)
        code = set_tls(easy, o);
    return code;
}

static CURLcode set_resume(CURL *easy, struct hl_easy_lists *lists,
                           const struct hl_job *job, const char *const *headers)
{
    char range[32];
    char if_range[320];
    snprintf(range, sizeof(range), "%" PRIu64 "-", job->resume_from);
    snprintf(if_range, sizeof(if_range), "If-Range: %s",
             job->etag != NULL ? job->etag : job->last_modified);
    const char *const more[] = {if_range, "Accept-Encoding: identity", NULL};
    CURLcode code = add_all(&lists->resume, job->secrets ? headers : NULL);
    if (code == CURLE_OK)
        code = add_all(&lists->resume, more);
    if (code != CURLE_OK)
        return code;
    SET(easy, CURLOPT_RANGE, range);
    SET(easy, CURLOPT_HTTPHEADER, lists->resume);
    return CURLE_OK;
}

/* PIPEWAIT only over TLS: on plain http it serialises the first requests for
 * nothing, as the default version passes libcurl's multiplex test. */
static CURLcode set_version(CURL *easy, const struct haul_options *o,
                            const char *url)
{
    bool tls = strncmp(url, "https:", 6) == 0;
    long version = CURL_HTTP_VERSION_1_1;
    if (tls && o->http != HAUL_HTTP_1_1)
        version = CURL_HTTP_VERSION_2TLS;
    else if (o->http == HAUL_HTTP_2)
        version = CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
    SET(easy, CURLOPT_HTTP_VERSION, version);
    SET(easy, CURLOPT_PIPEWAIT, version == CURL_HTTP_VERSION_1_1 ? 0L : 1L);
    return CURLE_OK;
}

CURLcode hl_easy_set_job(CURL *easy, const struct hl_env *env,
                         struct hl_easy_lists *lists, const struct hl_job *job)
{
    const struct haul_options *o = env->options;
    SET(easy, CURLOPT_URL, job->url);
    SET(easy, CURLOPT_USERPWD, job->user);
    SET(easy, CURLOPT_COOKIE, job->secrets ? o->cookie : NULL);
    SET(easy, CURLOPT_FORBID_REUSE, job->close_after ? 1L : 0L);
    CURLcode code = set_version(easy, o, job->url);
    if (code != CURLE_OK)
        return code;
    curl_slist_free_all(lists->resume);
    lists->resume = NULL;
    if (job->resume_from > 0)
        return set_resume(easy, lists, job, o->headers);
    SET(easy, CURLOPT_RANGE, NULL);
    SET(easy, CURLOPT_HTTPHEADER, job->secrets ? lists->own : NULL);
    return CURLE_OK;
}

void hl_easy_lists_release(struct hl_easy_lists *lists)
{
    curl_slist_free_all(lists->own);
    curl_slist_free_all(lists->resume);
    curl_slist_free_all(lists->resolve);
    *lists = (struct hl_easy_lists){0};
}
