/*
 * From URLs and lists to file names that are safe: below the directory, made
 * of usable components, with room for every suffix that haul adds.
 */
#ifndef HL_POLICY_NAME_H
#define HL_POLICY_NAME_H

#include <stddef.h>
#include <stdint.h>

#include "util/fingerprint.h"
#include "util/url.h"

enum {
    HL_NAME_SIZE = 4096,
    /* 255 without "-HASH" and ".part". */
    HL_NAME_COMPONENT_MAX = 255 - 17 - 5,
};

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
/* A name from a list: the same rules of safety. @return 0; UV_EINVAL when
 * nothing usable is left; UV_ENAMETOOLONG. */
int hl_name_given(char out[HL_NAME_SIZE], const char *name);
/* name with "-HASH" before its extension. */
int hl_name_with_hash(char out[HL_NAME_SIZE], const char *name,
                      const char hash[HL_FINGERPRINT_HEX_SIZE]);

#endif
