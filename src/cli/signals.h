/*
 * Signals: an order to stop reaches the session from a handler, as a mode may
 * be blocking the loop. One session at a time.
 */
#ifndef HL_CLI_SIGNALS_H
#define HL_CLI_SIGNALS_H

#include "haul/haul.h"

/* SIGINT, SIGTERM and SIGHUP cancel the session from now on, and wake
 * notice, on whose loop somebody may tell the user. */
void hl_signals_open(struct haul_session *session, uv_async_t *notice);
/* They end the program again. */
void hl_signals_close(void);
/* How many have come since they were opened. */
unsigned hl_signals_count(void);

#endif
