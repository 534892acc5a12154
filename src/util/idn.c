#include "util/idn.h"

#include <errno.h>
#include <idn2.h>
#include <stdbool.h>
#include <string.h>

#include "util/hex.h"

enum { DECODED_MAX = 4096 };

/* Decodes percent signs that stand for characters beyond ASCII. A percent sign
 * for an ASCII character is refused: it could hide where the host ends. */
static const char *decode(char out[DECODED_MAX], const char *host,
                          size_t length)
{
    size_t used = 0;
    if (length >= DECODED_MAX)
        return "URL with a host that is too long";
    for (size_t i = 0; i < length; i++) {
        char c = host[i];
        if (c == '%') {
            int byte = i + 2 < length ? hl_hex_byte(host + i + 1) : -1;
            if (byte < 0x80)
                return "URL with a percent sign in its host";
            c = (char)byte;
            i += 2;
        }
        out[used++] = c;
    }
    out[used] = '\0';
    return NULL;
}

/* Some signs become several characters, as the one for "account of" becomes
 * "a/c". Only the characters of a host name may come out, as any other could
 * end the host. */
static bool is_name(const char *host)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-._";
    size_t length = strspn(host, letters);
    return length > 0 && length < HL_IDN_SIZE && host[length] == '\0' &&
           host[0] != '.' && strstr(host, "..") == NULL;
}

/* IDNA 2008 does not allow symbols such as emoji, but there are domains with
 * them. Browsers and curl read these by the older rules, and so does haul. */
static int look_up(char **out, const char *host)
{
    const uint8_t *text = (const uint8_t *)host;
    int code = idn2_lookup_u8(text, (uint8_t **)out,
                              IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (code == IDN2_DISALLOWED)
        code = idn2_lookup_u8(text, (uint8_t **)out,
                              IDN2_NFC_INPUT | IDN2_TRANSITIONAL);
    return code;
}

int hl_idn_to_ascii(char out[HL_IDN_SIZE], const char *host, size_t length,
                    const char **why)
{
    char decoded[DECODED_MAX];
    char *ascii = NULL;
    *why = decode(decoded, host, length);
    if (*why != NULL)
        return -EINVAL;
    int code = look_up(&ascii, decoded);
    bool good = code == IDN2_OK && is_name(ascii);
    if (good)
        memcpy(out, ascii, strlen(ascii) + 1);
    if (code == IDN2_OK)
        idn2_free(ascii);
    if (code == IDN2_MALLOC) {
        *why = "out of memory";
        return -ENOMEM;
    }
    if (!good)
        *why = code == IDN2_ENCODING_ERROR
                   ? "URL with a host that is not UTF-8"
                   : "URL with a host that has no ASCII form (IDNA)";
    return good ? 0 : -EINVAL;
}
