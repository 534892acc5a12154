/*
 * Signals. The handler itself cancels the session, as a mode may be blocking
 * the loop. One session at a time.
 */
#ifndef HL_CLI_SIGNALS_H
#define HL_CLI_SIGNALS_H

#include <stdbool.h>

#include "haul/haul.h"

/* Has handler called for SIGINT, SIGTERM and SIGHUP; one of them that was
 * ignored when the program started, as SIGHUP under nohup, stays ignored. */
void hl_signals_catch(void (*handler)(int));
/* From now on SIGINT, SIGTERM and SIGHUP cancel the session. async, which may
 * be NULL, is sent for these, for SIGUSR1 and for what happens to the terminal,
 * so that its loop can tell the user. */
void hl_signals_open(struct haul_session *session, uv_async_t *async);
/* From now on the signals end the program again; SIGUSR1 does nothing. */
void hl_signals_close(void);
/* Has SIGUSR1 come since the last call? */
bool hl_signals_state_wanted(void);
/* Has the terminal another size, or has the program come back to its
 * foreground, since the last call? */
bool hl_signals_terminal_changed(void);
/* How many of SIGINT, SIGTERM and SIGHUP have come since hl_signals_open(). */
unsigned hl_signals_count(void);

#endif
