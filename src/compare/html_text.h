/* Text in HTML. */
#ifndef HL_COMPARE_HTML_TEXT_H
#define HL_COMPARE_HTML_TEXT_H

#include "util/buf.h"

/* Adds text so that a browser shows it as it is. */
void hl_html_text(struct hl_buf *out, const char *text);
/* The same of a text that was put together, and releases it. out has failed
 * where text has. */
void hl_html_words(struct hl_buf *out, struct hl_buf *text);

#endif
