/* The key of a request: its URL, and what else tells the request from others.
 * Any thread. */
#ifndef HL_JOURNAL_KEY_H
#define HL_JOURNAL_KEY_H

#include <stdint.h>

#include "util/buf.h"

/* A URL in normal form and its fingerprint (util/fingerprint.h), which is
 * computed once. The URL is borrowed. */
struct hl_key {
    const char *url;
    uint64_t fingerprint;
};

/*
 * Makes the key of a request, in *text, which is overwritten and must live as
 * long as the key. The key consists of url, which must be in normal form; a
 * hash of headers, the request's own, one a line, if it has any; and line, if
 * it is not 0: the number of a line that repeats a URL and is fetched all the
 * same. A blank stands before each of these; a URL has none.
 * @return 0 or UV_ENOMEM.
 */
int hl_journal_request_key(struct hl_key *out, struct hl_buf *text,
                           const char *url, const struct hl_buf *headers,
                           uint64_t line);
/* Overwrites *out with the URL out of the text of a key. out->failed is set
 * where memory runs out. */
void hl_journal_key_url(struct hl_buf *out, const char *text);
/* The key of a request that has nothing but its URL. url must be in normal form
 * and live as long as the key. */
struct hl_key hl_journal_key(const char *url);

#endif
