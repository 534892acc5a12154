/*
 * What haul asks of OpenSSL beside libcurl: a server must end a handshake and
 * a body that has no length.
 */
#ifndef HL_TRANSFER_TLS_H
#define HL_TRANSFER_TLS_H

#include <curl/curl.h>

/* For all connections that the handle makes. Does nothing where libcurl has
 * another TLS library. */
CURLcode hl_tls_set(CURL *easy);

#endif
