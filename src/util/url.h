/* URLs: parsing and normal form. Any thread; nothing is shared. */
#ifndef HL_UTIL_URL_H
#define HL_UTIL_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HL_URL_MAX = 8192 };

/* A parsed http or https URL. Owns its strings; hl_url_release(). */
struct hl_url {
    void *block;        /* where the strings below are */
    const char *text;   /* absolute and normalised, no fragment and no user */
    const char *scheme; /* "http" or "https", static */
    const char *host;   /* ASCII, lower case; IPv6 in brackets, with its zone
                           as "%25eth0" */
    const char *path;   /* begins with '/' */
    const char *query;  /* without '?', may be empty; or NULL */
    const char *user;   /* "name:password", decoded; or NULL */
    uint16_t port;
};

/* @return 0; or, with a static reason in *why and nothing to release, UV_EINVAL
 * or UV_ENOMEM. */
int hl_url_parse(struct hl_url *out, const char *text, const char **why);
/* The two ways in which hl_url_parse() reads a URL, for tests. The first takes
 * only URLs that are in normal form already, as nearly all are. What it takes,
 * the second reads the same way, only slower. @return 1 when text is such a
 * URL; 0 when it is not, with *out untouched; or UV_ENOMEM. */
int hl_url_parse_plain(struct hl_url *out, const char *text);
/* Reads any URL, through CURLU. Returns as hl_url_parse(). */
int hl_url_parse_any(struct hl_url *out, const char *text, const char **why);
/* Gives text with its host in ASCII and all else unchanged, by malloc(); NULL
 * where the host is ASCII already. Returns as hl_url_parse(). */
int hl_url_to_ascii(char **out, const char *text, const char **why);
/* Does text have a "?" after its path, but no query after the "?"? libcurl
 * leaves such a "?" out, but for a server the URL may be another one then. */
bool hl_url_has_empty_query(const char *text);
void hl_url_release(struct hl_url *url);
/* Writes "https://host:port". @return 0 or UV_ENOBUFS. */
int hl_url_origin(char *out, size_t size, const struct hl_url *url);

#endif
