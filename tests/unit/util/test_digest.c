/* Hashes where OpenSSL gets no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <uv.h>

#include "util/digest.h"

enum { ALLOCATIONS = 20 };

static unsigned refused; /* which of OpenSSL's next allocations fails; 0 none */

static bool is_refused(void)
{
    return refused > 0 && --refused == 0;
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
    struct hl_digest *digest;
    unsigned failures = 0;
    (void)state;
    /* OpenSSL sets itself up, for which it needs memory. */
    EVP_MD_free(EVP_MD_fetch(NULL, "SHA224", NULL));
    for (int i = 0; i < HL_ALGORITHMS; i++) {
        for (unsigned nth = 1; nth <= ALLOCATIONS; nth++) {
            assert_int_equal(hl_digest_new(&digest), 0);
            refused = nth;
            int r = hl_digest_begin(digest, HL_DIGEST_BY(i));
            refused = 0;
            assert_true(r == 0 || r == UV_ENOMEM);
            failures += r != 0;
            assert_int_equal(hl_digest_begin(digest, HL_DIGEST_BY(i)), 0);
            hl_digest_free(digest);
        }
    }
    assert_true(failures > 0);
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
