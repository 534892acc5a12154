/*
 * libcurl before 8.1 keeps a pointer to the last header of a transfer when the
 * handle goes on to the next, and has freed that header by then. A head whose
 * first header line begins with a blank is added to what the pointer points to:
 * so any server could have libcurl write into freed memory. libcurl tells such
 * a line by the callback below before it does that, and passes over lines that
 * begin with a carriage return.
 */
#include <string.h>

#include "transfer/xfer_parts.h"

enum { FIXED_IN = 0x080100 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static int on_curl_debug(CURL *easy, curl_infotype type, char *data,
                         size_t size, void *arg)
{
    struct hl_xfer *xfer = arg;
    (void)easy;
    if (type != CURLINFO_HEADER_IN || size == 0 || xfer->has_header ||
        !xfer->heard || !is_blank(data[0]))
        return 0;
    data[0] = '\r';
    hl_xfer_fail(xfer, HAUL_ERR_PROTOCOL,
                 "a head that begins in the midst of a header");
    return 0;
}

CURLcode hl_folded_set_callbacks(struct hl_xfer *xfer)
{
    if (curl_version_info(CURLVERSION_NOW)->version_num >= FIXED_IN)
        return CURLE_OK;
    CURLcode codes[] = {
        curl_easy_setopt(xfer->easy, CURLOPT_DEBUGFUNCTION, on_curl_debug),
        curl_easy_setopt(xfer->easy, CURLOPT_DEBUGDATA, xfer),
        curl_easy_setopt(xfer->easy, CURLOPT_VERBOSE, 1L),
    };
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
        if (codes[i] != CURLE_OK)
            return codes[i];
    return CURLE_OK;
}

void hl_folded_note(struct hl_xfer *xfer, const char *line, size_t size)
{
    bool is_header =
        size > 0 && !is_blank(line[0]) && line[0] != '\r' && line[0] != '\n';
    bool is_status = size > 5 && memcmp(line, "HTTP/", 5) == 0;
    xfer->has_header |= is_header && !is_status;
}
