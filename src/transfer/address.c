#include "transfer/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

struct net4 {
    uint32_t prefix;
    unsigned bits;
};

/* RFC 6890 and the registries that it founded. */
static const struct net4 private_nets[] = {
    {0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},
    {0xa9fe0000, 16}, {0xac100000, 12}, {0xc0000000, 24}, {0xc0a80000, 16},
    {0xc6120000, 15}, {0xe0000000, 4},  {0xf0000000, 4},
};

static bool is_private4(uint32_t address)
{
    for (size_t i = 0; i < sizeof(private_nets) / sizeof(*private_nets); i++) {
        unsigned shift = 32 - private_nets[i].bits;
        if (address >> shift == private_nets[i].prefix >> shift)
            return true;
    }
    return false;
}

/* The IPv4 address that lies at so many bytes. */
static bool has_private4(const uint8_t *bytes, size_t at)
{
    uint32_t address;
    memcpy(&address, bytes + at, sizeof(address));
    return is_private4(ntohl(address));
}

static bool is_private6(const struct in6_addr *address)
{
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    static const uint8_t local_nat64[6] = {0x00, 0x64, 0xff, 0x9b, 0x00, 0x01};
    static const uint8_t six_to_four[2] = {0x20, 0x02};
    const uint8_t *b = address->s6_addr;
    if (IN6_IS_ADDR_V4MAPPED(address) || IN6_IS_ADDR_V4COMPAT(address) ||
        memcmp(b, nat64, sizeof(nat64)) == 0)
        return has_private4(b, 12);
    if (memcmp(b, six_to_four, sizeof(six_to_four)) == 0)
        return has_private4(b, 2);
    return memcmp(b, local_nat64, sizeof(local_nat64)) == 0 ||
           IN6_IS_ADDR_LOOPBACK(address) || IN6_IS_ADDR_UNSPECIFIED(address) ||
           IN6_IS_ADDR_LINKLOCAL(address) || IN6_IS_ADDR_SITELOCAL(address) ||
           IN6_IS_ADDR_MULTICAST(address) || (b[0] & 0xfe) == 0xfc;
}

bool hl_address_is_private(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof(in));
        return is_private4(ntohl(in.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof(in6));
        return is_private6(&in6.sin6_addr);
    }
    return true;
}
