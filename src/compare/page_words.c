#include "compare/page_words.h"

#include <inttypes.h>
#include <string.h>

#include "cli/amounts.h"
#include "compare/html_text.h"
#include "util/text.h"

enum {
    SHOWN_MOST = 600,    /* bytes, once what cannot be shown is escaped */
    FOREIGN_BEGIN = 110, /* bytes of a long text that are shown */
    FOREIGN_END = 60,
};

static void put_shown(struct hl_buf *out, const char *text, size_t length)
{
    char piece[FOREIGN_BEGIN + FOREIGN_END + 1];
    char shown[SHOWN_MOST];
    memcpy(piece, text, length);
    piece[length] = '\0';
    hl_text_printable(shown, sizeof(shown), piece);
    hl_html_text(out, shown);
}

void hl_page_put_foreign(struct hl_buf *out, const char *text)
{
    size_t length = strlen(text);
    if (length <= FOREIGN_BEGIN + FOREIGN_END) {
        put_shown(out, text, length);
        return;
    }
    const char *end = text + length - FOREIGN_END;
    /* Both pieces end and begin with a whole character. */
    while ((*end & 0xc0) == 0x80)
        end++;
    put_shown(out, text, hl_text_fitting(text, length, FOREIGN_BEGIN));
    hl_buf_text(out, " … ");
    put_shown(out, end, strlen(end));
}

void hl_page_put_heading(struct hl_buf *out, int level, const char *text)
{
    hl_buf_printf(out, "<h%d>%s</h%d>\n", level, text, level);
}

void hl_page_put_count(struct hl_buf *out, uint64_t count)
{
    char text[HL_TEXT_COUNT_SIZE];
    hl_text_count(text, count);
    hl_buf_text(out, text);
}

void hl_page_put_plural(struct hl_buf *out, uint64_t count, const char *word)
{
    hl_page_put_count(out, count);
    hl_buf_printf(out, " %s%s", word, count == 1 ? "" : "s");
}

void hl_page_put_bytes(struct hl_buf *out, double bytes)
{
    char text[HL_BYTES_SIZE];
    hl_buf_text(out, hl_bytes_text(text, bytes));
}

void hl_page_put_time(struct hl_buf *out, double seconds)
{
    if (seconds < 0.00995)
        hl_buf_printf(out, "%.1f ms", 1000 * seconds);
    else if (seconds < 0.9995)
        hl_buf_printf(out, "%.0f ms", 1000 * seconds);
    else if (seconds < 99.95)
        hl_buf_printf(out, "%.1f s", seconds);
    else if (seconds < 5999.5)
        hl_buf_printf(out, "%u min %02u s", (unsigned)(seconds + 0.5) / 60,
                      (unsigned)(seconds + 0.5) % 60);
    else
        hl_buf_printf(out, "%.1f h", seconds / 3600);
}

void hl_page_put_percent(struct hl_buf *out, double part, double whole)
{
    double share = whole > 0 ? 100 * part / whole : 0;
    if (share > 0 && share < 1)
        hl_buf_text(out, "&lt; 1 %");
    else
        hl_buf_printf(out, "%.0f %%", share < 100 ? share : 100);
}

void hl_page_put_rate(struct hl_buf *out, double rate)
{
    if (rate >= 99.5)
        hl_page_put_count(out, (uint64_t)(rate < 1e15 ? rate + 0.5 : 1e15));
    else if (rate >= 9.95)
        hl_buf_printf(out, "%.0f", rate);
    else if (rate >= 0.995)
        hl_buf_printf(out, "%.1f", rate);
    else
        hl_buf_printf(out, "%.2f", rate);
}
