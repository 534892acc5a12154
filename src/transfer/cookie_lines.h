/*
 * The cookies of options->cookie_lines, which libcurl reads once, and those of
 * them that may concern a host. Which of these are sent, libcurl decides by
 * domain, path, secure and expiry.
 */
#ifndef HL_TRANSFER_COOKIE_LINES_H
#define HL_TRANSFER_COOKIE_LINES_H

#include <stdbool.h>

#include "util/buf.h"

struct hl_cookie_lines;

/* Reads lines, which end with NULL. Lines that libcurl takes for no cookie, and
 * cookies that have expired, are left out. lines may be NULL: then *out is
 * NULL. @return 0 or UV_ENOMEM. */
int hl_cookie_lines_new(struct hl_cookie_lines **out, const char *const *lines);
/* NULL is fine. */
void hl_cookie_lines_free(struct hl_cookie_lines *cookies);

/* Adds to *out the cookies for the host of origin ("http://host:port") and for
 * the domains that it is in, a line each, as libcurl writes them. cookies may
 * be NULL: there are none. */
void hl_cookie_lines_of(const struct hl_cookie_lines *cookies,
                        const char *origin, struct hl_buf *out);
/* Is line, of length bytes, one of the lines of text? text may be NULL. */
bool hl_cookie_lines_has(const char *text, const char *line, size_t length);

#endif
