#include "util/hex.h"

int hl_hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
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
    for (int i = count - 1; i >= 0; i--, number >>= 4)
        out[i] = digits[number & 15];
}
