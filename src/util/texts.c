#include "util/texts.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const char *hl_text_copy(const char *text, bool *failed)
{
    if (text == NULL)
        return NULL;
    const char *copy = strdup(text);
    *failed |= copy == NULL;
    return copy;
}

void hl_text_free(const char *text)
{
    free((void *)(uintptr_t)text);
}

const char *const *hl_texts_copy(const char *const *texts, bool *failed)
{
    size_t count = 0;
    if (texts == NULL)
        return NULL;
    while (texts[count] != NULL)
        count++;
    const char **copy = calloc(count + 1, sizeof(*copy));
    *failed |= copy == NULL;
    for (size_t i = 0; copy != NULL && i < count; i++) {
        copy[i] = hl_text_copy(texts[i], failed);
        if (copy[i] == NULL)
            break;
    }
    return copy;
}

void hl_texts_free(const char *const *texts)
{
    for (size_t i = 0; texts != NULL && texts[i] != NULL; i++)
        hl_text_free(texts[i]);
    free((void *)(uintptr_t)texts);
}
