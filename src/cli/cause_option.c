#include "cli/cause_option.h"

#include <stdio.h>

#include "haul/haul.h"
#include "policy/cause.h"

enum { WHY_SIZE = 1024 };

/* The word of HAUL_OK, which is NULL, comes first. */
const char *const hl_cause_words[] = {
#define X(id, word, text) word,
    HAUL_ERROR_MAP(X)
#undef X
        "4xx",
    "5xx", NULL};

const char *hl_cause_option_check(const struct hl_opt *row, const char *value)
{
    static char why[WHY_SIZE];
    (void)row;
    if (value[0] != '\0' && hl_cause_list_is_sound(value))
        return NULL;
    int used =
        snprintf(why, sizeof(why),
                 "is not a list of causes such as 404,5xx,dns; causes are "
                 "HTTP statuses, 4xx, 5xx and");
    for (int i = 1; i < HAUL_ERROR_COUNT && used < WHY_SIZE; i++)
        used += snprintf(why + used, (size_t)(WHY_SIZE - used), " %s",
                         haul_error_word((enum haul_error)i));
    return why;
}
