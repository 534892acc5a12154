#include "transfer/file_budget.h"

#include "util/open_files.h"

enum {
    /* What every run has open beside its transfers: the standard three, six of
     * the loop, the directory, two locks and the journal, two of libcurl, a
     * file's directory and that one's parent, three of a lookup. */
    FILES_LEAST = 20,
    FILES_A_LOOP = 8,     /* that libuv opens for one more loop */
    FILES_A_LOOKUP = 3,   /* the first one's are in FILES_LEAST */
    FILES_A_TRANSFER = 2, /* a socket and a part */
    /* A loop keeps one connection of so many files that may be open, and none
     * where fewer than FILES_TO_KEEP may be open. */
    FILES_A_CONNECTION = 8,
    FILES_TO_KEEP = 24,
    /* A handle that blocks: six connections, of which it keeps five, two of
     * libcurl's own, and a part; and what is open beside the handles. */
    FILES_A_HANDLE = 9,
    FILES_BESIDE_HANDLES = 32,
    /* Beside directories: a connection, an idle one, and the file. */
    FILES_BESIDE_DIRS = 3,
};

_Static_assert(HL_FILES_SAFE == FILES_LEAST + FILES_A_TRANSFER,
               "one transfer beside what every run has open");

static uint32_t files_of_loops(const struct hl_file_budget *b)
{
    return b->loops > 1 ? (uint32_t)FILES_A_LOOP * b->loops : 0;
}

/* Files that the run has open whatever it transfers. */
static uint64_t files_least(const struct hl_file_budget *b)
{
    return (uint64_t)FILES_LEAST + b->beside;
}

/* Files for all but the transfers: half of a small limit, but never less than
 * every run needs. */
static uint64_t files_spared(const struct hl_file_budget *b)
{
    uint64_t wanted = (uint64_t)HL_OPEN_FILES_SPARE + files_of_loops(b);
    uint64_t least = files_least(b) + files_of_loops(b);
    if (b->limit / 2 >= wanted)
        return wanted;
    return b->limit / 2 > least ? b->limit / 2 : least;
}

uint64_t hl_file_budget_most(const struct hl_file_budget *b)
{
    const struct hl_file_needs *needs = &b->needs;
    uint32_t idle =
        b->jobs < needs->kept_least ? needs->kept_least - b->jobs : 0;
    uint64_t a_job = (uint64_t)needs->a_job + needs->kept_a_job;
    return a_job * b->jobs + idle + HL_OPEN_FILES_SPARE + files_of_loops(b);
}

uint64_t hl_file_budget_least(const struct hl_file_budget *b, bool bare)
{
    return b->beside + (bare ? b->needs.floor_bare : b->needs.floor);
}

bool hl_file_budget_allows_loops(const struct hl_file_budget *b)
{
    return b->limit >= files_least(b) + files_of_loops(b) +
                           (uint64_t)FILES_A_TRANSFER * b->loops;
}

uint64_t hl_file_budget_jobs(const struct hl_file_budget *b)
{
    uint64_t least = files_spared(b) + FILES_A_TRANSFER;
    uint64_t more = b->limit > least ? (b->limit - least) / b->needs.a_job : 0;
    uint64_t of_many = (uint64_t)b->needs.of_many + files_of_loops(b);
    if (b->needs.of_many > 0 && b->limit > of_many + more)
        return b->limit - of_many;
    return 1 + more;
}

uint32_t hl_file_budget_lookups(const struct hl_file_budget *b)
{
    if (b->limit / 2 >= HL_OPEN_FILES_SPARE)
        return UINT32_MAX;
    uint64_t more = files_spared(b) - files_least(b) - files_of_loops(b);
    return 1 + (uint32_t)more / FILES_A_LOOKUP;
}

uint32_t hl_file_budget_connections(const struct hl_file_budget *b)
{
    uint64_t most = b->limit / FILES_A_CONNECTION;
    uint32_t wanted = b->needs.kept_most;
    return (most < wanted ? (uint32_t)most : wanted) / b->loops;
}

/* What connections leave of the loop's share, less what else a run has open; or
 * half of that, where it is little. */
uint64_t hl_file_budget_parts(const struct hl_file_budget *b,
                              uint32_t connections)
{
    uint64_t share = b->limit / b->loops;
    uint64_t taken = (uint64_t)connections + files_of_loops(b) / b->loops;
    uint64_t left = share > taken ? share - taken : 0;
    uint64_t parts =
        left / 2 > HL_OPEN_FILES_SPARE ? left - HL_OPEN_FILES_SPARE : left / 2;
    return parts > 0 ? parts : 1;
}

bool hl_file_budget_has_spare(const struct hl_file_budget *b)
{
    return b->limit / 2 >= (uint64_t)HL_OPEN_FILES_SPARE + files_of_loops(b);
}

bool hl_file_budget_keeps_idle(const struct hl_file_budget *b)
{
    return b->limit >= FILES_TO_KEEP;
}

bool hl_file_budget_keeps_five(const struct hl_file_budget *b)
{
    return b->handles == 0 ||
           b->limit >=
               FILES_BESIDE_HANDLES + (uint64_t)FILES_A_HANDLE * b->handles;
}

uint64_t hl_file_budget_beside_dirs(const struct hl_file_budget *b)
{
    return HL_OPEN_FILES_SPARE + (uint64_t)FILES_BESIDE_DIRS * b->jobs;
}
