/* Async transfers on several event loops, each on a thread of its own. */
#ifndef HL_MODES_ASYNC_LOOPS_H
#define HL_MODES_ASYNC_LOOPS_H

#include "modes/mode.h"

extern const struct hl_mode_calls hl_several_loops;

#endif
