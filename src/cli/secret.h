/* Hides secrets in what haul prints, and in its arguments, which ps shows. */
#ifndef HL_CLI_SECRET_H
#define HL_CLI_SECRET_H

#include "util/buf.h"

/* Which part of an option's value is secret. */
enum hl_secret {
    HL_SECRET_NONE = 0,
    HL_SECRET_REST, /* after the first ':' or '='; all, without one */
    HL_SECRET_USER, /* name and password in a URL */
};

/* Replaces what out held by an option's value, with "***" for its secret. */
void hl_secret_mask(struct hl_buf *out, enum hl_secret secret,
                    const char *value);
/* Adds text, which is a URL or what a list has where a URL should be, to out.
 * "***" stands for the password of each URL in it, or for the whole user where
 * that has no ':'. */
void hl_secret_mask_urls(struct hl_buf *out, const char *text);
/* Overwrites the secret of an option's value, which stands in argv, with
 * blanks: ps no longer shows it. */
void hl_secret_blank(enum hl_secret secret, char *value);

#endif
