/* What a CURLcode means in haul's own causes. */
#ifndef HL_TRANSFER_VERDICT_H
#define HL_TRANSFER_VERDICT_H

#include <stdbool.h>

#include "haul/haul.h"

/* What is known of a failed transfer beside its code. */
struct hl_verdict_hints {
    const char *text; /* libcurl's error text; "" none */
    int os_errno;     /* of the last connect; 0 unknown */
    bool body_begun;  /* a body byte had come */
};

enum haul_error hl_verdict_of_curl(int curl_code,
                                   const struct hl_verdict_hints *hints);

#endif
