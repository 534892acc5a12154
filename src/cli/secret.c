#include "cli/secret.h"

#include <string.h>
#include <strings.h>

/* Where the user and the password of a URL stand; length 0: it has none. */
struct user {
    const char *at;
    size_t length;
};

/* "u:pa" of "u:pa/ss@h" ends in no port, so the password goes on. */
static bool is_host(const char *text, size_t length)
{
    const char *colon = memrchr(text, ':', length);
    if (colon == NULL || text[0] == '[')
        return true;
    size_t port = length - (size_t)(colon + 1 - text);
    return strspn(colon + 1, "0123456789") >= port;
}

/* text is what follows "://". A password may have blanks, quotes and brackets:
 * better too much is masked than too little. libcurl takes further slashes
 * before the user. */
static struct user find_user(const char *text)
{
    text += strspn(text, "/");
    size_t length = strcspn(text, "/?#");
    if (memchr(text, '@', length) == NULL && !is_host(text, length))
        length = strlen(text);
    const char *end = memrchr(text, '@', length);
    return (struct user){text, end != NULL ? (size_t)(end - text) : 0};
}

/* "http:/u:p@h" and "//u:p@h" are no URLs, but may have been meant as such. */
static struct user find_user_of_none(const char *text)
{
    const char *end = strrchr(text, '@');
    return (struct user){text, end != NULL ? (size_t)(end - text) : 0};
}

/* A proxy may be given without its scheme, or as "http:/u:p@h". */
static struct user user_of(const char *url)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.";
    const char *end = url + strspn(url, letters);
    bool has_scheme = strncmp(end, "://", 3) == 0;
    return has_scheme ? find_user(end + 3) : find_user_of_none(url);
}

/* Where the password begins: behind a colon, which may be written as "%3a" and
 * is sent as a colon. Without one all is secret. */
static const char *password_of(struct user user)
{
    for (size_t i = 0; i < user.length; i++) {
        if (user.at[i] == ':')
            return user.at + i + 1;
        if (user.length - i >= 3 && strncasecmp(user.at + i, "%3a", 3) == 0)
            return user.at + i + 3;
    }
    return user.at;
}

/* Adds text up to the end of its user, who is masked. @return where text goes
 * on. */
static const char *mask_user(struct hl_buf *out, const char *text,
                             struct user user)
{
    const char *secret = password_of(user);
    hl_buf_add(out, text, (size_t)(secret - text));
    if (user.length > 0)
        hl_buf_text(out, "***");
    return user.at + user.length;
}

void hl_secret_mask_urls(struct hl_buf *out, const char *text)
{
    const char *scheme = strstr(text, "://");
    if (scheme == NULL)
        text = mask_user(out, text, find_user_of_none(text));
    for (; scheme != NULL; scheme = strstr(text, "://"))
        text = mask_user(out, text, find_user(scheme + 3));
    hl_buf_text(out, text);
}

void hl_secret_mask(struct hl_buf *out, enum hl_secret secret,
                    const char *value)
{
    struct user user = {0};
    size_t shown = 0;
    hl_buf_clear(out);
    switch (secret) {
    case HL_SECRET_NONE:
        hl_buf_text(out, value);
        return;
    case HL_SECRET_USER:
        user = user_of(value);
        if (user.length == 0)
            hl_buf_text(out, value);
        else
            hl_buf_printf(out, "%.*s***%s", (int)(user.at - value), value,
                          user.at + user.length);
        return;
    case HL_SECRET_REST:
        shown = strcspn(value, ":=");
        shown += value[shown] != '\0';
        if (value[shown] == '\0')
            shown = 0;
        shown += strspn(value + shown, " ");
        hl_buf_printf(out, "%.*s***", (int)shown, value);
        return;
    }
}

void hl_secret_blank(enum hl_secret secret, char *value)
{
    struct user user = {value, strlen(value)};
    if (secret == HL_SECRET_NONE)
        return;
    if (secret == HL_SECRET_USER)
        user = user_of(value);
    memset(value + (user.at - value), ' ', user.length);
}
