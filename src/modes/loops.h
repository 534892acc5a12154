/* The async mode on several event loops: its calls where options.loops is more
 * than 1. */
#ifndef HL_MODES_LOOPS_H
#define HL_MODES_LOOPS_H

#include "modes/mode.h"

extern const struct hl_mode_calls hl_loops;

#endif
