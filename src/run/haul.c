/* The public calls that need no session: start-up, versions, what codes mean.
 */
#include "haul/haul.h"

#include "transfer/curl_global.h"
#include "util/error.h"

int haul_global_init(void)
{
    return hl_transfer_global_init() < 0 ? UV_ENOMEM : 0;
}

void haul_global_cleanup(void)
{
    hl_transfer_global_cleanup();
}

const char *haul_version(void)
{
    return HAUL_VERSION;
}

const char *haul_library_versions(void)
{
    return hl_transfer_versions();
}

const char *haul_strerror(int code)
{
    switch (code) {
#define X(name, value, text) \
    case name:               \
        return text;
        HAUL_STATUS_MAP(X)
#undef X
    default:
        return code < 0 ? hl_strerror(code) : "no error";
    }
}
