#include "cli/shell_word.h"

#include <string.h>

void hl_put_shell_word(struct hl_buf *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_./-+:@%,=";
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        hl_buf_text(out, word);
        return;
    }
    hl_buf_text(out, "'");
    for (const char *p = word; *p != '\0'; p++) {
        if (*p == '\'')
            hl_buf_text(out, "'\\''");
        else
            hl_buf_add(out, p, 1);
    }
    hl_buf_text(out, "'");
}

const char *hl_shell_path(struct hl_buf *out, const char *path)
{
    hl_buf_clear(out);
    hl_buf_text(out, path[0] == '-' ? "./" : "");
    hl_put_shell_word(out, path);
    return out->failed ? path : out->data;
}
