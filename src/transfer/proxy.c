#include "transfer/proxy.h"

#include <stdlib.h>

bool hl_proxy_is_possible(const struct haul_options *o)
{
    static const char *const variables[] = {
        "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
    };
    if (o->proxy != NULL)
        return o->proxy[0] != '\0';
    for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
        if (getenv(variables[i]) != NULL)
            return true;
    return false;
}
