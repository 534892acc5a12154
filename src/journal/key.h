/* The key of a request: its URL, and what else tells the request from others.
 * Any thread. */
#ifndef HL_JOURNAL_KEY_H
#define HL_JOURNAL_KEY_H

#include <stdint.h>

#include "haul/haul.h"
#include "util/buf.h"

/* A URL in normal form and its fingerprint (util/fingerprint.h), which is
 * computed once. The URL is borrowed. */
struct hl_key {
    const char *url;
    uint64_t fingerprint;
};

/* Room for HL_SENT_MARK, a method, a colon and 16 digits. */
enum { HL_JOURNAL_SENT_SIZE = 64 };
#define HL_SENT_MARK "="

/* Puts what requests with these options send into out: HL_SENT_MARK, the
 * method, a colon and a hash of the body; or "", where they are plain GETs. */
void hl_journal_sent(char out[HL_JOURNAL_SENT_SIZE],
                     const struct haul_options *options);

/* What a key consists of. All but url may be missing. */
struct hl_key_parts {
    const char *url;              /* in normal form */
    const char *sent;             /* as of hl_journal_sent() */
    const struct hl_buf *headers; /* the request's own, one a line */
    uint64_t line; /* the number of a line that repeats a URL and is fetched all
                      the same; 0: it does not */
};

/*
 * Makes the key of a request, in *text, which is overwritten and must live as
 * long as the key. Of headers it has a hash. A blank stands before each of the
 * parts that follow the URL; a URL has none.
 * @return 0 or UV_ENOMEM.
 */
int hl_journal_request_key(struct hl_key *out, struct hl_buf *text,
                           const struct hl_key_parts *parts);
/* Overwrites *out with the URL out of the text of a key. out->failed is set
 * where memory runs out. */
void hl_journal_key_url(struct hl_buf *out, const char *text);
/* The key of a request that has nothing but its URL. url must be in normal form
 * and live as long as the key. */
struct hl_key hl_journal_key(const char *url);

#endif
