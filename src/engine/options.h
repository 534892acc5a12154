/* Options as the run uses them: own copies, with every default filled in. */
#ifndef HL_ENGINE_OPTIONS_H
#define HL_ENGINE_OPTIONS_H

#include "haul/haul.h"

/* Copies given into *out, fills in the defaults and checks the values.
 * @return 0, UV_ENOMEM, or HAUL_EINVAL; then *out needs no release. */
int hl_options_resolve(struct haul_options *out,
                       const struct haul_options *given);
void hl_options_release(struct haul_options *options);
/* Does list ("5xx,404,connect") name this status or error word? */
bool hl_options_list_has(const char *list, long status, const char *word);

#endif
