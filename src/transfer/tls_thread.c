#include "transfer/tls_thread.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <stdbool.h>
#include <string.h>

static int on_provider(OSSL_PROVIDER *provider, void *arg)
{
    bool *is_default = arg;
    *is_default = strcmp(OSSL_PROVIDER_get0_name(provider), "default") == 0;
    return *is_default;
}

/* A new context has the default provider only. OpenSSL's configuration may have
 * given the process's context others, as for FIPS. */
static bool is_process_like_new(void)
{
    bool is_default = false;
    return OSSL_PROVIDER_do_all(NULL, on_provider, &is_default) == 1 &&
           is_default && EVP_default_properties_is_fips_enabled(NULL) == 0;
}

struct ossl_lib_ctx_st *hl_tls_thread_begin(void)
{
    OSSL_LIB_CTX *context = is_process_like_new() ? OSSL_LIB_CTX_new() : NULL;
    if (context != NULL)
        OSSL_LIB_CTX_set0_default(context);
    return context;
}

void hl_tls_thread_end(struct ossl_lib_ctx_st *context)
{
    if (context == NULL)
        return;
    OSSL_LIB_CTX_set0_default(OSSL_LIB_CTX_get0_global_default());
    OSSL_LIB_CTX_free(context);
}
