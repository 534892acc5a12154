#include "compare/measured_by.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/secret.h"
#include "haul/haul.h"

/* Adds an argument as a shell would read it. */
static void put_argument(struct hl_buf *out, const char *argument)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_./:,=+@%-";
    bool is_plain =
        argument[0] != '\0' && argument[strspn(argument, plain)] == '\0';
    hl_buf_text(out, is_plain ? " " : " '");
    hl_secret_mask_urls(out, argument);
    hl_buf_text(out, is_plain ? "" : "'");
}

void hl_measured_by(struct hl_buf *out, int argc, char **argv)
{
    char day[32] = "";
    time_t now = time(NULL);
    struct tm tm;
    if (localtime_r(&now, &tm) != NULL)
        strftime(day, sizeof(day), "%Y-%m-%d", &tm);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    hl_buf_text(out, "Measured by: haul compare");
    for (int i = 0; i < argc; i++)
        put_argument(out, argv[i]);
    hl_buf_printf(out,
                  " · haul %s · %ld core%s · %s · C threads have no GIL: they "
                  "compute on all cores at once.",
                  haul_version(), cores, cores == 1 ? "" : "s", day);
}
