#include "compare/page_summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a file says may be any number. */
static const double most = 1e15;

void hl_page_summary_release(struct hl_page_summary *summary)
{
    free(summary->held_back);
}

static double number_of(const json_t *json, const char *name)
{
    double value = json_number_value(json_object_get(json, name));
    if (!(value > 0))
        return 0;
    return value < most ? value : most;
}

static void copy_text(char *out, size_t size, const json_t *json,
                      const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    snprintf(out, size, "%s", text != NULL ? text : "");
}

static void read_host(struct hl_page_summary_host *host, const json_t *json)
{
    copy_text(host->name, sizeof(host->name), json, "host");
    copy_text(host->held_by, sizeof(host->held_by), json, "held_by");
    host->held_s = number_of(json, "held_seconds");
    host->alone_s = number_of(json, "alone_seconds");
    host->cap = number_of(json, "cap");
}

void hl_page_summary_read(struct hl_page_summary *out, const json_t *json)
{
    const json_t *left = json_object_get(json, "left");
    const json_t *hosts = json_object_get(json, "hosts");
    const char *held = json_string_value(json_object_get(json, "held_back"));
    hl_page_summary_release(out);
    *out = (struct hl_page_summary){.is_there = true};
    out->has_course = json_is_array(hosts);
    out->seconds = number_of(json, "seconds");
    out->left = json_is_number(left) ? number_of(json, "left") : -1;
    out->most_in_flight = number_of(json, "most_in_flight");
    copy_text(out->mode, sizeof(out->mode), json, "mode");
    out->held_back = held != NULL && held[0] != '\0' ? strdup(held) : NULL;
    for (size_t i = 0; i < json_array_size(hosts) && i < HL_PAGE_SUMMARY_HOSTS;
         i++)
        read_host(&out->hosts[out->hosts_count++], json_array_get(hosts, i));
}

const struct hl_page_summary_host *
hl_page_summary_find(const struct hl_page_summary *summary, const char *name)
{
    for (size_t i = 0; i < summary->hosts_count; i++)
        if (strcmp(summary->hosts[i].name, name) == 0)
            return &summary->hosts[i];
    return NULL;
}
