/* What the fuzz targets have in common. */
#ifndef TESTS_FUZZ_CHECK_H
#define TESTS_FUZZ_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that does not hold ends the program, and the fuzzer keeps the
 * input. A target may have given stderr another meaning, so that it says why to
 * the descriptor. */
static inline void check(bool holds, const char *what)
{
    if (holds)
        return;
    dprintf(STDERR_FILENO, "does not hold: %s\n", what);
    abort();
}

static inline void check_same(const char *one, const char *other,
                              const char *what)
{
    if (one == other || (one != NULL && other != NULL && !strcmp(one, other)))
        return;
    dprintf(STDERR_FILENO, "%s: \"%s\" or \"%s\"\n", what,
            one != NULL ? one : "(none)", other != NULL ? other : "(none)");
    abort();
}

/* The bytes as a text, which ends at the first NUL among them. Owned by the
 * caller; of its own size, so that a read past its end shows. */
static inline char *text_of(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, 0, size) : NULL;
    size_t length = end != NULL ? (size_t)(end - data) : size;
    char *text = malloc(length + 1);
    check(text != NULL, "there is memory");
    if (length > 0)
        memcpy(text, data, length);
    text[length] = '\0';
    return text;
}

#endif
