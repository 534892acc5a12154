/*
 * Decodes a body that has a Content-Encoding: gzip, deflate, br or zstd. A
 * decoder tells whether the encoded data has come to its end, which is what
 * proves that a body is whole. One thread at a time.
 */
#ifndef HL_UTIL_DECODER_H
#define HL_UTIL_DECODER_H

#include <stdbool.h>
#include <stddef.h>

/* The codings that decoders are there for, as Accept-Encoding lists them. */
#define HL_DECODER_CODINGS "gzip, deflate, br, zstd"

struct hl_decoder;

/*
 * Makes a decoder for the value of a Content-Encoding, which may list identity
 * beside one coding.
 * @return 0; UV_EINVAL: several codings, or one that is not known; UV_ENOMEM.
 */
int hl_decoder_new(struct hl_decoder **out, const char *content_encoding);
/* NULL is fine. */
void hl_decoder_free(struct hl_decoder *decoder);

/* Encoded bytes that go in, and decoded ones that come out. */
struct hl_decoder_step {
    const char *in; /* is moved on */
    size_t in_size; /* what is left of it */
    char *out;
    size_t out_size; /* room */
    size_t made;     /* set: bytes that were written to out */
};

/* Decodes as much as there is room for. To be called until nothing is left to
 * go in and nothing more comes out. @return 0; UV_EPROTO: the data is damaged,
 * or goes on behind its end; UV_ENOMEM. */
int hl_decoder_run(struct hl_decoder *decoder, struct hl_decoder_step *step);
/* Has the encoded data come to its end? Data of no bytes has. */
bool hl_decoder_has_ended(const struct hl_decoder *decoder);

#endif
