/* What a request is known by: its URL, and what else tells it from others.
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

/* What a request is known by, put in place of what *text held: url, which is in
 * normal form; a hash of headers, the request's own, a line each, where it has
 * any; and line, the number of a line that repeats a URL and is fetched all the
 * same, where it is not 0. A blank stands before each: no URL has blanks. The
 * key is valid as long as the text is. @return 0 or UV_ENOMEM. */
int hl_journal_request_key(struct hl_key *out, struct hl_buf *text,
                           const char *url, const struct hl_buf *headers,
                           uint64_t line);
/* Puts the URL of a request's key, without what follows the URL, in place of
 * what *out held. out->failed without memory. */
void hl_journal_key_url(struct hl_buf *out, const char *text);
/* The key of url, which must be in normal form, and outlive it. */
struct hl_key hl_journal_key(const char *url);

#endif
