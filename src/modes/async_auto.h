/* Async transfers on one event loop, and on more where they pay. */
#ifndef HL_MODES_ASYNC_AUTO_H
#define HL_MODES_ASYNC_AUTO_H

#include "modes/mode.h"

extern const struct hl_mode_calls hl_auto_loops;

#endif
