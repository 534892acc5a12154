/* Hashes that are made from the file, and orders to stop meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "sink/hashes.h"

static const char text[] = "a body";
enum { LENGTH = sizeof(text) - 1 };

static int file_with(const char *more)
{
    char path[] = "/tmp/haul-hashes-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    assert_int_equal(write(fd, text, LENGTH), LENGTH);
    assert_int_equal(write(fd, more, strlen(more)), (ssize_t)strlen(more));
    return fd;
}

/* How the file's hash is made after so many orders to stop. */
static int end_by_file(unsigned orders, const char *more, uint64_t size,
                       char xxh3[HL_XXH3_HEX_SIZE])
{
    struct hl_stop stop;
    struct hl_hashes hashes = {0};
    hl_stop_init(&stop, UINT64_MAX / 2);
    for (unsigned i = 0; i < orders; i++)
        hl_stop_raise(&stop);
    const struct hl_hashed_file file = {
        .fd = file_with(more), .size = size, .stop = &stop};
    int r = hl_hashes_end_by_file(&hashes, true, &file);
    strcpy(xxh3, hashes.out.xxh3);
    hl_hashes_release(&hashes);
    close(file.fd);
    return r;
}

static void a_first_order_lets_a_transfer_end_well(void **state)
{
    char calm[HL_XXH3_HEX_SIZE];
    char ordered[HL_XXH3_HEX_SIZE];
    (void)state;
    assert_int_equal(end_by_file(0, "", LENGTH, calm), 0);
    assert_int_equal(end_by_file(1, "", LENGTH, ordered), 0);
    assert_string_not_equal(calm, "");
    assert_string_equal(ordered, calm);
}

static void a_second_order_ends_it(void **state)
{
    char xxh3[HL_XXH3_HEX_SIZE];
    (void)state;
    assert_int_equal(end_by_file(2, "", LENGTH, xxh3), UV_ECANCELED);
}

static void what_follows_the_body_is_not_read(void **state)
{
    char alone[HL_XXH3_HEX_SIZE];
    char followed[HL_XXH3_HEX_SIZE];
    (void)state;
    assert_int_equal(end_by_file(0, "", LENGTH, alone), 0);
    assert_int_equal(end_by_file(0, "more", LENGTH, followed), 0);
    assert_string_equal(followed, alone);
}

static void a_file_that_is_too_short_is_an_error(void **state)
{
    char xxh3[HL_XXH3_HEX_SIZE];
    (void)state;
    assert_int_equal(end_by_file(0, "", LENGTH + 1, xxh3), UV_EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_order_lets_a_transfer_end_well),
        cmocka_unit_test(a_second_order_ends_it),
        cmocka_unit_test(what_follows_the_body_is_not_read),
        cmocka_unit_test(a_file_that_is_too_short_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
