#include "support/torture.h"

#include <curl/curl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <uv.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);
__attribute__((format(printf, 2, 3))) int
__wrap_asprintf(char **out, const char *format, ...);

/* Allocations before one fails, on the thread of the test; then as many as
 * there are. */
static _Thread_local unsigned allowed = UINT_MAX;

static bool is_allowed(void)
{
    if (allowed == 0) {
        allowed = UINT_MAX;
        return false;
    }
    if (allowed != UINT_MAX)
        allowed--;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return is_allowed() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_allowed() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *old, size_t size)
{
    return is_allowed() ? __real_realloc(old, size) : NULL;
}

char *__wrap_strdup(const char *text)
{
    return is_allowed() ? __real_strdup(text) : NULL;
}

char *__wrap_strndup(const char *text, size_t size)
{
    return is_allowed() ? __real_strndup(text, size) : NULL;
}

int __wrap_asprintf(char **out, const char *format, ...)
{
    va_list args;
    if (!is_allowed()) {
        /* What the real one leaves there is not to be used. */
        *out = (char *)(uintptr_t)1;
        return -1;
    }
    va_start(args, format);
    int n = vasprintf(out, format, args);
    va_end(args);
    return n;
}

void torture_init(void)
{
    assert_int_equal(curl_global_init_mem(CURL_GLOBAL_DEFAULT, __wrap_malloc,
                                          free, __wrap_realloc, __wrap_strdup,
                                          __wrap_calloc),
                     CURLE_OK);
}

unsigned torture(int (*attempt)(void *arg), void *arg)
{
    for (unsigned n = 0;; n++) {
        allowed = n;
        int r = attempt(arg);
        bool failed = allowed == UINT_MAX;
        allowed = UINT_MAX;
        if (r != 0)
            print_message("allocation %u: %s\n", n, uv_strerror(r));
        assert_true(r == 0 || r == UV_ENOMEM);
        if (failed)
            continue;
        assert_int_equal(r, 0);
        return n;
    }
}
