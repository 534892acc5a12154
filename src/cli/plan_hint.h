/*
 * For commands that know nothing of plans, and are given a directory of one:
 * which command is meant.
 */
#ifndef HL_CLI_PLAN_HINT_H
#define HL_CLI_PLAN_HINT_H

#include <stdbool.h>

/* Is dir, by its name, the directory of a part of a plan? Then a line on stderr
 * says how to fetch that. */
bool hl_plan_hint_part(const char *dir);
/* Does dir have a plan? Then a line on stderr says how to look at its parts. */
bool hl_plan_hint_run(const char *dir);

#endif
