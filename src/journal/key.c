#include "journal/key.h"

#include <inttypes.h>
#include <string.h>
#include <uv.h>

#include "util/fingerprint.h"

int hl_journal_request_key(struct hl_key *out, struct hl_buf *text,
                           const char *url, const struct hl_buf *headers,
                           uint64_t line)
{
    char hash[HL_FINGERPRINT_HEX_SIZE];
    hl_buf_clear(text);
    hl_buf_text(text, url);
    if (headers->used > 0) {
        hl_fingerprint_hex(hash, hl_fingerprint_of(headers->data));
        hl_buf_printf(text, " %s", hash);
    }
    if (line > 0)
        hl_buf_printf(text, " line %" PRIu64, line);
    if (headers->failed || text->failed)
        return UV_ENOMEM;
    *out = hl_journal_key(text->data);
    return 0;
}

void hl_journal_key_url(struct hl_buf *out, const char *text)
{
    hl_buf_clear(out);
    hl_buf_add(out, text, strcspn(text, " "));
    hl_buf_add(out, "", 1);
}

struct hl_key hl_journal_key(const char *url)
{
    return (struct hl_key){.url = url, .fingerprint = hl_fingerprint_of(url)};
}
