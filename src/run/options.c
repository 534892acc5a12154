#include "run/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <uv.h>

#include "modes/traits.h"
#include "policy/cause.h"
#include "policy/name.h"
#include "policy/redirect.h"
#include "transfer/job.h"
#include "transfer/proxy.h"
#include "util/header.h"
#include "util/strings.h"
#include "util/url.h"

enum { METHOD_MAX = 32 };

#define DEFAULT_USER_AGENT "haul/" HAUL_VERSION

/* Members that are strings of one line; all that are strings; and those that
 * are arrays of strings. */
#define LINES(X)    \
    X(retry_on)     \
    X(retry_causes) \
    X(proto_redir)  \
    X(user_agent)   \
    X(user)         \
    X(cookie)       \
    X(proxy)        \
    X(noproxy)      \
    X(accept_type)
#define STRINGS(X) \
    LINES(X)       \
    X(dir)         \
    X(output)      \
    X(method)      \
    X(cacert)      \
    X(cert)        \
    X(key)         \
    X(trace_file)
#define ARRAYS(X)   \
    X(headers)      \
    X(cookie_lines) \
    X(resolve)      \
    X(worker_argv)

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value != 0 ? value : fallback;
}

/* Where 0 takes the default, HAUL_NONE is how 0 itself is asked for. */
static uint32_t or_none(uint32_t value, uint32_t fallback)
{
    return value == HAUL_NONE ? 0 : or_default(value, fallback);
}

/* None without a transfer. 0 stays: loops are opened as they pay. */
static uint32_t loops_of(const struct haul_options *o)
{
    bool is_auto = o->loops == 0 && hl_mode_traits(o->mode)->several_loops;
    uint32_t loops = is_auto ? 0 : or_default(o->loops, 1);
    return o->jobs > 1 && loops < o->jobs ? loops : o->jobs;
}

static void fill_in(struct haul_options *o)
{
    const struct hl_mode_traits *traits = hl_mode_traits(o->mode);
    o->jobs = or_default(o->jobs, o->auto_jobs ? HAUL_AUTO_JOBS_MOST
                                               : traits->default_jobs);
    if (traits->one_at_a_time || o->output_fd > 0)
        o->jobs = 1;
    o->auto_jobs = o->auto_jobs && o->jobs > 1;
    o->loops = loops_of(o);
    o->max_per_host = or_default(o->max_per_host, 6);
    o->retry = or_none(o->retry, 5);
    o->retry_delay_ms = or_none(o->retry_delay_ms, 1000);
    o->retry_max_delay_ms = or_default(o->retry_max_delay_ms, 60000);
    o->host_give_up = or_default(o->host_give_up, 5);
    o->max_outage_s = or_none(o->max_outage_s, 3600);
    o->dns_jobs = or_default(o->dns_jobs, 16);
    o->connect_timeout_ms = or_default(o->connect_timeout_ms, 10000);
    o->speed_limit = or_default(o->speed_limit, 1000);
    o->speed_time_s = or_default(o->speed_time_s, 30);
    hl_cause_resolve(o);
    o->cancel_grace_ms = or_default(o->cancel_grace_ms, 5000);
    o->worker_timeout_ms = or_default(o->worker_timeout_ms, 30000);
}

/* A GET without data is what is asked for without a method. */
static const char *method_of(const struct haul_options *o)
{
    if (!hl_sends_once(o))
        return NULL;
    return o->method != NULL ? o->method : "POST";
}

static void default_strings(struct haul_options *o)
{
    o->method = method_of(o);
    if (o->dir == NULL)
        o->dir = ".";
    if (o->output == NULL)
        o->output = HL_DEFAULT_OUTPUT;
    if (o->user_agent == NULL)
        o->user_agent = DEFAULT_USER_AGENT;
}

/* given with the defaults filled in; its strings stay the caller's. */
static struct haul_options defaulted_of(const struct haul_options *given)
{
    struct haul_options o = *given;
    default_strings(&o);
    fill_in(&o);
    return o;
}

/* A line break would let a value write headers of its own. */
static bool is_one_line(const char *text)
{
    return text == NULL || strpbrk(text, "\r\n") == NULL;
}

/* HEAD has no body to store, and CONNECT is for proxies. */
static const char *method_objection(const struct haul_options *o)
{
    const char *method = o->method;
    if (method != NULL && !hl_header_is_name(method, strlen(method)))
        return "method: is no word, as POST is";
    if (method != NULL && strlen(method) > METHOD_MAX)
        return "method: is longer than 32 letters";
    if (method != NULL && strcmp(method, "HEAD") == 0)
        return "method: asks for no body, so there is nothing to store";
    if (method != NULL && strcmp(method, "CONNECT") == 0)
        return "method: is for proxies alone";
    if (o->update && hl_sends_once(o))
        return "update: a request with a method or a body is sent once";
    return NULL;
}

static bool is_address(const char *text, size_t length)
{
    char copy[64];
    struct in6_addr address;
    bool in_brackets = length > 1 && text[0] == '[' && text[length - 1] == ']';
    if (in_brackets) {
        text++;
        length -= 2;
    }
    if (length >= sizeof(copy))
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return (!in_brackets && uv_inet_pton(AF_INET, copy, &address) == 0) ||
           uv_inet_pton(AF_INET6, copy, &address) == 0;
}

/* Is this "HOST:PORT:ADDRESS,...", perhaps with "+" before it? libcurl passes
 * over an entry with another port, and fails every transfer with another
 * address. */
static bool is_resolve_entry(const char *entry)
{
    size_t host = strcspn(entry, ":");
    const char *port = entry + host + (entry[host] != '\0');
    size_t digits = strspn(port, "0123456789");
    unsigned long number = strtoul(port, NULL, 10);
    const char *address = port + digits;
    if (host == (entry[0] == '+') || digits == 0 || number < 1 ||
        number > 65535 || *address != ':')
        return false;
    do {
        address++;
        size_t length = strcspn(address, ",");
        if (!is_address(address, length))
            return false;
        address += length;
    } while (*address == ',');
    return true;
}

static const char *resolve_objection(const struct haul_options *o)
{
    for (size_t i = 0; o->resolve != NULL && o->resolve[i] != NULL; i++)
        if (!is_one_line(o->resolve[i]) || !is_resolve_entry(o->resolve[i]))
            return "resolve: is not HOST:PORT:ADDRESS, with an IP address";
    return NULL;
}

/* Texts that consist of words, or that are a URL. */
static const char *text_objection(const struct haul_options *o)
{
    if (!hl_cause_list_is_sound(o->retry_on))
        return "retry_on: has a word that is not a status, 4xx, 5xx or an "
               "error name";
    if (!hl_cause_list_is_sound(o->retry_causes))
        return "retry_causes: has a word that is not a status, 4xx, 5xx or an "
               "error name";
    if (o->proxy != NULL && o->proxy[0] != '\0' && !hl_proxy_is_sound(o->proxy))
        return "proxy: is not the URL of a proxy, as http://HOST:PORT or "
               "socks5h://HOST:PORT";
    if (hl_redirect_set(o->proto_redir) < 0)
        return "proto_redir: has a word that is not http, https or all";
    return resolve_objection(o);
}

const char *haul_options_objection(const struct haul_options *o)
{
    const char *why = NULL;
    const struct hl_mode_traits *traits = hl_mode_traits(o->mode);
    if (traits == NULL)
        return "mode: there is no such mode";
    if ((unsigned)o->http > HAUL_HTTP_2)
        return "http: there is no such version";
    if ((unsigned)o->if_exists > HAUL_IF_EXISTS_ADOPT)
        return "if_exists: there is no such action";
    if (o->jobs > 1u << 20)
        return "jobs: too many";
    if (o->auto_jobs && !traits->auto_jobs)
        return "auto_jobs: only the async mode can change the number of "
               "transfers in flight";
    if (o->loops > HAUL_LOOPS_MAX)
        return "loops: too many";
    if (o->loops > 1 && !traits->several_loops)
        return "loops: only the async mode has several";
#define X(member)                \
    if (!is_one_line(o->member)) \
        return #member ": has a line break";
    LINES(X)
#undef X
    if (traits->in_processes &&
        (o->worker_argv == NULL || o->worker_argv[0] == NULL))
        return "worker_argv: the mode needs a worker's command";
    if (o->worker_timeout_ms > 0 &&
        o->worker_timeout_ms < HAUL_WORKER_TIMEOUT_MIN_MS)
        return "worker_timeout_ms: less than 3000";
    why = text_objection(o);
    if (why != NULL)
        return why;
    if (o->output_fd < 0 || (o->output_fd > 0 && traits->in_processes))
        return "output_fd: cannot be used in this mode";
    if (o->shared && (o->update || o->restart || o->if_exists != 0 ||
                      o->output_fd > 0 || hl_sends_once(o)))
        return "shared: goes neither with options that replace files, nor with "
               "requests that are sent once";
    if (o->output != NULL && hl_name_check_template(o->output, &why) < 0)
        return why;
    if (hl_headers_objection(o->headers) != NULL)
        return "headers: one is not 'Name: value', or haul sets it itself";
    return method_objection(o);
}

const char *haul_bad_proxy_variable(const struct haul_options *options)
{
    return hl_proxy_bad_variable(options);
}

bool haul_proxy_of(char *out, size_t size, const struct haul_options *options,
                   const char *url)
{
    struct hl_url parts;
    struct hl_proxy proxy;
    const char *why;
    snprintf(out, size, "%s", "");
    if (hl_url_parse(&parts, url, &why) < 0)
        return false;
    hl_proxy_find(&proxy, options, parts.scheme, parts.host);
    hl_url_release(&parts);
    snprintf(out, size, "%s", proxy.place);
    return proxy.kind != HL_PROXY_NONE;
}

int hl_options_resolve(struct haul_options *out,
                       const struct haul_options *given)
{
    bool failed = false;
    if (haul_options_objection(given) != NULL)
        return HAUL_EINVAL;
    const struct haul_options defaulted = defaulted_of(given);
    *out = defaulted;
#define X(member) out->member = hl_string_copy(defaulted.member, &failed);
    STRINGS(X)
#undef X
#define X(member) out->member = hl_strings_copy(defaulted.member, &failed);
    ARRAYS(X)
#undef X
    if (!failed)
        return 0;
    hl_options_release(out);
    return UV_ENOMEM;
}

void hl_options_release(struct haul_options *options)
{
#define X(member) hl_string_free(options->member);
    STRINGS(X)
#undef X
#define X(member) hl_strings_free(options->member);
    ARRAYS(X)
#undef X
    *options = (struct haul_options){0};
}

/* An entry is "host:port:address,…", perhaps with "+" before it. */
bool hl_options_resolves(const struct haul_options *o, const char *host_port)
{
    size_t length = strlen(host_port);
    for (size_t i = 0; o->resolve != NULL && o->resolve[i] != NULL; i++) {
        const char *entry = o->resolve[i] + (o->resolve[i][0] == '+');
        if (strncasecmp(entry, host_port, length) == 0 && entry[length] == ':')
            return true;
        if (strncmp(entry, "*:", 2) == 0)
            return true;
    }
    return false;
}
