/* Between url.c and url_plain.c, and their tests: the two ways to read a
 * URL, and the block of memory that both fill. */
#ifndef HL_UTIL_URL_PARTS_H
#define HL_UTIL_URL_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/url.h"

/* Some bytes of a longer string; at is NULL where there are none. */
struct hl_slice {
    const char *at;
    size_t length;
};

/* What a struct hl_url is packed from. Borrowed. */
struct hl_url_parts {
    bool is_https;
    uint16_t port;
    struct hl_slice front; /* of the text, up to the path ... */
    struct hl_slice back;  /* ... and from there, when that is apart */
    struct hl_slice host;
    struct hl_slice path;
    struct hl_slice query;
    struct hl_slice user;
};

/* All strings of *out in one block. @return 0 or UV_ENOMEM. */
int hl_url_pack(struct hl_url *out, const struct hl_url_parts *parts);

/* Reads a URL that is in normal form already, as nearly all are, by slicing
 * it: what it takes, hl_url_parse_any() reads the same way, only slower.
 * @return 1 when text is such a URL; 0 when it is not, with *out untouched;
 * or UV_ENOMEM. */
int hl_url_parse_plain(struct hl_url *out, const char *text);
/* Reads any URL, through CURLU. Returns as hl_url_parse(). */
int hl_url_parse_any(struct hl_url *out, const char *text, const char **why);

#endif
