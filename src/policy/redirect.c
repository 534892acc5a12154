#include "policy/redirect.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "util/text.h"
#include "util/url.h"

enum { SCHEME_SHOWN = 32, PLACE_SIZE = 300 };

/* 0: there is no such name. */
static int named_set(const char *name, size_t size)
{
    if (size == 4 && strncasecmp(name, "http", 4) == 0)
        return HL_REDIRECT_HTTP | HL_REDIRECT_DOWN;
    if (size == 5 && strncasecmp(name, "https", 5) == 0)
        return HL_REDIRECT_HTTPS;
    if (size == 3 && strncasecmp(name, "all", 3) == 0)
        return HL_REDIRECT_HTTP | HL_REDIRECT_DOWN | HL_REDIRECT_HTTPS;
    return 0;
}

/* curl's syntax: names between commas, each with "=" (only this), "+" (this
 * too, as without a sign) or "-" (not this) before it. */
int hl_redirect_set(const char *list)
{
    int set = HL_REDIRECT_TO_DEFAULT;
    while (list != NULL && *list != '\0') {
        char sign = '+';
        if (strchr("=+-", *list) != NULL)
            sign = *list++;
        size_t size = strcspn(list, ",");
        int named = named_set(list, size);
        if (named == 0)
            return -1;
        set = sign == '=' ? named : sign == '-' ? set & ~named : set | named;
        list += size + (list[size] == ',');
    }
    return set;
}

static bool begins_with(const char *url, const char *scheme)
{
    return strncasecmp(url, scheme, strlen(scheme)) == 0;
}

static bool is_plain(const char *url)
{
    return begins_with(url, "http:");
}

/* The step of the redirect, as a member of a set; 0: to no http or https. */
static int step_of(const struct hl_redirect *redirect)
{
    if (begins_with(redirect->to, "https:"))
        return HL_REDIRECT_HTTPS;
    if (!is_plain(redirect->to))
        return 0;
    return is_plain(redirect->from) ? HL_REDIRECT_HTTP : HL_REDIRECT_DOWN;
}

/* Where a URL cannot be read, it is another origin. */
static bool is_same_origin(const char *a, const char *b)
{
    char origins[2][PLACE_SIZE];
    const char *const urls[] = {a, b};
    for (int i = 0; i < 2; i++) {
        struct hl_url url;
        const char *why;
        if (hl_url_parse(&url, urls[i], &why) < 0)
            return false;
        int r = hl_url_origin(origins[i], sizeof(origins[i]), &url);
        hl_url_release(&url);
        if (r < 0)
            return false;
    }
    return strcmp(origins[0], origins[1]) == 0;
}

static enum haul_why objection_to_step(int step,
                                       const struct haul_options *options)
{
    if ((hl_redirect_set(options->proto_redir) & step) != 0)
        return HAUL_WHY_NONE;
    return step == HL_REDIRECT_DOWN ? HAUL_WHY_HTTPS_TO_HTTP
                                    : HAUL_WHY_REDIRECT_REFUSED;
}

enum haul_why hl_redirect_objection(const struct hl_redirect *redirect,
                                    const struct haul_options *options)
{
    int step = step_of(redirect);
    if (redirect->followed >= options->max_redirs)
        return redirect->in_circle ? HAUL_WHY_REDIRECT_CIRCLE
                                   : HAUL_WHY_REDIRECTS;
    if (step == 0)
        return HAUL_WHY_REDIRECT_SCHEME;
    enum haul_why why = objection_to_step(step, options);
    if (why == HAUL_WHY_NONE && redirect->keeps_request &&
        !is_same_origin(redirect->from, redirect->to))
        why = HAUL_WHY_REDIRECT_BODY;
    return why;
}

/* Only scheme and host: what is behind them may be a secret. */
static void put_place(char *out, size_t size, const char *text)
{
    struct hl_url url;
    const char *why;
    if (hl_url_parse(&url, text, &why) < 0) {
        snprintf(out, size, "what is no URL");
        return;
    }
    if (hl_url_origin(out, size, &url) < 0)
        snprintf(out, size, "%s", url.scheme);
    hl_url_release(&url);
}

static void put_scheme_words(char *out, size_t size, const char *to)
{
    size_t length = strcspn(to, ":/?#");
    if (is_plain(to) || begins_with(to, "https:") || to[length] != ':') {
        snprintf(out, size, "redirect to what is no URL");
        return;
    }
    snprintf(out, size, "redirect to %.*s:, which is neither http nor https",
             length < SCHEME_SHOWN ? (int)length : SCHEME_SHOWN, to);
}

void hl_redirect_words(char *out, size_t size, enum haul_why why,
                       const struct hl_redirect *redirect)
{
    char place[PLACE_SIZE];
    put_place(place, sizeof(place), redirect->to);
    switch (why) {
    case HAUL_WHY_HTTPS_TO_HTTP:
        snprintf(out, size, "redirect from https to http, at %s", place);
        break;
    case HAUL_WHY_REDIRECT_REFUSED:
        snprintf(out, size, "redirect to a protocol that is not allowed, at %s",
                 place);
        break;
    case HAUL_WHY_REDIRECT_CIRCLE:
        snprintf(out, size, "redirects go round in a circle: %u were followed",
                 redirect->followed);
        break;
    case HAUL_WHY_REDIRECT_BODY:
        snprintf(out, size,
                 "the method and the body would be sent to another origin, %s",
                 place);
        break;
    case HAUL_WHY_REDIRECTS:
        snprintf(out, size,
                 "too many redirects: %u were followed, the next "
                 "leads to %s",
                 redirect->followed, place);
        break;
    default:
        put_scheme_words(out, size, redirect->to);
        break;
    }
}
