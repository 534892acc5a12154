/* Hosts as messages name them. */
#ifndef HL_CLI_HOST_NAME_H
#define HL_CLI_HOST_NAME_H

enum { HL_HOST_NAME_SIZE = 128 };

/* The host of url, or of an origin, without its scheme, user, path, and the
 * scheme's own port; of "proxy://h:1", as haul_outage has it, "the proxy h:1".
 */
void hl_host_name(char out[HL_HOST_NAME_SIZE], const char *url);

#endif
