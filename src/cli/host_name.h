/* Hosts as messages name them. */
#ifndef HL_CLI_HOST_NAME_H
#define HL_CLI_HOST_NAME_H

#include "haul/haul.h"

enum { HL_HOST_NAME_SIZE = 128 };

/* The host of url, or of an origin, without its scheme, user, path, and the
 * scheme's own port. */
void hl_host_name(char out[HL_HOST_NAME_SIZE], const char *url);
/* The proxy by which a run with these options asks host (a name as from
 * hl_host_name()). @return out; NULL: it asks without one. */
const char *hl_proxy_name(char out[HL_HOST_NAME_SIZE],
                          const struct haul_options *run, const char *host,
                          bool is_tls);

#endif
