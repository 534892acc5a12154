#include "cli/limits.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/message.h"
#include "util/open_files.h"
#include "util/threads.h"

static uint64_t soft(const struct rlimit *limit)
{
    return limit->rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit->rlim_cur;
}

/* For root there is no such limit, but that of a container or of the system. */
const char *hl_limit_of_threads(char out[HL_LIMIT_SIZE])
{
    struct rlimit limit = {.rlim_cur = RLIM_INFINITY};
    getrlimit(RLIMIT_NPROC, &limit);
    if (soft(&limit) == UINT64_MAX || geteuid() == 0)
        return "the limit of threads of the system or the container";
    snprintf(out, HL_LIMIT_SIZE,
             "the limit of %" PRIu64 " processes and threads (ulimit -u)",
             soft(&limit));
    return out;
}

const char *hl_limit_of_memory(char out[HL_LIMIT_SIZE])
{
    struct rlimit all = {.rlim_cur = RLIM_INFINITY};
    struct rlimit data = {.rlim_cur = RLIM_INFINITY};
    getrlimit(RLIMIT_AS, &all);
    getrlimit(RLIMIT_DATA, &data);
    bool is_all = soft(&all) <= soft(&data);
    snprintf(out, HL_LIMIT_SIZE,
             "the limit of %" PRIu64 " MB of memory (ulimit -%c)",
             soft(is_all ? &all : &data) >> 20, is_all ? 'v' : 'd');
    return out;
}

static int check_files(uint32_t needed)
{
    hl_open_files_raise();
    uint64_t limit = hl_open_files_most();
    uint64_t wanted = (uint64_t)needed + hl_open_files_taken();
    if (limit >= wanted)
        return 0;
    hl_error("the limit of %" PRIu64 " open files is too low: this needs "
             "%" PRIu64 " (ulimit -n %" PRIu64 ")",
             limit, wanted, wanted);
    return HL_EXIT_IO;
}

static int check_threads(uint32_t needed)
{
    char limit[HL_LIMIT_SIZE];
    uint64_t memory = needed * hl_threads_stack();
    uint32_t left = hl_threads_left(needed);
    if (hl_memory_is_limited() && hl_memory_left(memory) < memory)
        hl_error("%s is too low", hl_limit_of_memory(limit));
    else if (left < needed)
        hl_error("%s is too low: this needs %u threads, and can start %u",
                 hl_limit_of_threads(limit), needed, left);
    else
        return 0;
    return HL_EXIT_OTHER;
}

int hl_limits_check(const struct hl_needs *needs)
{
    int status = check_files(needs->files);
    return status == 0 && needs->threads > 0 ? check_threads(needs->threads)
                                             : status;
}
