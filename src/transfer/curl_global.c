#include "transfer/curl_global.h"

#include <curl/curl.h>

int hl_transfer_global_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -1;
}

void hl_transfer_global_cleanup(void)
{
    curl_global_cleanup();
}

const char *hl_transfer_versions(void)
{
    return curl_version();
}
