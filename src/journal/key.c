#include "journal/key.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "transfer/job.h"
#include "util/fingerprint.h"
#include "util/xxh3.h"

void hl_journal_sent(char out[HL_JOURNAL_SENT_SIZE],
                     const struct haul_options *options)
{
    const char *method = options->method != NULL ? options->method : "POST";
    out[0] = '\0';
    if (hl_sends_once(options))
        (void)snprintf(out, HL_JOURNAL_SENT_SIZE,
                       HL_SENT_MARK "%.32s:%016" PRIx64, method,
                       hl_xxh3_of_bytes(options->data, options->data_size));
}

int hl_journal_request_key(struct hl_key *out, struct hl_buf *text,
                           const struct hl_key_parts *parts)
{
    char hash[HL_FINGERPRINT_HEX_SIZE];
    const struct hl_buf *headers = parts->headers;
    hl_buf_clear(text);
    hl_buf_text(text, parts->url);
    if (parts->sent[0] != '\0')
        hl_buf_printf(text, " %s", parts->sent);
    if (headers->used > 0) {
        hl_fingerprint_hex(hash, hl_fingerprint_of(headers->data));
        hl_buf_printf(text, " %s", hash);
    }
    if (parts->line > 0)
        hl_buf_printf(text, " line %" PRIu64, parts->line);
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
