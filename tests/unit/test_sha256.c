/* Hashes where OpenSSL gets no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <openssl/crypto.h>
#include <uv.h>

#include "util/sha256.h"

static unsigned refusals; /* allocations of OpenSSL's that are to fail next */

static bool is_refused(void)
{
    if (refusals == 0)
        return false;
    refusals--;
    return true;
}

static void *allocate(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return is_refused() ? NULL : malloc(size);
}

static void *change(void *old, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return is_refused() ? NULL : realloc(old, size);
}

static void release(void *old, const char *file, int line)
{
    (void)file, (void)line;
    free(old);
}

static void a_hash_without_memory_says_so(void **state)
{
    struct hl_sha256 *hash;
    (void)state;
    assert_int_equal(hl_sha256_new(&hash), 0);
    refusals = 1;
    assert_int_equal(hl_sha256_begin(hash), UV_ENOMEM);
    assert_int_equal(hl_sha256_begin(hash), 0);
    hl_sha256_free(hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hash_without_memory_says_so),
    };
    /* Before OpenSSL allocates anything. */
    if (CRYPTO_set_mem_functions(allocate, change, release) != 1)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
