/*
 * The answer as it comes, by libcurl's callbacks. The head is judged before any
 * byte of the body reaches the sink, and the body is held to the limits.
 */
#ifndef HL_TRANSFER_RESPONSE_H
#define HL_TRANSFER_RESPONSE_H

#include <curl/curl.h>

struct hl_xfer;

CURLcode hl_response_set_callbacks(struct hl_xfer *xfer);

#endif
