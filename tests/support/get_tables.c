#include "support/get_tables.h"

#include <string.h>

void get_tables_init(struct hl_opt_table tables[GET_TABLES],
                     struct hl_get_options *o)
{
    *o = (struct hl_get_options){.origin.latency_ns = HL_LOCAL_LATENCY_NS};
    const struct hl_opt_table all[GET_TABLES] = {
        {"The list", hl_source_rows, &o->list},
        {"The files", hl_file_rows, &o->run},
        {"Later runs", hl_rerun_rows, &o->run},
        {"A part of a plan", hl_part_rows, &o->part},
        {"What is printed", hl_get_rows, o},
        {"Transfers", hl_transfer_rows, &o->run},
        {"Retries and time limits", hl_retry_rows, &o->run},
        {"Limits for hosts", hl_polite_rows, &o->run},
        {"The request", hl_request_rows, &o->run},
        {"The connection", hl_connection_rows, &o->run},
        {"Checksums", hl_checksums_rows, &o->checksums},
        {"Watching it work", hl_watch_rows, &o->run},
        {"Without a network", hl_get_local_rows, o},
        {"The built-in server, with --local", hl_local_rows, &o->origin},
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
