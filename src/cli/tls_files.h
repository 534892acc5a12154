/* The files of certificates and keys that a run is given. */
#ifndef HL_CLI_TLS_FILES_H
#define HL_CLI_TLS_FILES_H

#include "haul/haul.h"

/* Can --cacert, --cert and --key be used, and do the last two belong together?
 * Otherwise each URL would fail by them. @return 0, or 2 after a line on
 * stderr. */
int hl_tls_files_check(const struct haul_options *run);

#endif
