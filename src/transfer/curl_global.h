/* The process-wide state of libcurl, and the versions of the libraries. */
#ifndef HL_TRANSFER_CURL_GLOBAL_H
#define HL_TRANSFER_CURL_GLOBAL_H

/* Once, while there is one thread. @return 0 or -1. */
int hl_transfer_global_init(void);
void hl_transfer_global_cleanup(void);
/* libcurl's own line, "libcurl/7.88.1 OpenSSL/3.0 …". Static. */
const char *hl_transfer_versions(void);

#endif
