/* What would help against a failure: an option, or something to do. */
#ifndef HL_CLI_REMEDIES_H
#define HL_CLI_REMEDIES_H

#include "haul/haul.h"

/* A clause that can stand behind "MESSAGE; "; NULL where nothing is known to
 * help. http_status matters for HAUL_ERR_HTTP alone. Static. */
const char *hl_remedy(enum haul_error error, long http_status,
                      enum haul_why why);

#endif
