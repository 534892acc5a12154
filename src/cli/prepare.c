#include "cli/prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "cli/commands.h"
#include "cli/limits.h"
#include "cli/own_program.h"
#include "cli/print_message.h"
#include "cli/request_body.h"
#include "cli/tls_files.h"
#include "cli/uv_start.h"
#include "modes/traits.h"
#include "util/own_file.h"

/* --proxy was checked when it was set. The value of a variable may have a
 * password. */
static int check_proxy(const struct haul_options *run)
{
    const char *name = haul_bad_proxy_variable(run);
    if (name == NULL)
        return 0;
    hl_error("%s: this variable is no URL of a proxy, as http://HOST:PORT or "
             "socks5h://HOST:PORT; --proxy URL names another, --noproxy '*' "
             "goes without",
             name);
    return HL_EXIT_USAGE;
}

/* libcurl reads ~/.netrc for each transfer. A pipe would hold the run for ever,
 * and no signal would end that. */
static int check_netrc(bool wanted)
{
    char home[PATH_MAX];
    char path[PATH_MAX + sizeof("/.netrc")];
    size_t size = sizeof(home);
    struct stat st;
    if (!wanted || uv_os_homedir(home, &size) < 0)
        return 0;
    (void)snprintf(path, sizeof(path), "%s/.netrc", home);
    if (stat(path, &st) < 0 || S_ISREG(st.st_mode))
        return 0;
    hl_error("--netrc: %s: this must be a plain file", path);
    return HL_EXIT_IO;
}

/* Before the run, as a trace that cannot be written is an error of the command
 * line. */
static int check_trace(const char *path)
{
    int fd = path != NULL ? hl_private_open(path, O_APPEND) : -1;
    if (path != NULL && fd < 0) {
        hl_error("--trace: %s: %s", path, haul_strerror(fd));
        return HL_EXIT_IO;
    }
    if (fd >= 0)
        close(fd);
    return 0;
}

static int check_loops(const struct hl_run_options *options)
{
    if (options->run.loops <= 1 ||
        hl_mode_traits(options->run.mode)->several_loops)
        return 0;
    hl_error("--loops %s: works only with -m async; -m %s has one loop",
             options->loops, haul_mode_name(options->run.mode));
    return HL_EXIT_USAGE;
}

static int check_jobs(const struct haul_options *run)
{
    if (!run->auto_jobs || hl_mode_traits(run->mode)->auto_jobs)
        return 0;
    hl_error("-j auto: works only with -m async; -m %s needs a number",
             haul_mode_name(run->mode));
    return HL_EXIT_USAGE;
}

static int check_worker_timeout(uint32_t ms)
{
    if (ms == 0 || ms >= HAUL_WORKER_TIMEOUT_MIN_MS)
        return 0;
    hl_error("--worker-timeout: must be at least %d, or workers that wait for "
             "a server would be killed",
             HAUL_WORKER_TIMEOUT_MIN_MS / 1000);
    return HL_EXIT_USAGE;
}

/* Without pidfd_open() a run would not learn that a worker has ended. */
static int check_pidfd(const struct haul_options *run)
{
    if (!hl_mode_traits(run->mode)->in_processes)
        return 0;
    int fd = pidfd_open(getpid(), 0);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) {
        hl_error("-m processes: this system has no pidfd_open(): %s: use "
                 "another mode",
                 haul_strerror(-errno));
        return HL_EXIT_OTHER;
    }
    if (fd >= 0)
        close(fd);
    return 0;
}

static int check(const struct hl_run_options *options)
{
    const struct haul_options *run = &options->run;
    int r = check_loops(options);
    if (r == 0)
        r = check_jobs(run);
    if (r == 0)
        r = check_worker_timeout(run->worker_timeout_ms);
    if (r == 0)
        r = check_proxy(run);
    if (r == 0)
        r = hl_tls_files_check(run);
    if (r == 0)
        r = check_netrc(run->netrc);
    if (r == 0)
        r = check_trace(run->trace_file);
    if (r == 0)
        r = check_pidfd(run);
    return r;
}

static int join_cookies(struct hl_run_options *options)
{
    struct hl_buf *all = &options->cookie;
    for (size_t i = 0; i < options->cookies.count; i++)
        hl_buf_printf(all, "%s%s", i > 0 ? "; " : "",
                      options->cookies.items[i]);
    options->run.cookie = all->data;
    return all->failed ? hl_fail("-b", UV_ENOMEM) : 0;
}

static int read_body(struct hl_run_options *options)
{
    int r = hl_request_body_read(&options->body, &options->data);
    options->run.data = options->body.data;
    options->run.data_size = options->body.used;
    return r;
}

int hl_run_prepare(struct hl_run_options *options)
{
    static const char *worker[] = {NULL, "--worker", NULL};
    int r = check(options);
    if (r == 0 && options->cookie_path != NULL)
        r = hl_cookie_file_read(&options->cookie_file, options->cookie_path);
    if (r == 0)
        r = join_cookies(options);
    if (r == 0 && options->data.count > 0)
        r = read_body(options);
    if (r != 0)
        return r;
    const struct hl_mode_traits *traits = hl_mode_traits(options->run.mode);
    if (traits->one_at_a_time && options->run.jobs > 1) {
        hl_say("-j %u is ignored: -m %s makes one transfer at a time",
               options->run.jobs, haul_mode_name(options->run.mode));
        options->run.jobs = 1;
    }
    if (traits->pool_threads_a_job > 0 && options->run.jobs > HL_POOL_MAX) {
        hl_say("-j %u: libuv's pool has at most %u threads: using -j %u",
               options->run.jobs, (unsigned)HL_POOL_MAX,
               (unsigned)(HL_POOL_MAX - HL_POOL_FILES));
        options->run.jobs = HL_POOL_MAX - HL_POOL_FILES;
    }
    /* The diagnosis under the summary needs them. */
    options->run.loop_stats = true;
    options->run.loop_lag |= options->loop_stats;
    options->run.headers = options->headers.items;
    options->run.resolve = options->resolve.items;
    options->run.cookie_lines = options->cookie_file.lines.items;
    if (traits->in_processes) {
        worker[0] = hl_self();
        options->run.worker_argv = worker;
    }
    /* Each option was checked when it was set. */
    const char *why = haul_options_objection(&options->run);
    if (why != NULL) {
        hl_error("%s", why);
        return HL_EXIT_USAGE;
    }
    return hl_limits_fit(options);
}
