/* The names of files, as requests and the options have them. Any thread. */
#ifndef HL_POLICY_NAMING_H
#define HL_POLICY_NAMING_H

#include "haul/haul.h"
#include "policy/name.h"
#include "util/url.h"

/* Where the options say nothing. */
#define HL_DEFAULT_OUTPUT "{name}"

/* What is said of a request that has none, which code says. Static. */
const char *hl_naming_objection(int code);

/* The name that request asks for, or the template gives. url is the request's.
 * @return 0 or a libuv code. */
int hl_naming_wanted(char name[HL_NAME_SIZE], const char *output,
                     const struct haul_request *request,
                     const struct hl_url *url);
/* Makes name NAME-HASH, which is one URL's alone: its fingerprint tells it from
 * all others. @return 0 or UV_ENAMETOOLONG; then name is as it was. */
int hl_naming_hashed(char name[HL_NAME_SIZE], uint64_t fingerprint);

#endif
