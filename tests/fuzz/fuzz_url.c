/*
 * URLs by both ways: what the short one takes, CURLU reads the same way; and
 * a normal form is its own normal form.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/url_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(const char *text, const char *what, const char *one,
                 const char *other)
{
    if (one == other || (one != NULL && other != NULL && !strcmp(one, other)))
        return;
    fprintf(stderr, "%s: %s is \"%s\" or \"%s\"\n", text, what,
            one != NULL ? one : "(none)", other != NULL ? other : "(none)");
    abort();
}

static void check_parts(const char *text, const struct hl_url *url)
{
    same(text, "scheme", url->scheme,
         strcmp(url->scheme, "http") == 0 ? "http" : "https");
    if (url->path[0] != '/' || url->host[0] == '\0')
        abort();
    if (strchr(url->text, '#') != NULL || strlen(url->path) > strlen(url->text))
        abort();
}

static void check(const char *text)
{
    struct hl_url plain = {0};
    struct hl_url any = {0};
    struct hl_url again = {0};
    const char *why = "";
    int is_plain = hl_url_parse_plain(&plain, text);
    int r = hl_url_parse_any(&any, text, &why);
    if (is_plain == 1) {
        same(text, "verdict", r == 0 ? "good" : why, "good");
        same(text, "text", plain.text, any.text);
        same(text, "scheme", plain.scheme, any.scheme);
        same(text, "host", plain.host, any.host);
        same(text, "path", plain.path, any.path);
        same(text, "query", plain.query, any.query);
        same(text, "user", plain.user, any.user);
        if (plain.port != any.port)
            abort();
    }
    if (r == 0) {
        check_parts(text, &any);
        same(text, "verdict on the normal form",
             hl_url_parse(&again, any.text, &why) == 0 ? "good" : why, "good");
        same(text, "normal form", again.text, any.text);
    }
    hl_url_release(&plain);
    hl_url_release(&any);
    hl_url_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const prefixes[] = {"", "http://", "https://h/"};
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
        size_t length = strlen(prefixes[i]);
        char *text = malloc(length + size + 1);
        if (text == NULL)
            return 0;
        memcpy(text, prefixes[i], length);
        memcpy(text + length, data, size);
        text[length + size] = '\0';
        check(text);
        free(text);
    }
    return 0;
}
