#include "util/fold.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static bool is_ascii(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] >= 0x80)
            return false;
    return true;
}

static void add_lower(struct hl_buf *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c | 0x20);
        hl_buf_add(out, &c, 1);
    }
}

/* By malloc(), with its NUL. @return its size, or a negative code. */
static utf8proc_ssize_t map(utf8proc_uint8_t **out, const void *text,
                            size_t length, int options)
{
    *out = NULL;
    return utf8proc_map(text, (utf8proc_ssize_t)length, out,
                        (utf8proc_option_t)(UTF8PROC_STABLE | options));
}

/* Accents are put in their order first: one of them, the iota below, becomes a
 * letter, and then it matters what stood before it. */
static utf8proc_ssize_t fold(utf8proc_uint8_t **out, const char *part,
                             size_t length)
{
    utf8proc_uint8_t *ordered;
    utf8proc_ssize_t size = map(&ordered, part, length, UTF8PROC_DECOMPOSE);
    *out = NULL;
    if (size >= 0)
        size = map(out, ordered, (size_t)size,
                   UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                       UTF8PROC_IGNORE);
    free(ordered);
    return size;
}

/* Some signs become a text with a slash, as the one for "account of" becomes
 * "a/c". Such a slash separates nothing, so it becomes a backslash. */
static void add_unicode(struct hl_buf *out, const char *part, size_t length)
{
    utf8proc_uint8_t *folded;
    utf8proc_ssize_t size = fold(&folded, part, length);
    if (size == UTF8PROC_ERROR_NOMEM)
        out->failed = true;
    if (size < 0) {
        add_lower(out, part, length);
        return;
    }
    for (utf8proc_ssize_t i = 0; i < size; i++)
        if (folded[i] == '/')
            folded[i] = '\\';
    hl_buf_add(out, (const char *)folded, (size_t)size);
    free(folded);
}

static void add_part(struct hl_buf *out, const char *part, size_t length)
{
    size_t kept = length;
    while (kept > 0 && (part[kept - 1] == '.' || part[kept - 1] == ' '))
        kept--;
    if (is_ascii(part, kept))
        add_lower(out, part, kept);
    else
        add_unicode(out, part, kept);
}

void hl_fold(struct hl_buf *out, const char *name)
{
    hl_buf_clear(out);
    for (;;) {
        size_t length = strcspn(name, "/");
        add_part(out, name, length);
        if (name[length] == '\0')
            break;
        hl_buf_add(out, "/", 1);
        name += length + 1;
    }
    hl_buf_add(out, "", 1);
}
