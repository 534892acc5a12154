#include "compare/page_read.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "compare/page_file.h"
#include "compare/page_report.h"
#include "compare/page_trace.h"

int hl_page_read(struct hl_page_run *run, struct hl_page_figures *figures,
                 const char *path)
{
    char begin[18] = "";
    FILE *file = hl_page_fopen(path);
    if (file == NULL)
        return -errno;
    if (fgets(begin, sizeof(begin), file) == NULL)
        begin[0] = '\0';
    rewind(file);
    const char *name = strrchr(path, '/');
    snprintf(run->label, sizeof(run->label), "%s",
             name != NULL ? name + 1 : path);
    int r = strncmp(begin, "{\"displayTimeUnit", 17) == 0
                ? hl_page_trace_read(run, figures, file)
                : hl_page_report_read(run, figures, file);
    fclose(file);
    return r;
}
