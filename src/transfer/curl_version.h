/* The version of libcurl that is loaded. */
#ifndef HL_TRANSFER_CURL_VERSION_H
#define HL_TRANSFER_CURL_VERSION_H

#include <curl/curl.h>

/* Asked for once: curl_version_info() writes its answer anew at each call, and
 * others may be reading it. Any thread. */
const curl_version_info_data *hl_curl_version(void);

#endif
