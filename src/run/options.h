/* Options as the run uses them: own copies, with every default filled in. */
#ifndef HL_RUN_OPTIONS_H
#define HL_RUN_OPTIONS_H

#include "haul/haul.h"

/* Copies given into *out, fills in the defaults and checks the values.
 * @return 0, UV_ENOMEM, or HAUL_EINVAL; then *out needs no release. */
int hl_options_resolve(struct haul_options *out,
                       const struct haul_options *given);
void hl_options_release(struct haul_options *options);

/* Is "host:port" in --resolve? */
bool hl_options_resolves(const struct haul_options *options,
                         const char *host_port);

#endif
