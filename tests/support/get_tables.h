/* The options of haul get, as the command has them. */
#ifndef TESTS_SUPPORT_GET_TABLES_H
#define TESTS_SUPPORT_GET_TABLES_H

#include "cli/get_options.h"

enum { GET_TABLES = 17 };

/* Tables over options, which is theirs to fill. */
void get_tables_init(struct hl_opt_table tables[GET_TABLES],
                     struct hl_get_options *options);
/* What was gathered in options. */
void get_tables_release(struct hl_get_options *options);

#endif
