#include "compare/html_text.h"

void hl_html_text(struct hl_buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<':
            hl_buf_text(out, "&lt;");
            break;
        case '>':
            hl_buf_text(out, "&gt;");
            break;
        case '&':
            hl_buf_text(out, "&amp;");
            break;
        case '"':
            hl_buf_text(out, "&quot;");
            break;
        default:
            hl_buf_add(out, text, 1);
        }
    }
}

void hl_html_words(struct hl_buf *out, struct hl_buf *text)
{
    if (text->data != NULL)
        hl_html_text(out, text->data);
    if (text->failed)
        out->failed = true;
    hl_buf_release(text);
}
