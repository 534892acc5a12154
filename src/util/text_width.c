#include "util/text_width.h"

#include <utf8proc.h>

#include "util/text.h"

/* @return the length of the character at text */
static size_t next(const char *text, size_t *columns)
{
    size_t length = hl_text_utf8_length(text);
    int width = length > 0
                    ? utf8proc_charwidth((utf8proc_int32_t)hl_text_point(text))
                    : 1;
    *columns += width > 0 ? (size_t)width : 0;
    return length > 0 ? length : 1;
}

size_t hl_text_width(const char *text)
{
    size_t columns = 0;
    while (*text != '\0')
        text += next(text, &columns);
    return columns;
}

size_t hl_text_words_in(const char *text, size_t columns)
{
    size_t used = 0;
    size_t at = 0;
    size_t word_end = 0;
    while (text[at] != '\0') {
        if (text[at] == ' ')
            word_end = at;
        size_t length = next(text + at, &used);
        if (used > columns)
            return text[at] == ' ' || word_end == 0 ? at : word_end;
        at += length;
    }
    return at;
}
