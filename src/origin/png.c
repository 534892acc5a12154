#include "origin/png.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { GLYPH_WIDTH = 3, GLYPH_HEIGHT = 5, HEAD_SIZE = 8 + 25 + 18, TAIL = 12 };

/* Digits of 3 x 5 points, a row in three bits. */
static const uint8_t glyphs[10][GLYPH_HEIGHT] = {
    {7, 5, 5, 5, 7}, {2, 6, 2, 2, 7}, {7, 1, 7, 4, 7}, {7, 1, 7, 1, 7},
    {5, 5, 7, 1, 1}, {7, 4, 7, 1, 7}, {7, 4, 7, 5, 7}, {7, 1, 1, 1, 1},
    {7, 5, 7, 5, 7}, {7, 5, 7, 1, 7},
};

struct canvas {
    uint8_t *rows; /* each a filter byte and the points, 8 a byte */
    uint32_t width;
    uint32_t height;
    size_t stride;
};

static void set_point(const struct canvas *c, uint32_t x, uint32_t y)
{
    c->rows[y * c->stride + 1 + x / 8] |= (uint8_t)(0x80u >> (x % 8));
}

static void fill(const struct canvas *c, uint32_t x, uint32_t y, uint32_t side)
{
    for (uint32_t dy = 0; dy < side && y + dy < c->height; dy++)
        for (uint32_t dx = 0; dx < side && x + dx < c->width; dx++)
            set_point(c, x + dx, y + dy);
}

static void draw_digit(const struct canvas *c, unsigned digit, uint32_t x,
                       uint32_t y, uint32_t dot)
{
    for (uint32_t row = 0; row < GLYPH_HEIGHT; row++)
        for (uint32_t column = 0; column < GLYPH_WIDTH; column++)
            if (glyphs[digit][row] & (4u >> column))
                fill(c, x + column * dot, y + row * dot, dot);
}

/* The number in the middle, as large as the image allows. */
static void draw_number(const struct canvas *c, const char *number)
{
    size_t count = strspn(number, "0123456789");
    if (count == 0 || count > 16)
        return;
    uint32_t points = (uint32_t)count * (GLYPH_WIDTH + 1);
    uint32_t dot = c->width / (points + 4);
    if (dot > c->height / 9)
        dot = c->height / 9;
    uint32_t x = (c->width - points * dot) / 2;
    uint32_t y = (c->height - GLYPH_HEIGHT * dot) / 2;
    for (size_t i = 0; i < count; i++)
        draw_digit(c, (unsigned)(number[i] - '0'),
                   x + (uint32_t)i * (GLYPH_WIDTH + 1) * dot, y, dot);
}

/* Sixty-four small marks along the upper edge: the hash, bit by bit. */
static void draw_hash(const struct canvas *c, uint64_t hash)
{
    uint32_t side = c->width / 66;
    for (uint32_t bit = 0; bit < 64; bit++)
        if (hash >> bit & 1)
            fill(c, (bit + 1) * side, side, side);
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        *at++ = (uint8_t)(value >> shift);
    return at;
}

static uint8_t *put_chunk(uint8_t *at, const char *type, const uint8_t *data,
                          size_t size)
{
    at = put32(at, (uint32_t)size);
    uint8_t *begin = at;
    memcpy(at, type, 4);
    if (size > 0)
        memmove(at + 4, data, size);
    at += 4 + size;
    return put32(at, (uint32_t)crc32(0, begin, (uInt)(4 + size)));
}

static uint8_t *put_head(uint8_t *at, const struct canvas *c, uint64_t hash)
{
    static const uint8_t signature[8] = {0x89, 'P',  'N',  'G',
                                         '\r', '\n', 0x1a, '\n'};
    uint8_t header[13] = {0};
    memcpy(at, signature, sizeof(signature));
    put32(put32(header, c->width), c->height);
    header[8] = 1; /* bits a point */
    header[9] = 3; /* by palette */
    at = put_chunk(at + sizeof(signature), "IHDR", header, sizeof(header));
    uint8_t palette[6];
    for (int i = 0; i < 3; i++) {
        /* A dark background and a light pen, both chosen by the hash. */
        palette[i] = (uint8_t)(hash >> (8 * i) & 0x5f);
        palette[3 + i] = (uint8_t)(0xa0 | (hash >> (24 + 8 * i) & 0x5f));
    }
    return put_chunk(at, "PLTE", palette, sizeof(palette));
}

static uint8_t *encode(const struct canvas *c, uint64_t hash, size_t *size)
{
    uLong raw = (uLong)(c->stride * c->height);
    uLongf packed = compressBound(raw);
    uint8_t *data = malloc(packed);
    uint8_t *out = NULL;
    /* The image stays in memory as long as its answer, so it takes no more
     * bytes than it needs. */
    if (data != NULL && compress2(data, &packed, c->rows, raw, 1) == Z_OK)
        out = malloc(HEAD_SIZE + 12 + packed + TAIL);
    if (out != NULL) {
        uint8_t *at = put_head(out, c, hash);
        at = put_chunk(at, "IDAT", data, packed);
        at = put_chunk(at, "IEND", NULL, 0);
        *size = (size_t)(at - out);
    }
    free(data);
    return out;
}

uint8_t *hl_png_make(uint32_t width, uint32_t height, uint64_t hash,
                     const char *number, size_t *size)
{
    struct canvas c = {
        .width = width, .height = height, .stride = 1 + (width + 7) / 8};
    c.rows = calloc(height, c.stride);
    if (c.rows == NULL)
        return NULL;
    draw_hash(&c, hash);
    draw_number(&c, number);
    uint8_t *png = encode(&c, hash, size);
    free(c.rows);
    return png;
}
