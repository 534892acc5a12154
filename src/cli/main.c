/* haul: the command table. */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/get_options.h"
#include "cli/help.h"
#include "cli/opt.h"
#include "cli/print_message.h"
#include "cli/run_options.h"
#include "haul/haul.h"
#include "util/threads.h"

enum {
    WORKER_FD = 3,
    ARENAS = 2,
    TRIM = 8 * 1024 * 1024, /* free memory that is kept for what comes next */
    MMAP = 1024 * 1024,     /* from here on memory goes back at once */
};

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help; /* NULL: hidden */
};

static int run_worker(int argc, char **argv)
{
    (void)argc, (void)argv;
    return haul_worker_run(WORKER_FD) < 0 ? HL_EXIT_OTHER : HL_EXIT_OK;
}

static int show_version(int argc, char **argv)
{
    (void)argc, (void)argv;
    printf("haul %s\n%s libuv/%s\n", haul_version(), haul_library_versions(),
           uv_version_string());
    return HL_EXIT_OK;
}

static int show_help(int argc, char **argv);
static int show_brief(int argc, char **argv);
static int show_completion(int argc, char **argv);

static const struct command commands[] = {
    {"get", hl_cmd_get, "fetch a list of URLs; the word get may be left out"},
    {"compare", hl_cmd_compare,
     "fetch the same list in each mode, and compare the modes"},
    {"page", hl_cmd_page, "make a page of the timelines and reports of runs"},
    {"serve", hl_cmd_serve, "run an HTTP server to try things out with"},
    {"status", hl_cmd_status,
     "show what the runs in a directory have done, and what failed"},
    {"verify", hl_cmd_verify,
     "check whether the files are still what haul wrote"},
    {"plan", hl_cmd_plan, "divide a list into parts for many machines"},
    {"merge", hl_cmd_merge, "say what all parts of a plan have come to"},
    {"help", show_brief, "show the options of a command: haul help COMMAND"},
    {"--help", show_help, NULL},
    {"-h", show_brief, NULL},
    {"--version", show_version, NULL},
    {"-V", show_version, NULL},
    {"--completion", show_completion, NULL},
    {"--worker", run_worker, NULL},
    {"--compare-row", hl_cmd_compare_row, NULL},
    {0},
};

/* The options of the program itself, which stand first. */
static const struct hl_opt program_rows[] = {
    HL_OPT_ROW("version", 'V', NULL, FLAG, 0,
               "print the versions of haul and of its libraries"),
    HL_OPT_ROW("completion", 0, "SHELL", CHOICE, 0,
               "print the completions for bash, zsh or fish",
               .words = hl_shell_words),
    {.name = NULL},
};

static const struct command *find(const char *name)
{
    for (const struct command *c = commands; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static const char *nearest(const char *word)
{
    const char *names[sizeof(commands) / sizeof(*commands)] = {NULL};
    size_t count = 0;
    for (const struct command *c = commands; c->name != NULL; c++)
        if (c->help != NULL)
            names[count++] = c->name;
    return hl_opt_nearest(word, names);
}

static void show_modes(void)
{
    printf("\nModes (-m):\n");
    for (int i = 0; hl_mode_words[i] != NULL; i++)
        printf("  %-11s %s\n", hl_mode_words[i],
               haul_mode_summary((enum haul_mode_id)i));
}

static void show_command(const struct command *command)
{
    if (command->help != NULL)
        printf("  haul %-9s %s\n", command->name, command->help);
}

/* All that the program has; the options are those of get. */
static int show_all(void)
{
    char option[] = "--help";
    char *help[] = {option, NULL};
    printf("haul fetches lists of URLs to disk, in one of four modes.\n\n");
    for (const struct command *c = commands; c->name != NULL; c++)
        show_command(c);
    show_modes();
    printf("\nThe program:\n");
    for (const struct hl_opt *row = program_rows; row->name != NULL; row++)
        hl_help_row(row);
    printf("\n");
    return hl_cmd_get(1, help);
}

/* "haul help serve" is "haul serve --help". */
static int show_help_of(const char *name)
{
    char option[] = "--help";
    char *help[] = {option, NULL};
    const struct command *command = find(name);
    if (strcmp(name, "all") == 0)
        return show_all();
    if (command == NULL || command->help == NULL) {
        const char *near = nearest(name);
        hl_error("help: '%s' is not a command%s%s", name,
                 near != NULL ? "; did you mean " : "",
                 near != NULL ? near : "");
        return HL_EXIT_USAGE;
    }
    return command->run == show_brief ? show_brief(0, NULL)
                                      : command->run(1, help);
}

static int show_help(int argc, char **argv)
{
    bool names_one = argc > 0 && argv[0][0] != '-';
    return names_one ? show_help_of(argv[0]) : show_all();
}

/* The first screen: at most 24 lines of 80 columns. */
static int show_brief(int argc, char **argv)
{
    char option[] = "-h";
    char *help[] = {option, NULL};
    if (argc > 0 && argv[0][0] != '-')
        return show_help_of(argv[0]);
    hl_cmd_get(1, help);
    printf("\n  haul --help                   show all options\n"
           "  haul get --local -n 3         try it: three files, no network\n"
           "Commands; haul COMMAND --help shows the options of each:\n");
    for (const struct command *c = commands + 1; c->name != NULL; c++)
        if (c->run != show_brief)
            show_command(c);
    return HL_EXIT_OK;
}

/* Prints a script in which each command prints the part of its options. */
static int print_completion(enum hl_shell shell)
{
    struct hl_completion_command names[sizeof(commands) / sizeof(*commands)] = {
        {0}};
    const char *words[sizeof(commands) / sizeof(*commands)] = {NULL};
    const struct hl_opt_table none[] = {{0}};
    const struct hl_opt_command help = {.name = "help",
                                        .tables = none,
                                        .operand = "COMMAND",
                                        .operand_words = words};
    struct hl_buf out = {0};
    size_t count = 0;
    for (const struct command *c = commands; c->name != NULL; c++) {
        if (c->help == NULL)
            continue;
        names[count] = (struct hl_completion_command){c->name, c->help};
        words[count++] = c->name;
    }
    hl_completion_head(&out, shell, names, program_rows);
    hl_help_flush(&out);
    for (const struct command *c = commands; c->name != NULL; c++) {
        char option[32];
        char *ask[] = {option, NULL};
        snprintf(option, sizeof(option), "--help=%s", hl_shell_words[shell]);
        if (c->help != NULL && c->run != show_brief)
            (void)c->run(1, ask);
    }
    hl_completion_command(&out, shell, &help);
    hl_completion_end(&out, shell);
    hl_help_flush(&out);
    return fflush(stdout) == 0 ? HL_EXIT_OK
                               : hl_fail("standard output", -errno);
}

static int show_completion(int argc, char **argv)
{
    for (int i = 0; argc == 1 && hl_shell_words[i] != NULL; i++)
        if (strcmp(argv[0], hl_shell_words[i]) == 0)
            return print_completion((enum hl_shell)i);
    hl_error("--completion: name one shell: bash, zsh or fish");
    return HL_EXIT_USAGE;
}

/* Refuses a first word that is no command, no option and no URL. */
static int suggest(const char *word)
{
    const char *near = nearest(word);
    if (near != NULL)
        hl_error("'%s' is not a command; did you mean %s?", word, near);
    else
        hl_get_options_no_url(word);
    return HL_EXIT_USAGE;
}

/* Behind a message about bad usage: where help is. */
static int with_pointer(const char *command, int status)
{
    const struct command *found = find(command);
    bool has_help =
        found != NULL && found->help != NULL && found->run != show_brief;
    if (status == HL_EXIT_USAGE)
        hl_say("Try 'haul%s%s --help'.", has_help ? " " : "",
               has_help ? command : "");
    return status;
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        show_brief(0, NULL);
        return HL_EXIT_USAGE;
    }
    const struct command *command = find(argv[1]);
    if (command != NULL)
        return with_pointer(command->name, command->run(argc - 2, argv + 2));
    if (argv[1][0] != '-' && strstr(argv[1], "://") == NULL)
        return with_pointer("", suggest(argv[1]));
    return with_pointer("get", hl_cmd_get(argc - 1, argv + 1));
}

/* Opens those of the three standard descriptors that the parent has closed: a
 * file that got such a number would be written into by messages. */
static bool has_standard_files(void)
{
    /* Reading the first and writing the second must fail. */
    static const int modes[] = {O_WRONLY, O_RDONLY, O_RDWR};
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) != fd)
            return false;
    return true;
}

static bool has_stack(void)
{
    if (hl_threads_fit_stacks())
        return true;
    hl_error("the limit of the stack is too low: haul needs %d kB (ulimit -s "
             "%d)",
             HL_STACK_LEAST / 1024, HL_STACK_LEAST / 1024);
    return false;
}

/* Whoever reads from a pipe may have seen enough, and so has closed it. */
static bool has_reader(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) < 0 || (out.revents & (POLLERR | POLLHUP)) == 0;
}

/* What was printed may still be on its way, or did not get there. */
static int after_output(int status)
{
    int r = fflush(stdout) != 0 ? -errno : 0;
    if (r == 0 && ferror(stdout))
        r = UV_EIO; /* of an earlier write: nobody has kept why */
    return r < 0 && status == HL_EXIT_OK && has_reader()
               ? hl_fail("standard output", r)
               : status;
}

/* Ends without the last functions of libraries: they end the threads of the
 * pool one by one, and free memory that goes back to the system anyway. */
_Noreturn static void end_at_once(int status)
{
    fflush(NULL);
    _exit(status);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a write says so, and fails one file */
    if (!has_standard_files())
        return HL_EXIT_OTHER;
    if (!has_stack())
        return HL_EXIT_OTHER;
    /* One arena a thread would cost much memory and save little time. */
    mallopt(M_ARENA_MAX, hl_memory_is_limited() ? 1 : ARENAS);
    mallopt(M_TRIM_THRESHOLD, TRIM);
    /* libcurl allocates a buffer of up to 512 kB for each transfer anew. */
    mallopt(M_MMAP_THRESHOLD, MMAP);
    int r = haul_global_init();
    if (r < 0) {
        hl_error("%s", haul_strerror(r));
        return HL_EXIT_OTHER;
    }
    int status = after_output(dispatch(argc, argv));
    if (HAUL_EXIT_AT_ONCE)
        end_at_once(status);
    haul_global_cleanup();
    return status;
}
