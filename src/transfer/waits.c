#include "transfer/waits.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <uv.h>

#include "util/time_units.h"
#include "util/xxh3.h"

enum {
    LONG_WAITS = 4, /* times the usual wait for an answer is long */
    SMOOTHING = 8,
};

static const uint64_t long_wait_ns = HL_NS_PER_S;

uint64_t hl_waits_server(const char *address, int port)
{
    uint64_t hash = hl_xxh3_of_text(address) ^ (uint64_t)port;
    return hash != 0 ? hash : 1;
}

uint64_t hl_waits_server_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } peer = {.any.sa_family = AF_UNSPEC};
    socklen_t size = sizeof(peer);
    char text[INET6_ADDRSTRLEN];
    if (fd < 0 || getpeername(fd, &peer.any, &size) < 0)
        return 0;
    if (peer.any.sa_family == AF_INET &&
        uv_ip4_name(&peer.v4, text, sizeof(text)) == 0)
        return hl_waits_server(text, ntohs(peer.v4.sin_port));
    if (peer.any.sa_family == AF_INET6 &&
        uv_ip6_name(&peer.v6, text, sizeof(text)) == 0)
        return hl_waits_server(text, ntohs(peer.v6.sin6_port));
    return 0;
}

static unsigned place_of(uint64_t server)
{
    return (unsigned)(server % HL_WAITS_SERVERS);
}

static struct hl_wait *of(struct hl_waits *waits, uint64_t server)
{
    struct hl_wait *wait = &waits->of[place_of(server)];
    if (wait->server != server)
        *wait = (struct hl_wait){.server = server};
    return wait;
}

static void smooth(uint64_t *usual_ns, uint64_t wait_ns)
{
    if (*usual_ns == 0)
        *usual_ns = wait_ns;
    else
        *usual_ns += wait_ns / SMOOTHING - *usual_ns / SMOOTHING;
}

void hl_waits_note(struct hl_waits *waits, uint64_t server, bool kept,
                   uint64_t wait_ns)
{
    struct hl_wait *wait = of(waits, server);
    if (kept)
        smooth(&wait->kept_ns, wait_ns);
    else if (!wait->crowded)
        smooth(&wait->new_ns, wait_ns);
}

void hl_waits_crowded(struct hl_waits *waits, uint64_t server)
{
    of(waits, server)->crowded = true;
}

uint64_t hl_waits_long(const struct hl_waits *waits, uint64_t server)
{
    const struct hl_wait *wait = &waits->of[place_of(server)];
    if (wait->server != server || wait->kept_ns + wait->new_ns == 0)
        return UINT64_MAX;
    uint64_t usual =
        wait->kept_ns > wait->new_ns ? wait->kept_ns : wait->new_ns;
    return LONG_WAITS * usual > long_wait_ns ? LONG_WAITS * usual
                                             : long_wait_ns;
}
