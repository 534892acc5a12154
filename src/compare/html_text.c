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
