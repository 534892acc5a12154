#include "util/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#define EACH_BYTE UINT64_C(0x0101010101010101)

enum { ESCAPE_SIZE = sizeof("\\u202e") };

/* The length of the character at text; 0: it is no UTF-8. */
static size_t decode(const char *text, uint32_t *point)
{
    utf8proc_int32_t found = 0;
    utf8proc_ssize_t length =
        utf8proc_iterate((const utf8proc_uint8_t *)text, -1, &found);
    *point = length > 0 ? (uint32_t)found : 0;
    return length > 0 ? (size_t)length : 0;
}

size_t hl_text_utf8_length(const char *text)
{
    uint32_t point;
    return decode(text, &point);
}

/* Does the character move the cursor, end a line, or change the direction of
 * text? */
static bool steers(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x61c ||
           point == 0x200e || point == 0x200f ||
           (point >= 0x2028 && point <= 0x202e) ||
           (point >= 0x2066 && point <= 0x2069);
}

size_t hl_text_shown_length(const char *text)
{
    uint32_t point = 0;
    size_t length = decode(text, &point);
    return length > 0 && !steers(point) ? length : 0;
}

uint32_t hl_text_point(const char *text)
{
    uint32_t point = 0;
    decode(text, &point);
    return point;
}

/* Writes the escape of the byte or character at text, which must not be shown.
 * @return how many bytes of text that was. */
static size_t escape(char out[ESCAPE_SIZE], const char *text)
{
    size_t length = hl_text_utf8_length(text);
    if (length > 1)
        snprintf(out, ESCAPE_SIZE, "\\u%04x",
                 (unsigned)hl_text_point(text) & 0xffff);
    else
        snprintf(out, ESCAPE_SIZE, "\\x%02x", (unsigned char)text[0]);
    return length > 0 ? length : 1;
}

void hl_text_printable(char *out, size_t size, const char *text)
{
    char escaped[ESCAPE_SIZE];
    size_t used = 0;
    while (*text != '\0') {
        const char *shown = text;
        size_t length = hl_text_shown_length(text);
        size_t taken = length > 0 ? length : escape(escaped, text);
        if (length == 0) {
            shown = escaped;
            length = strlen(escaped);
        }
        if (used + length >= size)
            break;
        memcpy(out + used, shown, length);
        used += length;
        text += taken;
    }
    if (size > 0)
        out[used] = '\0';
}

static const char pairs[] =
    "00010203040506070809101112131415161718192021222324"
    "25262728293031323334353637383940414243444546474849"
    "50515253545556575859606162636465666768697071727374"
    "75767778798081828384858687888990919293949596979899";

char *hl_text_digits(char *end, uint64_t number)
{
    while (number >= 100) {
        end -= 2;
        memcpy(end, pairs + number % 100 * 2, 2);
        number /= 100;
    }
    if (number < 10) {
        *--end = (char)('0' + number);
        return end;
    }
    end -= 2;
    memcpy(end, pairs + number * 2, 2);
    return end;
}

char *hl_text_int(char *end, int64_t number)
{
    if (number >= 0)
        return hl_text_digits(end, (uint64_t)number);
    end = hl_text_digits(end, 0 - (uint64_t)number);
    *--end = '-';
    return end;
}

char *hl_text_thousandths(char *end, uint64_t number)
{
    unsigned rest = (unsigned)(number % 1000);
    *--end = (char)('0' + rest % 10);
    end -= 2;
    memcpy(end, pairs + rest / 10 * 2, 2);
    *--end = '.';
    return hl_text_digits(end, number / 1000);
}

void hl_text_count(char out[HL_TEXT_COUNT_SIZE], uint64_t count)
{
    char digits[HL_TEXT_NUMBER_MAX];
    const char *end = digits + sizeof(digits);
    const char *first = hl_text_digits(digits + sizeof(digits), count);
    size_t used = 0;
    for (const char *p = first; p < end; p++) {
        if (p > first && (end - p) % 3 == 0)
            out[used++] = ',';
        out[used++] = *p;
    }
    out[used] = '\0';
}

/* Sets the highest bit of each byte that is c. Bytes above the first such byte
 * may have it too, so the result only shows whether there is any. */
static uint64_t bytes_equal(uint64_t word, unsigned char c)
{
    uint64_t x = word ^ c * EACH_BYTE;
    return (x - EACH_BYTE) & ~x & 0x80 * EACH_BYTE;
}

size_t hl_text_plain_bytes(const char *text, size_t size)
{
    size_t n = 0;
    for (uint64_t word; size - n >= sizeof(word); n += sizeof(word)) {
        memcpy(&word, text + n, sizeof(word));
        uint64_t above = word | (word + EACH_BYTE); /* 0x7f and more */
        uint64_t control = (word - ' ' * EACH_BYTE) & ~word;
        if (((above | control) & 0x80 * EACH_BYTE) != 0 ||
            (bytes_equal(word, '"') | bytes_equal(word, '\\')) != 0)
            break;
    }
    return n;
}

bool hl_text_is_blank(const char *text)
{
    return text == NULL || text[strspn(text, " \t\r\n")] == '\0';
}

size_t hl_text_fitting(const char *text, size_t length, size_t most)
{
    if (length <= most)
        return length;
    while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
        most--;
    return most;
}
