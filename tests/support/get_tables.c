#include "support/get_tables.h"

#include <string.h>

void get_tables_init(struct hl_opt_table tables[GET_TABLES],
                     struct hl_get_options *o)
{
    *o = (struct hl_get_options){.origin.latency_ns = HL_LOCAL_LATENCY_NS};
    const struct hl_opt_table all[GET_TABLES] = {
        {"The list", hl_source_rows, &o->list},
        {"What", hl_get_rows, o},
        {"How", hl_transfer_rows, &o->run},
        {"Politeness", hl_polite_rows, &o->run},
        {"Watching it work", hl_watch_rows, &o->run},
        {"The request", hl_request_rows, &o->run},
        {"Checksums", hl_checksums_rows, &o->checksums},
        {"The connection and the file", hl_connection_rows, &o->run},
        {"Without a network", hl_get_local_rows, o},
        {"The embedded origin", hl_local_rows, &o->origin},
        {"The config file", hl_config_rows, &o->config},
        {NULL, hl_foreign_rows, o},
        {0},
    };
    memcpy(tables, all, sizeof(all));
}

void get_tables_release(struct hl_get_options *options)
{
    hl_opt_strings_release(&options->list.inputs);
    hl_run_options_release(&options->run);
}
