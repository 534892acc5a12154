/*
 * Bodies with a Content-Encoding of a hostile server. The first byte chooses
 * the coding, the second how the rest is cut and how much room there is at a
 * time: what comes out does not depend on that.
 */
#include "fuzz/check.h"
#include "util/buf.h"
#include "util/decoder.h"

#include <uv.h>

enum {
    OUT_SIZE = 16 * 1024,
    OUT_MAX = 1024 * 1024, /* a bomb is left there */
};

static const char *const codings[] = {"gzip", "deflate", "br", "zstd"};

struct decoded {
    struct hl_buf text;
    int code;
    bool ended;
    bool is_bomb;
};

/* Decodes all of a piece. @return as hl_decoder_run(). */
static int decode(struct hl_decoder *decoder, struct hl_decoder_step *step,
                  struct decoded *out)
{
    int r;
    do {
        size_t before = step->in_size;
        const char *from = step->in;
        r = hl_decoder_run(decoder, step);
        check(step->in_size <= before, "nothing more is to go in");
        check(step->in == from + (before - step->in_size), "it is moved on");
        check(step->made <= step->out_size, "there was room");
        check(r == 0 || r == UV_EPROTO, "damaged or not");
        check(r < 0 || step->made > 0 || before == 0 || step->in_size < before,
              "it goes on");
        hl_buf_add(&out->text, step->out, step->made);
        out->is_bomb = out->text.used > OUT_MAX;
    } while (r == 0 && !out->is_bomb && (step->in_size > 0 || step->made > 0));
    return r;
}

/* cut: the size of the pieces; 0: it is one. */
static void decode_all(struct decoded *out, const char *coding,
                       const uint8_t *data, size_t size, size_t cut,
                       size_t room)
{
    char buffer[OUT_SIZE];
    struct hl_decoder *decoder;
    *out = (struct decoded){.code = 0};
    check(hl_decoder_new(&decoder, coding) == 0, "there is such a coding");
    check(hl_decoder_has_ended(decoder), "no bytes are whole");
    for (size_t at = 0; at < size && out->code == 0 && !out->is_bomb;) {
        size_t piece = cut > 0 && cut < size - at ? cut : size - at;
        /* Of its own size, so that a read past its end shows. */
        char *copy = malloc(piece);
        check(copy != NULL, "there is memory");
        memcpy(copy, data + at, piece);
        struct hl_decoder_step step = {
            .in = copy, .in_size = piece, .out = buffer, .out_size = room};
        out->code = decode(decoder, &step, out);
        free(copy);
        at += piece;
    }
    out->ended = hl_decoder_has_ended(decoder);
    check(!out->text.failed, "there is memory");
    hl_decoder_free(decoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct decoded whole;
    struct decoded pieces;
    if (size < 2)
        return 0;
    const char *coding = codings[data[0] % 4];
    size_t cut = 1 + data[1] % 16;
    size_t room = data[1] < 128 ? OUT_SIZE : 1 + data[1] % 64;
    decode_all(&whole, coding, data + 2, size - 2, 0, OUT_SIZE);
    decode_all(&pieces, coding, data + 2, size - 2, cut, room);
    /* Damage behind a bomb may be seen before the bomb comes out. */
    check(whole.is_bomb == pieces.is_bomb || whole.code < 0 || pieces.code < 0,
          "a bomb is one in pieces too");
    if (!whole.is_bomb && !pieces.is_bomb) {
        check(whole.code == pieces.code, "damaged in pieces too");
        check(whole.code < 0 || whole.ended == pieces.ended, "it ends alike");
        check(whole.code < 0 || (whole.text.used == pieces.text.used &&
                                 (whole.text.used == 0 ||
                                  memcmp(whole.text.data, pieces.text.data,
                                         whole.text.used) == 0)),
              "the same comes out");
    }
    hl_buf_release(&whole.text);
    hl_buf_release(&pieces.text);
    return 0;
}
