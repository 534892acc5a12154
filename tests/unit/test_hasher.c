/* Prints and hashes where OpenSSL gets no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/crypto.h>
#include <uv.h>

#include "util/hasher.h"
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

static uint64_t print(struct hl_hasher *hasher, const char *text)
{
    return hl_hasher_print(hasher, text, strlen(text));
}

static void a_print_needs_no_memory_at_once(void **state)
{
    /* SHA-256 of "abc". */
    static const uint64_t abc = UINT64_C(0xba7816bf8f01cfea);
    struct hl_hasher *hasher;
    (void)state;
    assert_int_equal(hl_hasher_new(&hasher), 0);
    assert_true(print(hasher, "abc") == abc);
    refusals = 1;
    assert_true(print(hasher, "abc") == abc);
    assert_true(print(hasher, "abc") == abc);
    /* Some other print, if it must be. */
    refusals = 1000;
    print(hasher, "abc");
    assert_true(print(hasher, "abd") != print(hasher, "abc"));
    refusals = 0;
    assert_true(print(hasher, "abc") == abc);
    hl_hasher_free(hasher);
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
        cmocka_unit_test(a_print_needs_no_memory_at_once),
        cmocka_unit_test(a_hash_without_memory_says_so),
    };
    /* Before OpenSSL allocates anything. */
    if (CRYPTO_set_mem_functions(allocate, change, release) != 1)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
