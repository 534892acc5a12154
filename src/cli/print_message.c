#include "cli/print_message.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "haul/haul.h"
#include "util/text.h"

enum { LINE_SIZE = 16 * 1024 };

/* Of the program's one bar: the program has one terminal. */
static struct {
    void (*before)(void *arg);
    void (*after)(void *arg);
    void *arg;
} hook;

static bool quiet;

__attribute__((format(printf, 2, 0))) static void
print(const char *prefix, const char *format, va_list args)
{
    static char raw[LINE_SIZE];
    static char line[LINE_SIZE];
    vsnprintf(raw, sizeof(raw), format, args);
    hl_text_printable(line, sizeof(line), raw);
    if (hook.before != NULL)
        hook.before(hook.arg);
    fprintf(stderr, "%s%s\n", prefix, line);
    if (hook.after != NULL)
        hook.after(hook.arg);
}

void hl_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print("haul: ", format, args);
    va_end(args);
}

int hl_fail(const char *what, int code)
{
    hl_error("%s: %s", what, haul_strerror(code));
    return code == UV_ENOMEM ? HL_EXIT_OTHER : HL_EXIT_IO;
}

void hl_say(const char *format, ...)
{
    va_list args;
    if (quiet)
        return;
    va_start(args, format);
    print("", format, args);
    va_end(args);
}

void hl_tell(const char *format, ...)
{
    static char raw[LINE_SIZE];
    static char line[LINE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(raw, sizeof(raw), format, args);
    va_end(args);
    hl_text_printable(line, sizeof(line), raw);
    puts(line);
}

void hl_message_quiet(void)
{
    quiet = true;
}

void hl_message_hook(void (*before)(void *arg), void (*after)(void *arg),
                     void *arg)
{
    hook.before = before;
    hook.after = after;
    hook.arg = arg;
}

bool hl_message_has_terminal(void)
{
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
}
