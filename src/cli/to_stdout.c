#include "cli/to_stdout.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/print_message.h"
#include "cli/secret.h"
#include "modes/traits.h"
#include "util/text.h"

/* Options about files or about many URLs, which do not go with -o -. */
static const char *const others[] = {
    "dir",         "update",        "restart",       "if-exists",
    "fsync",       "retry-failed",  "trust-journal", "no-dedupe",
    "remote-time", "keep-dirlinks", "checksum-file", "dry-run",
};

static bool is_dash(const char *name)
{
    return name != NULL && strcmp(name, "-") == 0;
}

/* "/dev/stdout" is another name for it, and so is that of the file that it is.
 * On a terminal, and in /dev/null, nothing is spoilt. */
static bool is_standard_output(const char *name)
{
    struct stat it;
    struct stat st;
    return is_dash(name) ||
           (name != NULL && stat(name, &it) == 0 &&
            fstat(STDOUT_FILENO, &st) == 0 && it.st_dev == st.st_dev &&
            it.st_ino == st.st_ino && !S_ISCHR(it.st_mode));
}

static bool is_other(const struct hl_opt_given *given)
{
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        if (strcmp(given->row->name, others[i]) == 0)
            return !given->off;
    return false;
}

static int check(const struct haul_options *run,
                 const struct hl_opt_parsed *parsed, const char *report,
                 bool has_list)
{
    char name[HL_OPT_GIVEN_SIZE];
    if (parsed->rest.count != 1 || has_list) {
        hl_error("-o -: writes the body of one URL; give one URL and no list");
        return HL_EXIT_USAGE;
    }
    if (is_standard_output(report)) {
        hl_error("--report %s: standard output is used for the body (-o -)",
                 report);
        return HL_EXIT_USAGE;
    }
    if (is_standard_output(run->trace_file)) {
        hl_error("--trace %s: standard output is used for the body (-o -)",
                 run->trace_file);
        return HL_EXIT_USAGE;
    }
    for (size_t i = 0; i < parsed->count; i++) {
        if (!is_other(&parsed->given[i]))
            continue;
        hl_opt_given_name(name, &parsed->given[i], NULL);
        hl_error("%s: cannot be used with -o -, which makes no file", name);
        return HL_EXIT_USAGE;
    }
    return HL_EXIT_OK;
}

/* What a config file says about files is meant for other runs, so it is
 * switched off. One transfer needs no worker process. */
int hl_to_stdout_check(struct haul_options *run,
                       const struct hl_opt_parsed *parsed, const char *report,
                       bool has_list)
{
    if (!is_dash(run->output))
        return HL_EXIT_OK;
    int status = check(run, parsed, report, has_list);
    if (status != HL_EXIT_OK)
        return status;
    run->output_fd = STDOUT_FILENO;
    run->output = NULL;
    run->dir = NULL;
    run->update = run->restart = run->retry_failed = false;
    run->trust_journal = run->remote_time = run->fsync = false;
    run->jobs = 1;
    run->auto_jobs = false;
    run->loops = 1;
    if (hl_mode_traits(run->mode)->in_processes)
        run->mode = (enum haul_mode_id)0; /* the default */
    return HL_EXIT_OK;
}

bool hl_to_stdout_is_unread(const struct haul_result *result)
{
    return result->outcome == HAUL_OUTCOME_FAILED &&
           result->error == HAUL_ERR_IO && result->sys_errno == EPIPE;
}

bool hl_to_stdout_is_full(const struct haul_result *result)
{
    return result->outcome == HAUL_OUTCOME_FAILED &&
           result->error == HAUL_ERR_DISK_FULL;
}

static void say_full(const struct haul_result *result)
{
    struct hl_buf url = {0};
    hl_secret_mask_urls(&url, result->url != NULL ? result->url : "");
    hl_error("standard output: no space left: it has not the whole body of %s",
             url.failed ? "" : url.data);
    hl_buf_release(&url);
}

void hl_to_stdout_note(const struct haul_result *result)
{
    char count[HL_TEXT_COUNT_SIZE];
    if (hl_to_stdout_is_full(result)) {
        say_full(result);
        return;
    }
    if (result->outcome == HAUL_OUTCOME_OK || result->bytes == 0)
        return;
    hl_text_count(count, result->bytes);
    if (result->error == HAUL_ERR_CHECKSUM)
        hl_error("the %s bytes on standard output are wrong", count);
    else
        hl_error("the %s bytes on standard output are not the whole body",
                 count);
}
