/* The table of the modes. */
#include <assert.h>

#include "modes/mode.h"
#include "util/open_files.h"

static const struct hl_mode *const modes[HAUL_MODE_COUNT] = {
#define X(id, word) [id] = &hl_mode_##word,
    HAUL_MODE_MAP(X)
#undef X
};

static const char *const names[HAUL_MODE_COUNT] = {
#define X(id, word) [id] = #word,
    HAUL_MODE_MAP(X)
#undef X
};

static bool is_mode(enum haul_mode_id mode)
{
    return (unsigned)mode < HAUL_MODE_COUNT;
}

const struct hl_mode_traits *hl_mode_traits(enum haul_mode_id mode)
{
    return is_mode(mode) ? &modes[mode]->traits : NULL;
}

const struct hl_mode_calls *hl_mode_calls(const struct haul_options *options)
{
    assert(is_mode(options->mode));
    const struct hl_mode *mode = modes[options->mode];
    if (options->loops == 0 && mode->calls_of_auto != NULL)
        return mode->calls_of_auto;
    return options->loops > 1 ? mode->calls_of_loops : mode->calls;
}

struct hl_file_budget hl_mode_files(const struct haul_options *options)
{
    assert(is_mode(options->mode));
    const struct hl_mode_traits *traits = &modes[options->mode]->traits;
    bool here = traits->blocks && !traits->in_processes;
    return (struct hl_file_budget){.needs = traits->files,
                                   .limit = hl_open_files_most(),
                                   .jobs = options->jobs,
                                   .loops =
                                       options->loops > 0 ? options->loops : 1,
                                   .handles = here ? options->jobs : 0};
}

const char *haul_mode_name(enum haul_mode_id mode)
{
    return is_mode(mode) ? names[mode] : "?";
}

const char *haul_mode_summary(enum haul_mode_id mode)
{
    return is_mode(mode) ? modes[mode]->traits.summary : "?";
}

uint32_t haul_mode_default_jobs(enum haul_mode_id mode)
{
    return is_mode(mode) ? modes[mode]->traits.default_jobs : 0;
}
