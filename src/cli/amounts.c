#include "cli/amounts.h"

#include <stdio.h>

#include "util/text.h"

const char *hl_bytes_text(char out[HL_BYTES_SIZE], double bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t unit = 0;
    while (bytes >= 999.5 && unit < 4) {
        bytes /= 1000;
        unit++;
    }
    snprintf(out, HL_BYTES_SIZE,
             bytes < 9.95 && unit > 0 ? "%.1f %s" : "%.0f %s", bytes,
             units[unit]);
    return out;
}

void hl_put_count(struct hl_buf *out, uint64_t count, const char *words)
{
    char text[HL_TEXT_COUNT_SIZE];
    hl_text_count(text, count);
    hl_buf_printf(out, "%s %s", text, words);
}

void hl_put_more(struct hl_buf *out, uint64_t count, const char *words)
{
    if (count == 0)
        return;
    hl_buf_text(out, ", ");
    hl_put_count(out, count, words);
}
