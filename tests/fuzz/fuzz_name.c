/*
 * Names of a hostile list: "TEMPLATE\nURL\nID". Whatever they say, a name is
 * below its directory, and every suffix fits behind it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "transfer/name.h"
#include "util/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
    if (!holds)
        abort();
}

static int ends_in_part(const char *text, size_t length)
{
    return length >= 5 && strncasecmp(text + length - 5, ".part", 5) == 0;
}

static void check_component(const char *text, size_t length)
{
    require(length > 0 && length + strlen(".part") <= 255);
    require(!(length == 1 && text[0] == '.'));
    require(!(length == 2 && text[0] == '.' && text[1] == '.'));
    require(!(length == 5 && strncasecmp(text, ".haul", 5) == 0));
    require(text[0] != '-' && text[0] != '~');
    require(!ends_in_part(text, length));
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        require(c >= 0x20 && c != 0x7f && c != '\\');
    }
    for (size_t i = 0; i < length; i += hl_text_shown_length(text + i))
        require(hl_text_shown_length(text + i) > 0);
}

static void check_name(const char *name)
{
    size_t length = strlen(name);
    require(length > 0 && length + strlen(".part") < HL_NAME_SIZE);
    require(name[length - 1] != '/');
    for (const char *p = name; *p != '\0';) {
        size_t n = strcspn(p, "/");
        check_component(p, n);
        p += n + (p[n] == '/');
    }
}

static void check_with_hash(const char *name)
{
    char hashed[HL_NAME_SIZE];
    check_name(name);
    require(hl_name_with_hash(hashed, name, "0123456789abcdef") == 0);
    check_name(hashed);
}

static void check_template(const char *template, const char *text,
                           const char *id)
{
    char name[HL_NAME_SIZE];
    struct hl_url url;
    const char *why;
    if (hl_name_check_template(template, &why) < 0 ||
        hl_url_parse(&url, text, &why) < 0)
        return;
    const struct hl_name_source source = {.url = &url, .id = id, .line = 7};
    if (hl_name_make(name, template, &source) == 0)
        check_with_hash(name);
    hl_url_release(&url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[HL_NAME_SIZE];
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (hl_name_given(name, text) == 0)
        check_with_hash(name);
    char *rest = text;
    const char *template = strsep(&rest, "\n");
    const char *url = strsep(&rest, "\n");
    if (url != NULL)
        check_template(template, url, rest);
    free(text);
    return 0;
}
