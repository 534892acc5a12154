/* When a thread gets a library context of OpenSSL's for itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include "transfer/tls_thread.h"

/* That the calling thread uses. */
static OSSL_LIB_CTX *used(void)
{
    OSSL_LIB_CTX *context = OSSL_LIB_CTX_set0_default(NULL);
    assert_non_null(context);
    return context;
}

static void a_thread_has_a_context_until_its_end(void **state)
{
    OSSL_LIB_CTX *before = used();
    (void)state;
    struct ossl_lib_ctx_st *own = hl_tls_thread_begin();
    assert_non_null(own);
    assert_ptr_not_equal(own, before);
    assert_ptr_equal(used(), own);
    hl_tls_thread_end(own);
    assert_ptr_equal(used(), before);
    hl_tls_thread_end(NULL);
    assert_ptr_equal(used(), before);
}

static void another_provider_stays_in_use(void **state)
{
    OSSL_PROVIDER *other = OSSL_PROVIDER_load(NULL, "null");
    (void)state;
    assert_non_null(other);
    assert_null(hl_tls_thread_begin());
    OSSL_PROVIDER *usual = OSSL_PROVIDER_load(NULL, "default");
    assert_null(hl_tls_thread_begin());
    OSSL_PROVIDER_unload(other);
    struct ossl_lib_ctx_st *own = hl_tls_thread_begin();
    assert_non_null(own);
    hl_tls_thread_end(own);
    OSSL_PROVIDER_unload(usual);
}

static void the_properties_of_fips_stay_in_use(void **state)
{
    (void)state;
    assert_int_equal(EVP_default_properties_enable_fips(NULL, 1), 1);
    assert_null(hl_tls_thread_begin());
    assert_int_equal(EVP_default_properties_enable_fips(NULL, 0), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_has_a_context_until_its_end),
        cmocka_unit_test(the_properties_of_fips_stay_in_use),
        cmocka_unit_test(another_provider_stays_in_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
