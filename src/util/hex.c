#include "util/hex.h"

#include <endian.h>
#include <string.h>

#define EACH_BYTE UINT64_C(0x0101010101010101)

int hl_hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int hl_hex_byte(const char *text)
{
    int high = hl_hex_value(text[0]);
    int low = high >= 0 ? hl_hex_value(text[1]) : -1;
    return low >= 0 ? high * 16 + low : -1;
}

static const char digits[] = "0123456789abcdef";

char *hl_hex_put(char *out, const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    return out;
}

static void put_bytes(char *out, uint64_t bytes)
{
    memcpy(out, &bytes, sizeof(bytes));
}

/* All eight at once: the journal has a hundred digits for each file. */
static void put_eight(char *out, uint32_t number)
{
    uint64_t each = number; /* becomes a byte for each digit */
    each = (each | each << 16) & UINT64_C(0x0000ffff0000ffff);
    each = (each | each << 8) & UINT64_C(0x00ff00ff00ff00ff);
    each = (each | each << 4) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    uint64_t letters = (each + EACH_BYTE * 6) >> 4 & EACH_BYTE; /* 10 to 15 */
    put_bytes(out,
              htobe64(each + EACH_BYTE * '0' + letters * ('a' - '0' - 10)));
}

void hl_hex_put_number(char *out, int count, uint64_t number)
{
    for (; count >= 8; count -= 8, number >>= 32)
        put_eight(out + count - 8, (uint32_t)number);
    for (; count > 0; number >>= 4)
        out[--count] = digits[number & 15];
}
