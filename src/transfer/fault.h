/* What is known of a transfer that libcurl has ended with an error, gathered
 * for curl_words.h. On the transfer's thread. */
#ifndef HL_TRANSFER_FAULT_H
#define HL_TRANSFER_FAULT_H

#include <stdbool.h>

#include "transfer/curl_words.h"

struct hl_xfer;

void hl_fault_find(struct hl_fault *out, const struct hl_xfer *xfer,
                   int curl_code);
/* The same for an answer whose status is that of an error. is_redirect: the
 * status is that of a redirect, but nothing says where to. */
void hl_fault_of_status(struct hl_fault *out, const struct hl_xfer *xfer,
                        bool is_redirect);

#endif
