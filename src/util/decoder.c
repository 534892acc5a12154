/* Lets zlib read bytes that are const. */
#define ZLIB_CONST
#include "util/decoder.h"

#include <brotli/decode.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <uv.h>
#include <zlib.h>
#include <zstd.h>

enum {
    GZIP = 16 + MAX_WBITS, /* of inflateInit2(): gzip alone */
    RAW = -MAX_WBITS,      /* deflate without the head and end of zlib */
    HEAD = 2,              /* bytes that tell zlib's deflate from a raw one */
    MAGIC = 4,             /* bytes that a frame of zstd begins with */
    ZSTD_WINDOW_LOG = 23,  /* RFC 9659: 8 MB for a Content-Encoding */
};

struct coding {
    const char *name;
    int (*begin)(struct hl_decoder *decoder);
    int (*run)(struct hl_decoder *decoder, struct hl_decoder_step *step);
    void (*end)(struct hl_decoder *decoder);
};

struct hl_decoder {
    const struct coding *coding;
    bool at_end; /* the data may end here */
    bool begun;  /* of zlib: its stream has been made */
    unsigned char head[HEAD];
    size_t head_size;
    unsigned char magic[MAGIC]; /* of the frame under way */
    size_t magic_size;          /* how much of it has come */
    z_stream zlib;
    BrotliDecoderState *brotli;
    ZSTD_DStream *zstd;
};

static uInt at_most_uint(size_t size)
{
    return size < UINT_MAX ? (uInt)size : UINT_MAX;
}

static int begin_zlib(struct hl_decoder *decoder, int bits)
{
    decoder->begun = inflateInit2(&decoder->zlib, bits) == Z_OK;
    return decoder->begun ? 0 : UV_ENOMEM;
}

static void end_zlib(struct hl_decoder *decoder)
{
    if (decoder->begun)
        inflateEnd(&decoder->zlib);
}

static int code_of_zlib(int code)
{
    switch (code) {
    case Z_OK:
    case Z_BUF_ERROR: /* it can do nothing without more input, or room */
    case Z_STREAM_END:
        return 0;
    case Z_MEM_ERROR:
        return UV_ENOMEM;
    default:
        return UV_EPROTO;
    }
}

static int inflate_step(struct hl_decoder *decoder,
                        struct hl_decoder_step *step)
{
    z_stream *zlib = &decoder->zlib;
    uInt in = at_most_uint(step->in_size);
    uInt out = at_most_uint(step->out_size - step->made);
    zlib->next_in = (const Bytef *)step->in;
    zlib->avail_in = in;
    zlib->next_out = (Bytef *)step->out + step->made;
    zlib->avail_out = out;
    int code = inflate(zlib, Z_NO_FLUSH);
    step->in += in - zlib->avail_in;
    step->in_size -= in - zlib->avail_in;
    step->made += out - zlib->avail_out;
    decoder->at_end = code == Z_STREAM_END;
    return code_of_zlib(code);
}

static int begin_gzip(struct hl_decoder *decoder)
{
    return begin_zlib(decoder, GZIP);
}

/* Behind the end another gzip file may begin (RFC 1952, 2.2). */
static int run_gzip(struct hl_decoder *decoder, struct hl_decoder_step *step)
{
    if (decoder->at_end && step->in_size > 0 && step->made < step->out_size &&
        inflateReset(&decoder->zlib) != Z_OK)
        return UV_EPROTO;
    return step->in_size > 0 || !decoder->at_end ? inflate_step(decoder, step)
                                                 : 0;
}

static int begin_deflate(struct hl_decoder *decoder)
{
    (void)decoder; /* begins with its first bytes */
    return 0;
}

/* By RFC 9110 deflate has zlib's head. Some servers leave the head out. */
static bool is_zlib_head(const unsigned char head[HEAD])
{
    return (head[0] & 0x0f) == Z_DEFLATED && (head[0] >> 4) <= 7 &&
           (head[0] * 256 + head[1]) % 31 == 0;
}

static int begin_with_head(struct hl_decoder *decoder,
                           struct hl_decoder_step *step)
{
    while (decoder->head_size < HEAD && step->in_size > 0) {
        decoder->head[decoder->head_size++] = (unsigned char)*step->in++;
        step->in_size--;
    }
    decoder->at_end = false;
    if (decoder->head_size < HEAD)
        return 0;
    int r = begin_zlib(decoder, is_zlib_head(decoder->head) ? MAX_WBITS : RAW);
    struct hl_decoder_step first = {
        .in = (const char *)decoder->head,
        .in_size = HEAD,
        .out = step->out,
        .out_size = step->out_size,
    };
    if (r == 0)
        r = inflate_step(decoder, &first);
    step->made = first.made;
    return r == 0 && first.in_size > 0 ? UV_EPROTO : r;
}

static int run_deflate(struct hl_decoder *decoder, struct hl_decoder_step *step)
{
    if (decoder->begun && decoder->at_end)
        return step->in_size > 0 ? UV_EPROTO : 0;
    if (decoder->begun)
        return inflate_step(decoder, step);
    return step->in_size > 0 ? begin_with_head(decoder, step) : 0;
}

static int begin_brotli(struct hl_decoder *decoder)
{
    decoder->brotli = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    return decoder->brotli != NULL ? 0 : UV_ENOMEM;
}

static void end_brotli(struct hl_decoder *decoder)
{
    if (decoder->brotli != NULL)
        BrotliDecoderDestroyInstance(decoder->brotli);
}

static int run_brotli(struct hl_decoder *decoder, struct hl_decoder_step *step)
{
    const uint8_t *in = (const uint8_t *)step->in;
    uint8_t *out = (uint8_t *)step->out;
    size_t room = step->out_size;
    if (BrotliDecoderIsFinished(decoder->brotli))
        return step->in_size > 0 ? UV_EPROTO : 0;
    BrotliDecoderResult result = BrotliDecoderDecompressStream(
        decoder->brotli, &step->in_size, &in, &room, &out, NULL);
    step->in = (const char *)in;
    step->made = step->out_size - room;
    decoder->at_end = BrotliDecoderIsFinished(decoder->brotli);
    return result == BROTLI_DECODER_RESULT_ERROR ? UV_EPROTO : 0;
}

static int begin_zstd(struct hl_decoder *decoder)
{
    decoder->zstd = ZSTD_createDStream();
    if (decoder->zstd == NULL)
        return UV_ENOMEM;
    (void)ZSTD_DCtx_setParameter(decoder->zstd, ZSTD_d_windowLogMax,
                                 ZSTD_WINDOW_LOG);
    return 0;
}

static void end_zstd(struct hl_decoder *decoder)
{
    ZSTD_freeDStream(decoder->zstd);
}

/* Is this the beginning of a frame, or of one to be skipped, by RFC 8878? */
static bool is_zstd(const unsigned char *magic, size_t size)
{
    static const unsigned char frame[MAGIC] = {0x28, 0xb5, 0x2f, 0xfd};
    static const unsigned char skipped[MAGIC] = {0x50, 0x2a, 0x4d, 0x18};
    return memcmp(magic, frame, size) == 0 ||
           ((magic[0] & 0xf0) == skipped[0] &&
            memcmp(magic + 1, skipped + 1, size - 1) == 0);
}

/* libzstd may take the formats that came before the RFC too. It finds damage in
 * these only where they come in one piece. */
static bool check_magic(struct hl_decoder *decoder,
                        const struct hl_decoder_step *step)
{
    unsigned char *magic = decoder->magic;
    size_t size = decoder->magic_size;
    for (size_t i = 0; size < MAGIC && i < step->in_size; i++)
        magic[size++] = (unsigned char)step->in[i];
    return size == 0 || is_zstd(magic, size);
}

static void count_magic(struct hl_decoder *decoder, size_t taken)
{
    size_t missing = MAGIC - decoder->magic_size;
    decoder->magic_size += taken < missing ? taken : missing;
    if (decoder->at_end)
        decoder->magic_size = 0;
}

/* Behind the end of a frame another may begin. */
static int run_zstd(struct hl_decoder *decoder, struct hl_decoder_step *step)
{
    ZSTD_inBuffer in = {step->in, step->in_size, 0};
    ZSTD_outBuffer out = {step->out, step->out_size, 0};
    if (in.size == 0 && decoder->at_end)
        return 0;
    if (!check_magic(decoder, step))
        return UV_EPROTO;
    size_t left = ZSTD_decompressStream(decoder->zstd, &out, &in);
    step->in += in.pos;
    step->in_size -= in.pos;
    step->made = out.pos;
    decoder->at_end = left == 0;
    count_magic(decoder, in.pos);
    return ZSTD_isError(left) ? UV_EPROTO : 0;
}

static const struct coding codings[] = {
    {"gzip", begin_gzip, run_gzip, end_zlib},
    {"x-gzip", begin_gzip, run_gzip, end_zlib},
    {"deflate", begin_deflate, run_deflate, end_zlib},
    {"br", begin_brotli, run_brotli, end_brotli},
    {"zstd", begin_zstd, run_zstd, end_zstd},
};

static const struct coding *find_coding(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof(codings) / sizeof(*codings); i++)
        if (strlen(codings[i].name) == length &&
            strncasecmp(codings[i].name, name, length) == 0)
            return &codings[i];
    return NULL;
}

static bool is_identity(const char *name, size_t length)
{
    return length == strlen("identity") &&
           strncasecmp(name, "identity", length) == 0;
}

/* @return NULL: there is not just one coding, or it is not known. */
static const struct coding *only_coding(const char *list)
{
    const struct coding *only = NULL;
    for (; *list != '\0';) {
        list += strspn(list, ", \t");
        size_t length = strcspn(list, ", \t");
        bool counts = length > 0 && !is_identity(list, length);
        if (counts && only != NULL)
            return NULL;
        if (counts)
            only = find_coding(list, length);
        if (counts && only == NULL)
            return NULL;
        list += length;
    }
    return only;
}

int hl_decoder_new(struct hl_decoder **out, const char *content_encoding)
{
    const struct coding *coding = only_coding(content_encoding);
    *out = NULL;
    if (coding == NULL)
        return UV_EINVAL;
    struct hl_decoder *decoder = calloc(1, sizeof(*decoder));
    if (decoder == NULL)
        return UV_ENOMEM;
    decoder->coding = coding;
    decoder->at_end = true;
    int r = coding->begin(decoder);
    if (r < 0) {
        hl_decoder_free(decoder);
        return r;
    }
    *out = decoder;
    return 0;
}

void hl_decoder_free(struct hl_decoder *decoder)
{
    if (decoder == NULL)
        return;
    decoder->coding->end(decoder);
    free(decoder);
}

int hl_decoder_run(struct hl_decoder *decoder, struct hl_decoder_step *step)
{
    step->made = 0;
    return decoder->coding->run(decoder, step);
}

bool hl_decoder_has_ended(const struct hl_decoder *decoder)
{
    return decoder->at_end;
}
