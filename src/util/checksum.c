#include "util/checksum.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "util/hex.h"

static const struct {
    const char *word;
    const char *title;
    size_t digits;
    const char *why; /* the reason where their number is wrong */
} algorithms[HL_ALGORITHMS] = {
    [HL_MD5] = {"md5", "MD5", 32, "an md5 checksum has 32 hexadecimal digits"},
    [HL_SHA1] = {"sha1", "SHA-1", 40,
                 "a sha1 checksum has 40 hexadecimal digits"},
    [HL_SHA512] = {"sha512", "SHA-512", 128,
                   "a sha512 checksum has 128 hexadecimal digits"},
    [HL_SHA256] = {"sha256", "SHA-256", 64,
                   "a sha256 checksum has 64 hexadecimal digits"},
};

/* What aria2 and openssl dgst call the algorithms. */
static const struct {
    const char *name;
    enum hl_algorithm algorithm;
} aliases[] = {
    {"sha-1", HL_SHA1},      {"sha-256", HL_SHA256},  {"sha-512", HL_SHA512},
    {"sha2-256", HL_SHA256}, {"sha2-512", HL_SHA512},
};

static const char no_checksum[] =
    "a checksum must be ALGO=HEX, with md5, sha1, sha256 or sha512";

static bool is_named(const char *name, size_t length, const char *word)
{
    return strlen(word) == length && strncasecmp(name, word, length) == 0;
}

enum hl_algorithm hl_algorithm_named(const char *name, size_t length)
{
    for (int i = 0; i < HL_ALGORITHMS; i++)
        if (is_named(name, length, algorithms[i].word))
            return (enum hl_algorithm)i;
    for (size_t i = 0; i < sizeof(aliases) / sizeof(*aliases); i++)
        if (is_named(name, length, aliases[i].name))
            return aliases[i].algorithm;
    return HL_ALGORITHMS;
}

enum hl_algorithm hl_algorithm_of_length(size_t length)
{
    int i = 0;
    while (i < HL_ALGORITHMS && algorithms[i].digits != length)
        i++;
    return (enum hl_algorithm)i;
}

const char *hl_algorithm_word(enum hl_algorithm algorithm)
{
    return algorithms[algorithm].word;
}

const char *hl_algorithm_title(enum hl_algorithm algorithm)
{
    return algorithms[algorithm].title;
}

static bool copy_digits(char *out, const char *digits, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (hl_hex_value(digits[i]) < 0)
            return false;
        out[i] = (char)tolower((unsigned char)digits[i]);
    }
    out[length] = '\0';
    return true;
}

const char *hl_checksum_parse_digits(struct hl_checksum *out,
                                     const char *digits, size_t length)
{
    out->algorithm = hl_algorithm_of_length(length);
    if (out->algorithm == HL_ALGORITHMS ||
        !copy_digits(out->digits, digits, length))
        return "a checksum has 32, 40, 64 or 128 hexadecimal digits";
    return NULL;
}

bool hl_checksum_read(struct hl_checksum *out, enum hl_algorithm algorithm,
                      const char *text)
{
    size_t length = strlen(text);
    return length == algorithms[algorithm].digits &&
           hl_checksum_parse_digits(out, text, length) == NULL;
}

const char *hl_checksum_parse(struct hl_checksum *out, const char *text)
{
    size_t length = strcspn(text, "=:");
    enum hl_algorithm algorithm = hl_algorithm_named(text, length);
    if (algorithm == HL_ALGORITHMS || text[length] == '\0')
        return no_checksum;
    return hl_checksum_read(out, algorithm, text + length + 1)
               ? NULL
               : algorithms[algorithm].why;
}

void hl_checksum_text(char out[HL_CHECKSUM_SIZE],
                      const struct hl_checksum *checksum)
{
    snprintf(out, HL_CHECKSUM_SIZE, "%s=%s",
             hl_algorithm_word(checksum->algorithm), checksum->digits);
}

const char *hl_digests_find(const char *digests, enum hl_algorithm algorithm)
{
    while (digests != NULL && *digests != '\0') {
        size_t length = strcspn(digests, ",");
        if (length == algorithms[algorithm].digits)
            return digests;
        digests += length + (digests[length] == ',');
    }
    return NULL;
}

enum hl_digests_say hl_digests_compare(const char *digests, const char *digits)
{
    if (digits == NULL)
        return HL_DIGESTS_UNKNOWN;
    size_t length = strlen(digits);
    enum hl_algorithm algorithm = hl_algorithm_of_length(length);
    const char *found =
        algorithm != HL_ALGORITHMS ? hl_digests_find(digests, algorithm) : NULL;
    if (found == NULL)
        return HL_DIGESTS_UNKNOWN;
    return strncasecmp(found, digits, length) == 0 ? HL_DIGESTS_EQUAL
                                                   : HL_DIGESTS_DIFFER;
}

const char *hl_digests_sha256(const char *digests)
{
    const char *comma = digests != NULL ? strrchr(digests, ',') : NULL;
    const char *last = comma != NULL ? comma + 1 : digests;
    bool is_one = last != NULL && strlen(last) == algorithms[HL_SHA256].digits;
    return is_one ? last : NULL;
}
