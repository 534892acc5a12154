#include "util/header.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* haul sets these itself: resuming and updating depend on them. */
static const char *const own[] = {
    "Range",          "If-Range",          "If-Match",
    "If-None-Match",  "If-Modified-Since", "If-Unmodified-Since",
    "Content-Length", "Transfer-Encoding", "Connection",
};

static bool is_own(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
        if (strlen(own[i]) == length && strncasecmp(name, own[i], length) == 0)
            return true;
    return false;
}

bool hl_header_is_name(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)name[i];
        if (c <= ' ' || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c) != NULL)
            return false;
    }
    return length > 0;
}

/* A line break would let a value write headers of its own. */
static bool is_value(const char *value)
{
    for (; *value != '\0'; value++) {
        unsigned char c = (unsigned char)*value;
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

const char *hl_header_objection(const char *name, size_t length,
                                const char *value)
{
    if (!hl_header_is_name(name, length) || !is_value(value))
        return "a header that is not 'Name: value'";
    return is_own(name, length) ? "a header that haul sets itself" : NULL;
}

/* In curl's "Name;", which asks for an empty header, the name ends at the
 * semicolon. */
const char *hl_header_line_objection(const char *line)
{
    size_t length = strcspn(line, ":;");
    const char *why = hl_header_objection(
        line, length, line + length + (line[length] != '\0'));
    return why == NULL && line[length] != ':'
               ? "a header that is not 'Name: value'"
               : why;
}

const char *hl_headers_objection(const char *const *lines)
{
    const char *why = NULL;
    for (size_t i = 0; lines != NULL && lines[i] != NULL && why == NULL; i++)
        why = hl_header_line_objection(lines[i]);
    return why;
}
