#include "cli/cause_option.h"

#include <stdio.h>

#include "haul/haul.h"
#include "policy/cause.h"

enum { WHY_SIZE = 1024 };

const char *hl_cause_option_check(const struct hl_opt *row, const char *value)
{
    static char why[WHY_SIZE];
    (void)row;
    if (value[0] != '\0' && hl_cause_list_is_sound(value))
        return NULL;
    int used = snprintf(why, sizeof(why),
                        "is no list of causes, such as 404,5xx,dns; these are "
                        "statuses, 4xx, 5xx and");
    for (int i = 1; i < HAUL_ERROR_COUNT && used < WHY_SIZE; i++)
        used += snprintf(why + used, (size_t)(WHY_SIZE - used), " %s",
                         haul_error_word((enum haul_error)i));
    return why;
}
