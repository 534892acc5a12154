/*
 * Which redirects are followed, and the words for those that are not. Pure. Any
 * thread.
 */
#ifndef HL_POLICY_REDIRECT_H
#define HL_POLICY_REDIRECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haul/haul.h"

/* Where a redirect may lead: a set of these. */
enum {
    HL_REDIRECT_HTTP = 1,       /* from http to http */
    HL_REDIRECT_DOWN = 2,       /* from https to http */
    HL_REDIRECT_HTTPS = 4,      /* to https */
    HL_REDIRECT_TO_DEFAULT = 5, /* all but from https to http */
};

/* The set that a list as options.proto_redir stands for; NULL: the default.
 * @return -1 where the text is no such list. */
int hl_redirect_set(const char *list);

/* A redirect that an answer asks for. */
struct hl_redirect {
    const char *from;   /* the URL that was asked for */
    const char *to;     /* absolute, as libcurl made it */
    uint32_t followed;  /* redirects in a row before this one */
    bool keeps_request; /* the request's method and body go along */
    bool in_circle;     /* these led to a URL of theirs again */
};

/* Why the redirect is not followed; HAUL_WHY_NONE: it is. options must be
 * resolved and sound. */
enum haul_why hl_redirect_objection(const struct hl_redirect *redirect,
                                    const struct haul_options *options);
/* Puts why the redirect is not followed into words for people. */
void hl_redirect_words(char *out, size_t size, enum haul_why why,
                       const struct hl_redirect *redirect);

#endif
