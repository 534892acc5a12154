/* The origin's images: a strict reader takes them apart. */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "origin/png.h"

static const uint64_t some_hash = UINT64_C(0x123456789abcdef0);

/* What a PNG decodes to. */
struct image {
    uint32_t width;
    uint32_t height;
    uint8_t palette[6];
    uint8_t *rows; /* a filter byte and the points */
    size_t size;
};

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
           (uint32_t)at[2] << 8 | at[3];
}

/* Checks the chunk at *p, and steps behind it. @return its data. */
static const uint8_t *chunk(const uint8_t **p, const uint8_t *end,
                            const char *type, uint32_t *size)
{
    const uint8_t *at = *p;
    assert_true(end - at >= 12);
    *size = get32(at);
    assert_true(*size <= (size_t)(end - at) - 12);
    assert_memory_equal(at + 4, type, 4);
    assert_int_equal(get32(at + 8 + *size), crc32(0, at + 4, *size + 4));
    *p = at + 12 + *size;
    return at + 8;
}

static void read_header(struct image *image, const uint8_t *header)
{
    image->width = get32(header);
    image->height = get32(header + 4);
    assert_int_equal(header[8], 1);  /* bit a point */
    assert_int_equal(header[9], 3);  /* by palette */
    assert_int_equal(header[10], 0); /* deflate */
    assert_int_equal(header[11], 0); /* filters */
    assert_int_equal(header[12], 0); /* not interlaced */
}

static void inflate_rows(struct image *image, const uint8_t *data,
                         uint32_t size)
{
    size_t stride = 1 + ((size_t)image->width + 7) / 8;
    uLongf length = (uLongf)(stride * image->height);
    image->rows = malloc(length + 1);
    assert_non_null(image->rows);
    uLongf room = length + 1;
    assert_int_equal(uncompress(image->rows, &room, data, size), Z_OK);
    assert_int_equal(room, length);
    image->size = length;
    unsigned unused = (unsigned)((stride - 1) * 8 - image->width);
    for (size_t at = 0; at < length; at += stride) {
        assert_int_equal(image->rows[at], 0);
        /* Nothing is drawn past the edge. */
        assert_int_equal(image->rows[at + stride - 1] & ((1u << unused) - 1),
                         0);
    }
}

static struct image decode(const uint8_t *png, size_t size)
{
    static const uint8_t signature[8] = "\x89PNG\r\n\x1a\n";
    const uint8_t *end = png + size;
    const uint8_t *p = png + sizeof(signature);
    struct image image = {0};
    uint32_t length;
    assert_true(size > sizeof(signature));
    assert_memory_equal(png, signature, sizeof(signature));
    const uint8_t *data = chunk(&p, end, "IHDR", &length);
    assert_int_equal(length, 13);
    read_header(&image, data);
    data = chunk(&p, end, "PLTE", &length);
    assert_int_equal(length, sizeof(image.palette));
    memcpy(image.palette, data, length);
    data = chunk(&p, end, "IDAT", &length);
    inflate_rows(&image, data, length);
    chunk(&p, end, "IEND", &length);
    assert_int_equal(length, 0);
    assert_ptr_equal(p, end);
    return image;
}

static struct image make(uint32_t width, uint32_t height, uint64_t hash,
                         const char *number)
{
    size_t size = 0;
    uint8_t *png = hl_png_make(width, height, hash, number, &size);
    assert_non_null(png);
    struct image image = decode(png, size);
    free(png);
    assert_int_equal(image.width, width);
    assert_int_equal(image.height, height);
    return image;
}

static size_t points(const struct image *image)
{
    size_t count = 0;
    for (size_t i = 0; i < image->size; i++)
        for (unsigned byte = image->rows[i]; byte != 0; byte >>= 1)
            count += byte & 1;
    return count;
}

static void every_size_is_a_valid_image(void **state)
{
    static const uint32_t sizes[][2] = {
        {1, 1},       {1, 4096}, {4096, 1}, {7, 3},    {8, 8},    {9, 2},
        {65, 65},     {66, 66},  {67, 10},  {64, 600}, {600, 64}, {600, 400},
        {1000, 1000}, {66, 1},   {132, 2},  {132, 3},
    };
    static const char *const numbers[] = {"",
                                          "0",
                                          "7",
                                          "001",
                                          "1234567890",
                                          "9999999999999999",
                                          "12345678901234567",
                                          "not a number"};
    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        for (size_t n = 0; n < sizeof(numbers) / sizeof(*numbers); n++) {
            struct image image =
                make(sizes[i][0], sizes[i][1], some_hash, numbers[n]);
            free(image.rows);
        }
    }
    struct image largest = make(4096, 4096, some_hash, "100");
    free(largest.rows);
}

static void every_bit_of_the_hash_is_drawn(void **state)
{
    (void)state;
    struct image plain = make(600, 400, 0, "");
    assert_int_equal(points(&plain), 0);
    for (int bit = 0; bit < 64; bit++) {
        struct image image = make(600, 400, UINT64_C(1) << bit, "");
        assert_int_equal(points(&image), (600 / 66) * (600 / 66));
        free(image.rows);
    }
    struct image full = make(600, 400, UINT64_MAX, "");
    assert_int_equal(points(&full), 64 * (600 / 66) * (600 / 66));
    free(plain.rows);
    free(full.rows);
}

static void the_number_is_drawn(void **state)
{
    struct image images[10];
    (void)state;
    for (int i = 0; i < 10; i++) {
        const char number[2] = {(char)('0' + i), '\0'};
        images[i] = make(100, 100, 0, number);
        assert_true(points(&images[i]) > 0);
        for (int k = 0; k < i; k++)
            assert_memory_not_equal(images[i].rows, images[k].rows,
                                    images[i].size);
    }
    for (int i = 0; i < 10; i++)
        free(images[i].rows);
}

/* A light pen on a dark ground, whatever the hash. */
static void an_image_is_legible(void **state)
{
    uint64_t hash = some_hash;
    (void)state;
    for (int i = 0; i < 1000; i++, hash = hash * 6364136223846793005u + 1) {
        struct image image = make(1, 1, hash, "");
        for (int k = 0; k < 3; k++) {
            assert_true(image.palette[k] < 0x60);
            assert_true(image.palette[3 + k] >= 0xa0);
        }
        free(image.rows);
    }
}

/* Ten thousand answers at a time hold as many images. */
static void an_image_holds_no_more_memory_than_it_needs(void **state)
{
    size_t size;
    (void)state;
    uint8_t *png = hl_png_make(600, 400, some_hash, "001", &size);
    assert_non_null(png);
    assert_in_range(malloc_usable_size(png), size, size + 64);
    free(png);
}

static void the_same_hash_is_the_same_image(void **state)
{
    size_t sizes[2];
    (void)state;
    uint8_t *one = hl_png_make(600, 400, some_hash, "001", &sizes[0]);
    uint8_t *other = hl_png_make(600, 400, some_hash, "001", &sizes[1]);
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(one, other, sizes[0]);
    free(one);
    free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_is_a_valid_image),
        cmocka_unit_test(every_bit_of_the_hash_is_drawn),
        cmocka_unit_test(the_number_is_drawn),
        cmocka_unit_test(an_image_is_legible),
        cmocka_unit_test(an_image_holds_no_more_memory_than_it_needs),
        cmocka_unit_test(the_same_hash_is_the_same_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
