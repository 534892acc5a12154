/* What the page of an error says, where its status says too little. Pure. */
#ifndef HL_TRANSFER_ERROR_PAGE_H
#define HL_TRANSFER_ERROR_PAGE_H

#include <stddef.h>

#include "haul/haul.h"

/* Reads the beginning of a page that came with status 400, as nginx, Apache and
 * Go write it. @return HAUL_WHY_WANTS_TLS: the port speaks TLS alone;
 * HAUL_WHY_CLIENT_CERT, HAUL_WHY_CLIENT_CERT_BAD: it wants a certificate of the
 * client, or another; HAUL_WHY_NONE. */
enum haul_why hl_error_page_why(const char *page, size_t size);

#endif
