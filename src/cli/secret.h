/* Hides secrets: in what haul prints, and in its arguments. */
#ifndef HL_CLI_SECRET_H
#define HL_CLI_SECRET_H

#include "util/buf.h"

/* What of a value is not to be shown. */
enum hl_secret {
    HL_SECRET_NONE = 0,
    HL_SECRET_REST, /* after the first ':' or '='; all, without one */
    HL_SECRET_USER, /* the name and password in a URL */
};

/* Puts an option's value in place of what out held, with "***" for what is
 * secret in it. */
void hl_secret_mask(struct hl_buf *out, enum hl_secret secret,
                    const char *value);
/* Adds text, a URL or what a list has in place of one, to out. "***" stands for
 * the password of each URL in it; or for all before the '@' where that has no
 * ':'. */
void hl_secret_mask_urls(struct hl_buf *out, const char *text);
/* Overwrites with blanks what is secret in an option's value, and so takes it
 * out of ps where value stands in an argument. */
void hl_secret_blank(enum hl_secret secret, char *value);

#endif
