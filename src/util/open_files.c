#include "util/open_files.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LOOKED_AT = 256 };

uint64_t hl_open_files_most(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
        return UINT64_MAX;
    return limit.rlim_cur;
}

uint32_t hl_open_files_taken(void)
{
    struct pollfd files[LOOKED_AT];
    uint64_t most = hl_open_files_most();
    nfds_t count = most < LOOKED_AT ? (nfds_t)most : LOOKED_AT;
    uint32_t taken = 0;
    for (nfds_t fd = 0; fd < count; fd++)
        files[fd] = (struct pollfd){.fd = (int)fd};
    if (poll(files, count, 0) < 0)
        return 0;
    for (nfds_t fd = STDERR_FILENO + 1; fd < count; fd++)
        taken += (files[fd].revents & POLLNVAL) == 0;
    return taken;
}

/* The lowest numbers are given out first, so the last ones are free. */
uint32_t hl_open_files_left(uint32_t most)
{
    uint64_t limit = hl_open_files_most();
    int fd = limit < INT_MAX ? (int)limit : INT_MAX;
    uint32_t left = 0;
    while (left < most && fd-- > 0)
        left += fcntl(fd, F_GETFD) < 0;
    return left;
}

void hl_open_files_raise(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}
