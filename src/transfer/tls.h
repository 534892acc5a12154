/*
 * What haul asks of OpenSSL beside libcurl, against servers that are not
 * honest: a handshake must end; a body without a length must have an end; and
 * no server may hold libcurl with messages that belong to no answer.
 */
#ifndef HL_TRANSFER_TLS_H
#define HL_TRANSFER_TLS_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "haul/haul.h"
#include "transfer/trust.h"
#include "util/stop.h"

/*
 * In HTTP/2 libcurl reads on, without calling us, until the server pauses or
 * sends something for the transfer at hand. A server that sends empty frames
 * faster than libcurl reads them would hold libcurl for ever, and with it a
 * loop with all of its transfers, or a thread that nothing could stop. So the
 * TLS records that libcurl reads between two calls are counted.
 *
 * Owned by whoever runs libcurl: a loop's glue, or a transfer that blocks. Used
 * on the owner's thread. Must outlive the connections that it watches.
 */
struct hl_flood {
    struct hl_stop *stop; /* of the run */
    uint32_t records;     /* that libcurl has read since it last called us */
    uint64_t since_ns;    /* uv_hrtime() when it read the first of them */
};

enum {
    HL_TLS_NAMES_SIZE = 160,
    HL_TLS_ISSUER_SIZE = 128,
    HL_TLS_DAY_SIZE = 16
};

/* What TLS has told of whom it speaks with, as far as it is known. Texts may
 * have any bytes but NUL. */
struct hl_tls_peer {
    bool asked;   /* it wants a certificate of the client */
    bool issuers; /* the certificate that was objected to is an issuer's */
    char names[HL_TLS_NAMES_SIZE];   /* of the hosts that it is for */
    char issuer[HL_TLS_ISSUER_SIZE]; /* of what was objected to */
    char from[HL_TLS_DAY_SIZE];      /* "2021-01-01": it is valid from then */
    char until[HL_TLS_DAY_SIZE];     /* and until then */
};

/* What TLS knows of a handle. Owned by its transfer. */
struct hl_tls {
    struct hl_tls_peer peer; /* of the last handshake */
    struct hl_trust *trust;  /* whom to trust; borrowed, of whoever runs
                                libcurl */
    const char *cacert;      /* the file that trust is read from; NULL: libcurl
                                is told whom to trust, or to trust all */
};

/* To be called after all other options of TLS are set, and before the first
 * transfer. Does nothing where libcurl has another TLS library. tls must
 * outlive the handle. */
CURLcode hl_tls_set(CURL *easy, struct hl_tls *tls,
                    const struct haul_options *options);
/* Has TLS read bytes off the socket that libcurl has not taken yet? */
bool hl_tls_has_more(CURL *easy);
/* From the end of the handshake on: a connection of the handle that is flooded
 * ends. */
void hl_tls_watch_flood(CURL *easy, struct hl_flood *flood,
                        struct hl_stop *stop);

/* To be called whenever libcurl calls us or we call libcurl: libcurl does not
 * hang. */
static inline void hl_flood_end(struct hl_flood *flood)
{
    flood->records = 0;
}

#endif
