/*
 * Checksums as text. The number of digits shows which algorithm made a digest,
 * so most of the program passes on only the digits. Any thread.
 */
#ifndef HL_UTIL_CHECKSUM_H
#define HL_UTIL_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>

/* SHA-256 comes last: see hl_digests_sha256(). */
enum hl_algorithm { HL_MD5, HL_SHA1, HL_SHA512, HL_SHA256, HL_ALGORITHMS };

enum {
    HL_DIGEST_SIZE = 128 + 1,                 /* the longest, and a NUL */
    HL_DIGESTS_SIZE = 32 + 40 + 128 + 64 + 4, /* one of each, with commas */
    HL_CHECKSUM_SIZE = HL_DIGEST_SIZE + 8,    /* "sha512=" before it */
};

struct hl_checksum {
    enum hl_algorithm algorithm;
    char digits[HL_DIGEST_SIZE]; /* hexadecimal, in lower case */
};

/* Reads "ALGORITHM=HEX" or "ALGORITHM:HEX", in any case. @return NULL, or a
 * static reason why text is no checksum. */
const char *hl_checksum_parse(struct hl_checksum *out, const char *text);
/* Reads the first length bytes of digits; the length shows the algorithm.
 * @return as hl_checksum_parse(). */
const char *hl_checksum_parse_digits(struct hl_checksum *out,
                                     const char *digits, size_t length);
/* Reads the digits of a digest by that algorithm. @return false where text is
 * none. */
bool hl_checksum_read(struct hl_checksum *out, enum hl_algorithm algorithm,
                      const char *text);
/* Finds the algorithm that the first length bytes of name stand for, as md5,
 * SHA256 or sha-256. @return HL_ALGORITHMS: no algorithm has that name. */
enum hl_algorithm hl_algorithm_named(const char *name, size_t length);
/* The algorithm whose digests have so many hexadecimal digits; HL_ALGORITHMS:
 * none has. */
enum hl_algorithm hl_algorithm_of_length(size_t length);
/* "sha256", the word before a '='; and "SHA-256", for people. Static. */
const char *hl_algorithm_word(enum hl_algorithm algorithm);
const char *hl_algorithm_title(enum hl_algorithm algorithm);
/* "sha256=HEX". */
void hl_checksum_text(char out[HL_CHECKSUM_SIZE],
                      const struct hl_checksum *checksum);

/* The functions below take the digests of one file as one text: the digits of
 * each, with commas between them. NULL: there are no digests. */
enum hl_digests_say { HL_DIGESTS_UNKNOWN, HL_DIGESTS_EQUAL, HL_DIGESTS_DIFFER };

/* Compares digits with the digest of the same algorithm in digests. Unknown:
 * digits is NULL, or digests has none of that algorithm. */
enum hl_digests_say hl_digests_compare(const char *digests, const char *digits);
/* Finds the digest of that algorithm, which ends with a comma or a NUL. NULL:
 * digests has none. */
const char *hl_digests_find(const char *digests, enum hl_algorithm algorithm);
/* Finds the SHA-256; NULL: there is none. It is always last, so it ends with a
 * NUL. */
const char *hl_digests_sha256(const char *digests);

#endif
