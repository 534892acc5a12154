/*
 * Passwords in what haul prints and in its arguments. \x01 in the input stands
 * for a password; wherever haul or libcurl would find that password in the
 * text, nothing that is shown of the text has it.
 */
#include <curl/curl.h>

#include "cli/secret.h"
#include "fuzz/check.h"
#include "util/url.h"

static const char password[] = "S3kritS3krit";

enum { GUESS = CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME };

/* The input with its passwords. Owned by the caller. */
static char *with_password(const char *input)
{
    struct hl_buf text = {0};
    for (; *input != '\0'; input++) {
        if (*input == '\x01')
            hl_buf_text(&text, password);
        else
            hl_buf_add(&text, input, 1);
    }
    hl_buf_add(&text, "", 1);
    check(!text.failed, "there is memory");
    return text.data;
}

/* Is it behind the colon of "user:password"? */
static bool has_password(const char *user)
{
    const char *colon = user != NULL ? strchr(user, ':') : NULL;
    return colon != NULL && strstr(colon, password) != NULL;
}

/* Whoever puts the password elsewhere, too, does not keep it secret. */
static bool shows_it_twice(const char *text)
{
    const char *first = strstr(text, password);
    return first == NULL || strstr(first + 1, password) != NULL;
}

static bool is_url_with_password(const char *text)
{
    struct hl_url url;
    const char *why;
    if (hl_url_parse(&url, text, &why) < 0)
        return false;
    bool has = has_password(url.user);
    check(!has || strstr(url.text, password) == NULL,
          "the normal form has no password");
    hl_url_release(&url);
    return has;
}

/* As libcurl reads a proxy. */
static bool is_proxy_with_password(const char *text)
{
    char *found = NULL;
    CURLU *handle = curl_url();
    check(handle != NULL, "there is memory");
    if (curl_url_set(handle, CURLUPART_URL, text, GUESS) == CURLUE_OK)
        (void)curl_url_get(handle, CURLUPART_PASSWORD, &found, CURLU_URLDECODE);
    bool has = found != NULL && strstr(found, password) != NULL;
    curl_free(found);
    curl_url_cleanup(handle);
    return has;
}

static void check_masked(const char *text)
{
    struct hl_buf shown = {0};
    struct hl_buf again = {0};
    hl_secret_mask_urls(&shown, text);
    const char *masked = shown.used > 0 ? shown.data : "";
    check(strstr(masked, password) == NULL, "a masked URL has no password");
    hl_secret_mask_urls(&again, masked);
    check_same(again.used > 0 ? again.data : "", masked, "masked once more");
    hl_buf_release(&shown);
    hl_buf_release(&again);
}

static void check_option(enum hl_secret secret, const char *text)
{
    struct hl_buf shown = {0};
    char *argument = strdup(text);
    check(argument != NULL, "there is memory");
    hl_secret_mask(&shown, secret, text);
    check(shown.used == 0 || strstr(shown.data, password) == NULL,
          "a masked value has no password");
    hl_secret_blank(secret, argument);
    check(strlen(argument) == strlen(text), "an argument keeps its length");
    check(strstr(argument, password) == NULL, "ps shows no password");
    free(argument);
    hl_buf_release(&shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *input = text_of(data, size);
    char *text = with_password(input);
    if (!shows_it_twice(text)) {
        if (is_url_with_password(text)) {
            check_masked(text);
            check_option(HL_SECRET_USER, text);
        }
        if (is_proxy_with_password(text))
            check_option(HL_SECRET_USER, text);
        /* "Name: secret", "name:secret" and "name=secret". */
        if (strpbrk(text, ":=") != NULL &&
            strstr(strpbrk(text, ":="), password) != NULL)
            check_option(HL_SECRET_REST, text);
    }
    free(text);
    free(input);
    return 0;
}
