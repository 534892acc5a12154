/* May a run's transfers go through a proxy? */
#ifndef HL_TRANSFER_PROXY_H
#define HL_TRANSFER_PROXY_H

#include "haul/haul.h"

/* May any URL, by the options or by the environment? */
bool hl_proxy_is_possible(const struct haul_options *options);

#endif
