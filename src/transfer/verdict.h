/* What a CURLcode means in haul's own causes. */
#ifndef HL_TRANSFER_VERDICT_H
#define HL_TRANSFER_VERDICT_H

#include <stdbool.h>

#include "haul/haul.h"

/* What is known of a failed transfer beside its code. */
struct hl_verdict_hints {
    const char *text; /* libcurl's error text; "" none */
    int os_errno;     /* of the last connect; 0 unknown */
    bool requested;   /* a request had been sent */
    bool heading;     /* and the head of its answer was not complete */
    bool answered;    /* the head of the final answer was complete */
    long tunnel;      /* the status of a proxy's answer to CONNECT; 0 none */
};

enum haul_error hl_verdict_of_curl(int curl_code,
                                   const struct hl_verdict_hints *hints);

#endif
