/*
 * Signals: an order to stop reaches the session from a handler, as a mode may
 * be blocking the loop. One session at a time.
 */
#ifndef HL_CLI_SIGNALS_H
#define HL_CLI_SIGNALS_H

#include <stdbool.h>

#include "haul/haul.h"

/* Has handler called for SIGINT, SIGTERM and SIGHUP; one of them that was
 * ignored when the program started, as SIGHUP under nohup, stays ignored. */
void hl_signals_catch(void (*handler)(int));
/* SIGINT, SIGTERM and SIGHUP cancel the session from now on, and wake
 * async, on whose loop somebody may tell the user. */
void hl_signals_open(struct haul_session *session, uv_async_t *async);
/* They end the program again, but for SIGUSR1. */
void hl_signals_close(void);
/* SIGUSR1 has come since this was asked last. */
bool hl_signals_state_wanted(void);
/* How many orders to stop have come since they were opened. */
unsigned hl_signals_count(void);

#endif
