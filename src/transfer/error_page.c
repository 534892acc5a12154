#include "transfer/error_page.h"

#include <string.h>

enum haul_why hl_error_page_why(const char *page, size_t size)
{
    static const struct {
        const char *words;
        enum haul_why why;
    } known[] = {
        {"plain HTTP request was sent to HTTPS port", HAUL_WHY_WANTS_TLS},
        {"speaking plain HTTP to an SSL-enabled", HAUL_WHY_WANTS_TLS},
        {"sent an HTTP request to an HTTPS server", HAUL_WHY_WANTS_TLS},
        {"No required SSL certificate was sent", HAUL_WHY_CLIENT_CERT},
        {"The SSL certificate error", HAUL_WHY_CLIENT_CERT_BAD},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (memmem(page, size, known[i].words, strlen(known[i].words)) != NULL)
            return known[i].why;
    return HAUL_WHY_NONE;
}
