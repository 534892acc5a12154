#include "cli/own_program.h"

#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>
#include <uv.h>

enum { ARGUMENT_SIZE = 4096 + 64 /* a path after the name of its option */ };

const char *hl_self(void)
{
    static const char link[] = "/proc/self/exe";
    return access(link, X_OK) == 0
               ? link
               : (const char *)(uintptr_t)getauxval(AT_EXECFN);
}

void hl_self_add(struct hl_self_arguments *arguments, const char *format, ...)
{
    char text[ARGUMENT_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    hl_buf_add(&arguments->text, text, strlen(text) + 1);
    arguments->count++;
}

static int spawn(pid_t *pid, char **argv, const struct hl_self_options *options)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int r = 0;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    if (options->in >= 0)
        r = posix_spawn_file_actions_adddup2(&actions, options->in,
                                             STDIN_FILENO);
    if (r == 0)
        r = posix_spawn_file_actions_adddup2(&actions, options->out,
                                             STDOUT_FILENO);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes,
                             options->own_group ? POSIX_SPAWN_SETPGROUP : 0);
    if (r == 0)
        r = posix_spawn(pid, hl_self(), &actions, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return -r;
}

int hl_self_start(pid_t *pid, struct hl_self_arguments *arguments,
                  const struct hl_self_options *options)
{
    char name[] = "haul";
    char **argv = calloc(arguments->count + 2, sizeof(*argv));
    int r = argv != NULL && !arguments->text.failed ? 0 : UV_ENOMEM;
    if (r == 0) {
        char *at = arguments->text.data;
        argv[0] = name;
        for (size_t i = 1; i <= arguments->count; i++) {
            argv[i] = at;
            at += strlen(at) + 1;
        }
        r = spawn(pid, argv, options);
    }
    free(argv);
    hl_buf_release(&arguments->text);
    return r;
}
