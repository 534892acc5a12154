/* Async transfers on one event loop. */
#ifndef HL_MODES_ASYNC_LOOP_H
#define HL_MODES_ASYNC_LOOP_H

#include "modes/mode.h"

extern const struct hl_mode_calls hl_one_loop;

#endif
