/* Which addresses --block-private refuses. */
#ifndef HL_TRANSFER_ADDRESS_H
#define HL_TRANSFER_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* True for loopback, private, link-local, shared (CGNAT), multicast and
 * unspecified addresses, also inside IPv6 (mapped, NAT64, 6to4), and for
 * families other than IP. */
bool hl_address_is_private(const struct sockaddr *address);

#endif
