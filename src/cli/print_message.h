/*
 * Messages to the user, one line each, mostly on stderr. All go through here,
 * so that the progress bar can make room for them, and so that text from a
 * server cannot write to a terminal.
 */
#ifndef HL_CLI_PRINT_MESSAGE_H
#define HL_CLI_PRINT_MESSAGE_H

#include <stdbool.h>

/* Prints "haul: …" on stderr: something is wrong. */
__attribute__((format(printf, 1, 2))) void hl_error(const char *format, ...);
/* hl_error() with what failed and the words of a libuv code. @return the exit
 * status that the code has: 1 for want of memory, else 3. */
int hl_fail(const char *what, int code);
/* Prints a line on stderr: nothing is wrong. */
__attribute__((format(printf, 1, 2))) void hl_say(const char *format, ...);
/* Prints a line on stdout: what the user asked for. */
__attribute__((format(printf, 1, 2))) void hl_tell(const char *format, ...);
/* From now on hl_say() says nothing. */
void hl_message_quiet(void);
/* Is standard error a terminal that a line can be drawn on again? */
bool hl_message_has_terminal(void);
/* Sets what is called before and after each message, to clear the progress bar
 * and to show it again; NULL: nothing is called. */
void hl_message_hook(void (*before)(void *arg), void (*after)(void *arg),
                     void *arg);

#endif
