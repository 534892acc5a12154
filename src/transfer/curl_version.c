#include "transfer/curl_version.h"

#include <pthread.h>

static const curl_version_info_data *version;

static void ask(void)
{
    version = curl_version_info(CURLVERSION_NOW);
}

const curl_version_info_data *hl_curl_version(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, ask);
    return version;
}
