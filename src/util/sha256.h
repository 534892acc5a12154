/* SHA-256 of files and streams, as 64 hexadecimal digits. */
#ifndef HL_UTIL_SHA256_H
#define HL_UTIL_SHA256_H

#include <stddef.h>

enum { HL_SHA256_HEX_SIZE = 65 };

/* One stream. Owned by whoever hashes; one thread at a time. */
struct hl_sha256;

/* @return 0 or UV_ENOMEM. */
int hl_sha256_new(struct hl_sha256 **out);
/* NULL is fine. */
void hl_sha256_free(struct hl_sha256 *hash);
/* Begins a stream, whatever came before. @return 0 or UV_ENOMEM: then nothing
 * may be added. */
int hl_sha256_begin(struct hl_sha256 *hash);
void hl_sha256_add(struct hl_sha256 *hash, const void *data, size_t size);
/* Ends the stream. */
void hl_sha256_end(struct hl_sha256 *hash, char out[HL_SHA256_HEX_SIZE]);
/* The whole file that fd is open on, from its beginning; blocks. @return 0 or
 * a libuv code. */
int hl_sha256_file(int fd, char out[HL_SHA256_HEX_SIZE]);

#endif
