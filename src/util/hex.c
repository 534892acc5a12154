#include "util/hex.h"

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

void hl_hex_put_number(char *out, int count, uint64_t number)
{
    for (char *at = out + count; at > out; number >>= 8) {
        *--at = digits[number & 15];
        *--at = digits[number >> 4 & 15];
    }
}
