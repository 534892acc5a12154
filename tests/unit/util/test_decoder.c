/* Bodies with a Content-Encoding: whole, in pieces, cut short and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include <cmocka.h>

#include "util/decoder.h"

#define TEXT "to be stored, to be stored, to be stored"
enum { TEXT_SIZE = sizeof(TEXT) - 1, MOST = 256 };

struct sample {
    const char *coding;
    size_t size;
    unsigned char bytes[64];
};

/* TEXT, as gzip(1), Python's zlib, brotli(1) and zstd(1) encode it. */
static const struct sample samples[] = {
    {"gzip", 37, {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03,
                  0x2b, 0xc9, 0x57, 0x48, 0x4a, 0x55, 0x28, 0x2e, 0xc9, 0x2f,
                  0x4a, 0x4d, 0xd1, 0x51, 0x28, 0xc1, 0xc9, 0x03, 0x00, 0xc6,
                  0x28, 0xd5, 0x30, 0x28, 0x00, 0x00, 0x00}},
    {"deflate", 25, {0x78, 0x9c, 0x2b, 0xc9, 0x57, 0x48, 0x4a, 0x55, 0x28,
                     0x2e, 0xc9, 0x2f, 0x4a, 0x4d, 0xd1, 0x51, 0x28, 0xc1,
                     0xc9, 0x03, 0x00, 0x1d, 0x0c, 0x0e, 0x0a}},
    {"deflate",
     19,
     {0x2b, 0xc9, 0x57, 0x48, 0x4a, 0x55, 0x28, 0x2e, 0xc9, 0x2f, 0x4a, 0x4d,
      0xd1, 0x51, 0x28, 0xc1, 0xc9, 0x03, 0x00}},
    {"br", 20, {0x1b, 0x27, 0x00, 0x00, 0xa4, 0x40, 0x58, 0xf2, 0x11, 0x60,
                0xa8, 0xc9, 0x07, 0x5d, 0xfb, 0x8a, 0x48, 0x7f, 0x7e, 0x06}},
    {"zstd", 33, {0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0xa5, 0x00, 0x00,
                  0x70, 0x74, 0x6f, 0x20, 0x62, 0x65, 0x20, 0x73, 0x74,
                  0x6f, 0x72, 0x65, 0x64, 0x2c, 0x20, 0x01, 0x00, 0x61,
                  0x4f, 0x25, 0x52, 0xeb, 0x6a, 0x95}},
};

/* Decodes in pieces of in_size bytes, with room for out_size at a time. @return
 * the code; *made is the size of what came out. */
static int decode(struct hl_decoder *decoder, const unsigned char *bytes,
                  size_t size, size_t in_size, size_t out_size, char out[MOST],
                  size_t *made)
{
    int r = 0;
    *made = 0;
    while (r == 0 && size > 0) {
        size_t piece = in_size < size ? in_size : size;
        struct hl_decoder_step step = {.in = (const char *)bytes,
                                       .in_size = piece};
        bytes += piece;
        size -= piece;
        do {
            step.out = out + *made;
            step.out_size = out_size;
            r = hl_decoder_run(decoder, &step);
            *made += step.made;
            assert_true(*made + out_size <= MOST);
        } while (r == 0 && (step.in_size > 0 || step.made > 0));
    }
    return r;
}

static int decode_all(const struct sample *sample, size_t size, bool *ended,
                      char out[MOST], size_t *made)
{
    struct hl_decoder *decoder;
    assert_int_equal(hl_decoder_new(&decoder, sample->coding), 0);
    int r = decode(decoder, sample->bytes, size, size, 64, out, made);
    *ended = hl_decoder_has_ended(decoder);
    hl_decoder_free(decoder);
    return r;
}

static void pieces_of_any_size_make_the_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
        const struct sample *sample = &samples[i];
        for (size_t in = 1; in <= sample->size; in++) {
            for (size_t out = 1; out <= 64; out *= 4) {
                struct hl_decoder *decoder;
                char text[MOST];
                size_t made;
                assert_int_equal(hl_decoder_new(&decoder, sample->coding), 0);
                assert_int_equal(decode(decoder, sample->bytes, sample->size,
                                        in, out, text, &made),
                                 0);
                assert_true(hl_decoder_has_ended(decoder));
                assert_int_equal(made, TEXT_SIZE);
                assert_memory_equal(text, TEXT, TEXT_SIZE);
                hl_decoder_free(decoder);
            }
        }
    }
}

static void data_that_is_cut_has_no_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
        for (size_t size = 1; size < samples[i].size; size++) {
            char text[MOST];
            size_t made;
            bool ended;
            assert_int_equal(decode_all(&samples[i], size, &ended, text, &made),
                             0);
            assert_false(ended);
        }
    }
}

/* A bit that is wrong changes no text unseen where the coding has a checksum,
 * as gzip's does. Some bits have no meaning. */
static void damage_is_seen(void **state)
{
    (void)state;
    for (size_t at = 10; at < samples[0].size; at++) {
        struct sample damaged = samples[0];
        char text[MOST];
        size_t made;
        bool ended;
        damaged.bytes[at] ^= 0x40;
        int r = decode_all(&damaged, damaged.size, &ended, text, &made);
        assert_true(r == UV_EPROTO || !ended ||
                    (made == TEXT_SIZE && memcmp(text, TEXT, made) == 0));
    }
}

static void nothing_may_follow_the_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
        struct sample longer = samples[i];
        char text[MOST];
        size_t made;
        bool ended;
        longer.bytes[longer.size++] = 'x';
        int r = decode_all(&longer, longer.size, &ended, text, &made);
        assert_true(r == UV_EPROTO || !ended);
    }
}

static void files_of_gzip_and_frames_of_zstd_may_follow_each_other(void **state)
{
    static const char *const codings[] = {"gzip", "zstd"};
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
        const struct sample *one = &samples[i];
        if (strcmp(one->coding, codings[0]) != 0 &&
            strcmp(one->coding, codings[1]) != 0)
            continue;
        struct hl_decoder *decoder;
        unsigned char two[128];
        char text[MOST];
        size_t made;
        memcpy(two, one->bytes, one->size);
        memcpy(two + one->size, one->bytes, one->size);
        assert_int_equal(hl_decoder_new(&decoder, one->coding), 0);
        assert_int_equal(
            decode(decoder, two, 2 * one->size, 7, 64, text, &made), 0);
        assert_true(hl_decoder_has_ended(decoder));
        assert_int_equal(made, 2 * TEXT_SIZE);
        assert_memory_equal(text, TEXT TEXT, (size_t)2 * TEXT_SIZE);
        hl_decoder_free(decoder);
    }
}

/* A frame of zstd 0.5 is damaged from its first byte on, in pieces too. */
static void formats_before_zstd_s_standard_are_damage(void **state)
{
    static const unsigned char old[] = {0x25, 0xb5, 0x2f, 0xfd, 0x00, 0x68};
    (void)state;
    for (size_t in = 1; in <= sizeof(old); in++) {
        struct hl_decoder *decoder;
        char text[MOST];
        size_t made;
        assert_int_equal(hl_decoder_new(&decoder, "zstd"), 0);
        assert_int_equal(decode(decoder, old, sizeof(old), in, 64, text, &made),
                         UV_EPROTO);
        hl_decoder_free(decoder);
    }
}

static void frames_of_zstd_may_be_skipped(void **state)
{
    static const unsigned char skipped[] = {0x5f, 0x2a, 0x4d, 0x18, 2,
                                            0,    0,    0,    'h',  'i'};
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
        const struct sample *one = &samples[i];
        struct hl_decoder *decoder;
        unsigned char two[128];
        char text[MOST];
        size_t made;
        if (strcmp(one->coding, "zstd") != 0)
            continue;
        memcpy(two, skipped, sizeof(skipped));
        memcpy(two + sizeof(skipped), one->bytes, one->size);
        assert_int_equal(hl_decoder_new(&decoder, one->coding), 0);
        assert_int_equal(decode(decoder, two, sizeof(skipped) + one->size, 3,
                                64, text, &made),
                         0);
        assert_int_equal(made, TEXT_SIZE);
        hl_decoder_free(decoder);
    }
}

static void one_known_coding_is_taken(void **state)
{
    static const char *const good[] = {
        "gzip",           "GZIP",    "x-gzip",   "br, ",
        "identity, zstd", "deflate", "gzip ,\t", NULL};
    static const char *const bad[] = {"gzip, br", "compress", "gzip;q=1", "gzi",
                                      "identity", "",         "?",        NULL};
    struct hl_decoder *decoder;
    (void)state;
    for (int i = 0; good[i] != NULL; i++) {
        assert_int_equal(hl_decoder_new(&decoder, good[i]), 0);
        assert_true(hl_decoder_has_ended(decoder));
        hl_decoder_free(decoder);
    }
    for (int i = 0; bad[i] != NULL; i++) {
        assert_int_equal(hl_decoder_new(&decoder, bad[i]), UV_EINVAL);
        assert_null(decoder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_of_any_size_make_the_text),
        cmocka_unit_test(data_that_is_cut_has_no_end),
        cmocka_unit_test(damage_is_seen),
        cmocka_unit_test(nothing_may_follow_the_end),
        cmocka_unit_test(
            files_of_gzip_and_frames_of_zstd_may_follow_each_other),
        cmocka_unit_test(formats_before_zstd_s_standard_are_damage),
        cmocka_unit_test(frames_of_zstd_may_be_skipped),
        cmocka_unit_test(one_known_coding_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
