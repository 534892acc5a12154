#include "cli/remedies.h"

#include <stddef.h>

static const char *const by_why[HAUL_WHY_COUNT] = {
    [HAUL_WHY_HTTPS_TO_HTTP] = "--proto-redir =http,https allows it",
    [HAUL_WHY_REDIRECT_REFUSED] = "--proto-redir =http,https allows it",
    [HAUL_WHY_REDIRECTS] = "--max-redirs N follows more",
};

const char *hl_remedy(enum haul_error error, long http_status,
                      enum haul_why why)
{
    (void)error, (void)http_status;
    return (unsigned)why < HAUL_WHY_COUNT ? by_why[why] : NULL;
}
