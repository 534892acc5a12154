#include "util/strings.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const char *hl_string_copy(const char *text, bool *failed)
{
    if (text == NULL)
        return NULL;
    const char *copy = strdup(text);
    *failed |= copy == NULL;
    return copy;
}

void hl_string_free(const char *text)
{
    free((void *)(uintptr_t)text);
}

const char *const *hl_strings_copy(const char *const *strings, bool *failed)
{
    size_t count = 0;
    if (strings == NULL)
        return NULL;
    while (strings[count] != NULL)
        count++;
    const char **copy = calloc(count + 1, sizeof(*copy));
    *failed |= copy == NULL;
    for (size_t i = 0; copy != NULL && i < count; i++) {
        copy[i] = hl_string_copy(strings[i], failed);
        if (copy[i] == NULL)
            break;
    }
    return copy;
}

void hl_strings_free(const char *const *strings)
{
    for (size_t i = 0; strings != NULL && strings[i] != NULL; i++)
        hl_string_free(strings[i]);
    free((void *)(uintptr_t)strings);
}
