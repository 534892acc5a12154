/* What a CURLcode means: which error of haul's it is. Pure. */
#ifndef HL_TRANSFER_CURL_CODE_H
#define HL_TRANSFER_CURL_CODE_H

#include <stdbool.h>

#include "haul/haul.h"

/* What is known of a failed transfer beside its code. */
struct hl_curl_hints {
    const char *text; /* libcurl's error text; "" none */
    int os_errno;     /* of the last connect; 0 unknown */
    bool requested;   /* a request had been sent */
    bool heading;     /* and the head of its answer was not complete */
    bool answered;    /* the head of the final answer was complete */
    long tunnel;      /* the status of a proxy's answer to CONNECT; 0 none */
};

enum haul_error hl_error_of_curl(int curl_code,
                                 const struct hl_curl_hints *hints);

#endif
