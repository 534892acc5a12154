#include "cli/report_target.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/commands.h"
#include "cli/manifest.h"
#include "cli/print_message.h"

enum { PART_DIGITS = 5 };

/* A device or a pipe may be read and written. */
static bool is_same_file(const char *a, const char *b)
{
    struct stat x;
    struct stat y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && S_ISREG(x.st_mode) &&
           x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool is_plan(const char *path, const char *plan)
{
    char name[PATH_MAX];
    return hl_manifest_path(name, plan) && is_same_file(path, name);
}

/* Writes the directory that path is in, without links. */
static bool find_dir(char out[PATH_MAX], const char *path)
{
    char dir[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t length = slash != NULL ? (size_t)(slash - path) + 1 : 0;
    if (length >= sizeof(dir) - 1)
        return false;
    memcpy(dir, path, length);
    memcpy(dir + length, ".", 2);
    return realpath(dir, out) != NULL;
}

/* Does path lie below RUN/00007? */
static bool is_in_part(const char *path, const char *plan)
{
    char dir[PATH_MAX];
    char run[PATH_MAX];
    if (!find_dir(dir, path) || realpath(plan, run) == NULL)
        return false;
    size_t length = strlen(run);
    if (strncmp(dir, run, length) != 0 || dir[length] != '/')
        return false;
    const char *name = dir + length + 1;
    size_t digits = strspn(name, "0123456789");
    return digits >= PART_DIGITS &&
           (name[digits] == '\0' || name[digits] == '/');
}

static const char *misfit(const char *report,
                          const struct hl_opt_strings *inputs, const char *plan)
{
    for (size_t i = 0; i < inputs->count; i++)
        if (is_same_file(report, inputs->items[i]))
            return "this is the list";
    if (plan != NULL && is_plan(report, plan))
        return "this is the plan";
    if (plan != NULL && is_in_part(report, plan))
        return "the directory of a part has only what was fetched";
    return NULL;
}

int hl_report_target_check(const char *report,
                           const struct hl_opt_strings *inputs,
                           const char *plan)
{
    const char *why = report != NULL && strcmp(report, "-") != 0
                          ? misfit(report, inputs, plan)
                          : NULL;
    if (why == NULL)
        return HL_EXIT_OK;
    hl_error("--report %s: %s; give the report another name", report, why);
    return HL_EXIT_USAGE;
}
