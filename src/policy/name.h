/*
 * From requests and the options to names of files that are safe: below the
 * directory, made of usable components, with room for every suffix that haul
 * adds. Pure. Any thread.
 */
#ifndef HL_POLICY_NAME_H
#define HL_POLICY_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "haul/haul.h"
#include "util/url.h"

enum {
    HL_NAME_SIZE = 4096,
    /* 255 without "-HASH" and ".part". */
    HL_NAME_COMPONENT_MAX = 255 - 17 - 5,
};

/* The template where the options have none. */
#define HL_DEFAULT_OUTPUT "{name}"

/* What a template's fields are filled from. Borrowed. */
struct hl_name_source {
    const struct hl_url *url;
    const char *id; /* or NULL */
    uint64_t line;
};

/* @return 0, or UV_EINVAL with *why a static reason. */
int hl_name_check_template(const char *template, const char **why);
/* Fills a template that passed the check. @return 0; UV_ENAMETOOLONG; or
 * -ENODATA: it has {id}, and there is no id, or one of blanks. */
int hl_name_make(char out[HL_NAME_SIZE], const char *template,
                 const struct hl_name_source *source);
/* A name from a list, made safe by the same rules. @return 0; UV_EINVAL when
 * nothing usable is left; UV_ENAMETOOLONG. */
int hl_name_given(char out[HL_NAME_SIZE], const char *name);
/* The name that the request asks for (hl_name_given()), or else the template's
 * (hl_name_make()). url is the request's. @return as these two. */
int hl_name_wanted(char name[HL_NAME_SIZE], const char *output,
                   const struct haul_request *request,
                   const struct hl_url *url);
/* Why a request has no name, by the code of the functions above. Static. */
const char *hl_name_objection(int code);
/* Puts "-HASH" before the name's extension. The fingerprint is that of a URL,
 * so that no other URL gets this name. @return 0 or UV_ENAMETOOLONG; then name
 * is as it was. */
int hl_name_hashed(char name[HL_NAME_SIZE], uint64_t fingerprint);
/* Is name what was wanted, but for any "-HASH" that haul put into it? */
bool hl_name_is_for(const char *name, const char *wanted);

#endif
