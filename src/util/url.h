/* URLs: parsing and normal form. Any thread; nothing is shared. */
#ifndef HL_UTIL_URL_H
#define HL_UTIL_URL_H

#include <stddef.h>
#include <stdint.h>

enum { HL_URL_MAX = 8192 };

/* A parsed http or https URL. Owns its strings; hl_url_release(). */
struct hl_url {
    void *block;        /* where the strings below are */
    const char *text;   /* absolute and normalised, no fragment and no user */
    const char *scheme; /* "http" or "https", static */
    const char *host;   /* lower case; IPv6 in brackets */
    const char *path;   /* begins with '/' */
    const char *query;  /* without '?'; or NULL */
    const char *user;   /* "name:password", decoded; or NULL */
    uint16_t port;
};

/* @return 0; UV_EINVAL with *why a static reason; or UV_ENOMEM, *why set
 * too. Then *out needs no release. */
int hl_url_parse(struct hl_url *out, const char *text, const char **why);
void hl_url_release(struct hl_url *url);
/* "https://host:port". @return 0 or UV_ENOBUFS. */
int hl_url_origin(char *out, size_t size, const struct hl_url *url);

#endif
