#include "cli/fit.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "util/text.h"
#include "util/text_width.h"

enum { BETWEEN = 2 /* the width of ", " */ };

void hl_fit_add(struct hl_fit *fit, unsigned rank, const char *format, ...)
{
    char raw[HL_FIT_TEXT];
    va_list args;
    if (fit->count == HL_FIT_PIECES)
        return;
    va_start(args, format);
    vsnprintf(raw, sizeof(raw), format, args);
    va_end(args);
    if (raw[0] == '\0')
        return;
    hl_text_printable(fit->pieces[fit->count].text, HL_FIT_TEXT, raw);
    fit->pieces[fit->count++].rank = rank;
}

/* The piece that matters most of those that were not looked at; of several, the
 * first. -1: all were. */
static int next_by_rank(const struct hl_fit *fit, const bool *looked_at)
{
    int best = -1;
    for (unsigned i = 0; i < fit->count; i++)
        if (!looked_at[i] &&
            (best < 0 || fit->pieces[i].rank < fit->pieces[best].rank))
            best = (int)i;
    return best;
}

/* No comma or colon stands at the end of a line. */
static void put_words(const char *text, size_t columns, struct hl_buf *out)
{
    size_t length = hl_text_words_in(text, columns);
    while (length > 1 && strchr(",:( ", text[length - 1]) != NULL)
        length--;
    hl_buf_add(out, text, length);
}

void hl_fit_put(const struct hl_fit *fit, size_t columns, struct hl_buf *out)
{
    bool looked_at[HL_FIT_PIECES] = {false};
    bool taken[HL_FIT_PIECES] = {false};
    size_t used = 0;
    int i;
    while ((i = next_by_rank(fit, looked_at)) >= 0) {
        size_t width = hl_text_width(fit->pieces[i].text);
        size_t with = used > 0 ? used + BETWEEN + width : width;
        looked_at[i] = true;
        if (with <= columns) {
            taken[i] = true;
            used = with;
        } else if (used == 0) {
            put_words(fit->pieces[i].text, columns, out);
            return;
        }
    }
    const char *before = "";
    for (unsigned k = 0; k < fit->count; k++) {
        if (!taken[k])
            continue;
        hl_buf_text(out, before);
        hl_buf_text(out, fit->pieces[k].text);
        before = ", ";
    }
}
