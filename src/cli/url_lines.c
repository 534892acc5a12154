#include "cli/url_lines.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/amounts.h"
#include "cli/print_message.h"
#include "util/buf.h"
#include "util/text.h"
#include "util/url.h"

static void put_cause(struct hl_buf *out, const struct haul_result *result)
{
    char bytes[HL_BYTES_SIZE];
    if (result->outcome != HAUL_OUTCOME_FAILED) {
        hl_buf_text(out, haul_outcome_word(result->outcome));
        if (result->outcome == HAUL_OUTCOME_LEFT && result->bytes > 0)
            hl_buf_printf(out, ", %s there",
                          hl_bytes_text(bytes, (double)result->bytes));
        return;
    }
    hl_buf_text(out, haul_error_word(result->error));
    if (result->error == HAUL_ERR_HTTP)
        hl_buf_printf(out, " %ld", result->http_status);
}

/* "# http 404, line 17, id k9". A TAB would make a table of the list. */
static void comment(const struct hl_url_lines *lines,
                    const struct haul_result *result,
                    const struct hl_source_row *row)
{
    struct hl_buf line = {0};
    hl_buf_text(&line, "# ");
    put_cause(&line, result);
    if (row != NULL && lines->names_lists && row->list != NULL)
        hl_buf_printf(&line, ", %s", row->list);
    if (row != NULL)
        hl_buf_printf(&line, ", line %" PRIu64, row->line);
    if (result->id != NULL)
        hl_buf_printf(&line, ", id %s", result->id);
    if (!line.failed)
        hl_tell("%s", line.data);
    hl_buf_release(&line);
}

static bool is_shown(const char *text)
{
    while (*text != '\0' && hl_text_shown_length(text) > 0)
        text += hl_text_shown_length(text);
    return *text == '\0';
}

/* Where the text could steer a terminal, the URL is printed in its normal form:
 * a list means the same URL by both. */
int hl_url_lines_print(const struct hl_url_lines *lines,
                       const struct haul_result *result,
                       const struct hl_source_row *row)
{
    struct hl_url url = {0};
    const char *why;
    const char *text = result->url;
    int r = is_shown(text) ? 0 : hl_url_parse(&url, text, &why);
    if (r < 0)
        return r;
    if (lines->comments)
        comment(lines, result, row);
    fputs(url.text != NULL ? url.text : text, stdout);
    putchar(lines->null ? '\0' : '\n');
    hl_url_release(&url);
    return 0;
}
